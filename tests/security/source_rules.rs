//! Rules of the sources that stand for a requirement: scripts, commands, algorithms, dependencies.

use crate::architecture::{files, root};

/// Mentions of the words, as file and word.
fn find_words(folder: &str, endings: &[&str], words: &[&str], allowed: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in files(folder, endings).unwrap() {
        if !allowed.contains(&source.path.as_str()) {
            let here = words.iter().filter(|word| source.text.contains(**word));
            found.extend(here.map(|word| format!("{}: {word}", source.path)));
        }
    }
    found
}

#[test]
fn r6_scripts_are_small_and_write_no_markup() {
    let words =
        ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "postMessage"];
    assert_eq!(find_words("static/js", &[".js"], &words, &[]), Vec::<String>::new());
    for script in files("static/js", &[".js"]).unwrap() {
        assert!(script.text.len() < 10_240, "{}: {} bytes", script.path, script.text.len());
    }
}

#[test]
fn r65_nothing_is_stored_in_the_browser() {
    let words = ["localStorage", "sessionStorage", "indexedDB", "caches.open", "document.cookie"];
    assert_eq!(find_words("static/js", &[".js"], &words, &[]), Vec::<String>::new());
}

#[test]
fn r71_no_page_asks_another_site_for_a_script_font_or_pixel() {
    let words = ["src=\"http", "src=\"//", "href=\"//", "url(http", "url(//", "@import"];
    assert_eq!(find_words("templates", &[".html"], &words, &[]), Vec::<String>::new());
    assert_eq!(find_words("static", &[".css", ".js"], &words, &[]), Vec::<String>::new());
}

#[test]
fn r39_only_pictures_are_decoded_by_another_process() {
    let words = ["process::Command", "process::{Command", "Stdio::"];
    let decoder = ["src/adapters/pictures/decoder_process.rs"];
    assert_eq!(find_words("src", &[".rs"], &words, &decoder), Vec::<String>::new());
}

#[test]
fn r68_no_weak_algorithm_is_named() {
    let words =
        ["md5", "Md5", "Sha1", "sha1", "thread_rng", "rand::random", "Aes128Cbc", "Rc4", "danger_accept_invalid"];
    assert_eq!(find_words("src", &[".rs"], &words, &[]), Vec::<String>::new());
}

/// The packages of the lock file: name and version.
fn locked_packages() -> Vec<(String, String)> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let value = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")).map(str::to_owned));
        line.map(|line| line.trim_end_matches('"').to_owned())
    };
    let blocks = lock.split("[[package]]").skip(1);
    blocks.filter_map(|block| Some((value(block, "name")?, value(block, "version")?))).collect()
}

fn version_numbers(version: &str) -> Vec<u64> {
    let plain = version.split(['-', '+']).next().unwrap_or(version);
    plain.split('.').map(|number| number.parse().unwrap()).collect()
}

#[test]
fn r76_dependencies_come_from_one_registry_and_are_checked() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for source in lock.lines().filter(|line| line.starts_with("source = ")) {
        assert_eq!(source, "source = \"registry+https://github.com/rust-lang/crates.io-index\"");
    }
    let rules = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    for rule in ["unknown-registry = \"deny\"", "unknown-git = \"deny\"", "yanked = \"deny\""] {
        assert!(rules.contains(rule), "deny.toml: {rule}");
    }
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    for rule in ["unsafe_code = \"forbid\"", "overflow-checks = true"] {
        assert!(manifest.contains(rule), "Cargo.toml: {rule}");
    }
}

/// Versions before these have known faults that the program would meet.
#[test]
fn r9_r77_no_dependency_is_older_than_its_floor() {
    let floors = [
        ("actix-http", "3.20.0"),
        ("actix-web", "4.18.1"),
        ("actix-files", "0.7.3"),
        ("actix-multipart", "0.8.5"),
        ("diesel", "2.3.10"),
        ("libsqlite3-sys", "0.37.0"),
        ("ammonia", "4.1.4"),
        ("bytes", "1.11.1"),
        ("time", "0.3.47"),
        ("rustls-webpki", "0.103.13"),
        ("tracing-subscriber", "0.3.20"),
        ("lettre", "0.11.22"),
        ("quick-xml", "0.41.0"),
        ("tar", "0.4.45"),
        ("zip", "2.3.0"),
        ("h2", "0.4.16"),
    ];
    let packages = locked_packages();
    assert!(packages.len() > 200, "only {} packages were found", packages.len());
    for (name, floor) in floors {
        for (_, version) in packages.iter().filter(|(package, _)| package == name) {
            assert!(version_numbers(version) >= version_numbers(floor), "{name} {version} is older than {floor}");
        }
    }
}
