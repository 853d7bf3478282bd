//! The house rules that a script can check: imports only go down the floors, and what may not be named where.
//! `docs/ARCHITECTURE.md` explains the floors.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Every module of the library and its floor. A module that is missing here fails the test.
const FLOORS: &[(&str, u8)] = &[
    ("cli", 7),
    ("server", 7),
    ("routes", 7),
    ("controllers", 6),
    ("http", 5),
    ("jobs", 5),
    ("demo", 5),
    ("views", 4),
    ("mailers", 4),
    ("documents", 4),
    ("paths", 3),
    ("forms", 3),
    ("app", 3),
    ("adapters", 3),
    ("models", 2),
    ("config", 1),
    ("db", 1),
    ("schema", 1),
    ("error", 1),
    ("support", 0),
];

/// Who may not name whom, although the floors would allow it.
const FORBIDDEN: &[(&str, &str)] = &[
    ("models", "config"),
    ("models", "adapters"),
    ("models", "http"),
    ("views", "models"),
    ("views", "db"),
    ("views", "schema"),
    ("adapters", "models"),
];

/// The one step up that is meant: a transaction hands events to the floor above without knowing it.
const EXCEPTIONS: &[(&str, &str)] = &[("src/db.rs", "models::platform::event::Event")];

/// Areas of the models: each may name those before it, and itself.
const MODEL_AREAS: &[&str] = &["platform", "people", "content", "catalog", "checkout", "sales", "maintenance"];

/// Files of the models that name a later area: a held gift card belongs to an order, and settings say who owns the site.
const MODEL_EXCEPTIONS: &[&str] = &[
    "src/models/checkout/gift_card/holds.rs",
    "src/models/checkout/gift_card/issuance.rs",
    "src/models/checkout/gift_card/refunds.rs",
    "src/models/platform/setting.rs",
];

/// Areas of the controllers; what two of them share goes down a floor.
const AREAS: &[&str] = &["blog", "shop", "account", "admin", "system"];

/// Names that say nothing.
const DRAWERS: &[&str] = &["utils.rs", "util.rs", "helpers.rs", "common.rs", "misc.rs", "prelude.rs"];

/// A file of the repository: its path from the root, with forward slashes, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    fn top(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let first = inside.split('/').next().unwrap_or(inside);
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// How many modules deep the file is: `src/db.rs` is 1, `src/db/writer.rs` is 2.
    fn depth(&self) -> usize {
        self.path.split('/').count() - 1
    }

    fn at(&self, offset: usize, words: &str) -> String {
        format!("{}:{}: {words}", self.path, line_of(&self.text, offset))
    }
}

/// A mention of another module: where it stands and its path from the crate's root, as far as it is spelled.
struct Mention {
    offset: usize,
    path: Vec<String>,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below a folder of the repository whose names end so, in order.
pub fn files(folder: &str, endings: &[&str]) -> io::Result<Vec<Source>> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths)?;
    paths.sort();
    let mut sources = Vec::new();
    for path in paths {
        let name = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if endings.iter().any(|ending| name.ends_with(ending)) {
            sources.push(Source { path: name, text: fs::read_to_string(&path)? });
        }
    }
    Ok(sources)
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, into)? } else { into.push(path) }
    }
    Ok(())
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The text with comments blanked out, byte for byte, so that offsets still hold.
fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match comment_start(line) {
            Some(at) => {
                let (kept, comment) = line.split_at(at);
                code.push_str(kept);
                code.extend(comment.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
            }
            None => code.push_str(line),
        }
    }
    code
}

/// Where `//` begins that is not inside a string on the same line, and is not part of an address.
fn comment_start(line: &str) -> Option<usize> {
    let (mut quoted, mut escaped, mut before) = (false, false, ' ');
    for (at, letter) in line.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if before != '\'' => quoted = !quoted,
            '/' if !quoted && before != ':' && line.get(at..).is_some_and(|rest| rest.starts_with("//")) => {
                return Some(at);
            }
            _ => {}
        }
        before = letter;
    }
    None
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Every `crate::…`, and every `super::…` that climbs to the crate's root.
fn mentions(source: &Source, modules: &[String]) -> Vec<Mention> {
    let code = code_only(&source.text);
    let mut found = Vec::new();
    for (offset, _) in code.match_indices("crate::") {
        let (before, rest) = code.split_at(offset);
        if !before.ends_with(is_word) {
            spell(rest.strip_prefix("crate::").unwrap_or(rest), &[], offset, &mut found);
        }
    }
    for (offset, _) in code.match_indices("super::") {
        let (before, mut rest) = code.split_at(offset);
        if before.ends_with(is_word) || before.ends_with("super::") {
            continue;
        }
        let mut steps = 0;
        while let Some(next) = rest.strip_prefix("super::") {
            (steps, rest) = (steps + 1, next);
        }
        if steps >= source.depth() {
            let mut climbed = Vec::new();
            spell(rest, &[], offset, &mut climbed);
            // Inside `mod tests` one step more is needed: only names of the root's modules count.
            climbed.retain(|mention| mention.path.first().is_some_and(|name| modules.contains(name)));
            climbed.retain(|mention| mention.path.first().is_none_or(|name| !is_child(source, name)));
            found.append(&mut climbed);
        }
    }
    found
}

fn is_child(source: &Source, name: &str) -> bool {
    let folder = root().join(source.path.strip_suffix(".rs").unwrap_or(&source.path));
    folder.join(format!("{name}.rs")).exists() || source.text.contains(&format!("mod {name}"))
}

/// Spells out `a::b`, `{a, b::{c, d}}` and so on, into one path each.
fn spell(rest: &str, prefix: &[String], offset: usize, into: &mut Vec<Mention>) {
    let rest = rest.trim_start();
    if let Some(inside) = rest.strip_prefix('{') {
        for part in parts(inside) {
            spell(part, prefix, offset, into);
        }
        return;
    }
    let word: String = rest.chars().take_while(|letter| is_word(*letter) || *letter == '*').collect();
    let mut path = prefix.to_vec();
    if !word.is_empty() && word != "self" {
        path.push(word.clone());
    }
    let after = rest.get(word.len()..).unwrap_or("");
    match after.strip_prefix("::") {
        Some(next) if next.starts_with(|letter: char| is_word(letter) || letter == '{' || letter == '*') => {
            spell(next, &path, offset, into);
        }
        _ if path.is_empty() => {}
        _ => into.push(Mention { offset, path }),
    }
}

/// The parts between the commas of a group whose opening brace has been taken.
fn parts(inside: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_u32, 0, Vec::new());
    for (at, letter) in inside.char_indices() {
        let ends = match letter {
            '{' => {
                depth += 1;
                false
            }
            '}' if depth > 0 => {
                depth -= 1;
                false
            }
            '}' => true,
            ',' => depth == 0,
            _ => false,
        };
        if ends {
            found.extend(inside.get(start..at).filter(|part| !part.trim().is_empty()));
            start = at + 1;
            if letter == '}' {
                break;
            }
        }
    }
    found
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

/// Macros that live at the crate's root, and the module that holds each.
fn macros(sources: &[Source]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for source in sources {
        for (offset, words) in source.text.match_indices("macro_rules! ") {
            let rest = source.text.get(offset + words.len()..).unwrap_or("");
            let name: String = rest.chars().take_while(|letter| is_word(*letter)).collect();
            found.push((name, source.top().to_owned()));
        }
    }
    found
}

/// What is wrong with one file's imports.
fn breaches(source: &Source, modules: &[String], macros: &[(String, String)]) -> Vec<String> {
    let from = source.top();
    let Some(own) = floor(from) else {
        return vec![format!("{}: give `{from}` a floor in tests/architecture.rs", source.path)];
    };
    let mut wrong = Vec::new();
    for mention in mentions(source, modules) {
        let spelled = mention.path.join("::");
        let Some(first) = mention.path.first() else { continue };
        let to = macros.iter().find(|(name, _)| name == first).map_or(first, |(_, module)| module);
        if to == from || EXCEPTIONS.contains(&(source.path.as_str(), spelled.as_str())) {
            continue;
        }
        let words = match floor(to) {
            None => format!("`{to}` has no floor in tests/architecture.rs"),
            Some(other) if other > own => format!("{from} (floor {own}) names {spelled} (floor {other})"),
            Some(_) if FORBIDDEN.contains(&(from, to.as_str())) => format!("{from} may not name {spelled}"),
            Some(_) => continue,
        };
        wrong.push(source.at(mention.offset, &words));
    }
    wrong
}

/// The area of a controller's file.
fn area(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/controllers/")?;
    let first = inside.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

fn fail(what: &str, wrong: &[String]) {
    assert!(wrong.is_empty(), "{what}:\n{}\n", wrong.join("\n"));
}

#[test]
fn imports_only_go_down() {
    let sources: Vec<Source> = files("src", &[".rs"])
        .unwrap()
        .into_iter()
        .filter(|s| s.path != "src/main.rs" && s.path != "src/lib.rs")
        .collect();
    assert!(sources.len() > 20, "the sources were not found");
    let modules: Vec<String> = FLOORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let macros = macros(&sources);
    let wrong: Vec<String> = sources.iter().flat_map(|source| breaches(source, &modules, &macros)).collect();
    fail("imports that go up, or where they may not", &wrong);
}

#[test]
fn an_import_that_goes_up_is_found() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let modules: Vec<String> = FLOORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let macros = [("on_backend".to_owned(), "db".to_owned())];
    let wrong = |path: &str, text: &str| breaches(&source(path, text), &modules, &macros);
    assert_eq!(
        wrong(
            "src/models/order.rs",
            "use crate::db::Tx;\nuse crate::{\n    error::Error, http::{Form, reply::Reply},\n};\n"
        ),
        [
            "src/models/order.rs:2: models (floor 2) names http::Form (floor 5)",
            "src/models/order.rs:2: models (floor 2) names http::reply::Reply (floor 5)"
        ]
    );
    assert_eq!(wrong("src/models/order.rs", "use super::super::jobs::Job;").len(), 1);
    assert_eq!(wrong("src/models/order.rs", "use crate::config::Config;").len(), 1);
    assert_eq!(wrong("src/views/shop.rs", "fn f(o: &crate::models::sales::order::Order) {}").len(), 1);
    assert_eq!(wrong("src/db.rs", "type F = fn(&crate::models::platform::event::Actor);").len(), 1);
    assert_eq!(wrong("src/strange.rs", "").len(), 1);
    let fine = "// crate::http is above\nuse crate::on_backend;\nuse super::money;\nlet a = \"// crate::\";\n";
    assert!(wrong("src/models/order.rs", fine).is_empty());
    assert!(wrong("src/db.rs", "type F = fn(&crate::models::platform::event::Event);").is_empty());
}

#[test]
fn areas_of_controllers_do_not_import_each_other() {
    let mut wrong = Vec::new();
    for source in files("src/controllers", &[".rs"]).unwrap() {
        let Some(own) = area(&source.path) else { continue };
        let code = code_only(&source.text);
        for other in AREAS.iter().filter(|other| **other != own) {
            let climb = "super::".repeat(source.depth() - 1);
            for needle in [format!("controllers::{other}"), format!("{climb}{other}::")] {
                let hits = code.match_indices(&needle).filter(|(at, _)| {
                    let after = code.get(at + needle.len()..).unwrap_or("");
                    needle.ends_with("::") || !after.starts_with(is_word)
                });
                wrong.extend(hits.map(|(at, _)| source.at(at, &format!("{own} names {other}"))));
            }
        }
    }
    fail("areas that know each other", &wrong);
}

#[test]
fn no_file_is_a_junk_drawer() {
    let mut wrong = Vec::new();
    for source in ["src", "tests"].iter().flat_map(|folder| files(folder, &[".rs"]).unwrap()) {
        if DRAWERS.contains(&source.path.rsplit('/').next().unwrap_or("")) {
            wrong.push(format!("{}: name the thing", source.path));
        }
    }
    fail("files whose names say nothing", &wrong);
}

/// Whether a template may print what stands before `|safe` as it is.
fn may_be_safe(path: &str, before: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    let before = before.trim_end();
    // The filter `prose` puts classes on what is HTML already.
    let before = before.strip_suffix("|prose").unwrap_or(before);
    let tail: String = before.chars().rev().take_while(|letter| is_word(*letter)).collect();
    let word: String = tail.chars().rev().collect();
    path.contains("/ui/") || name.ends_with("layout.html") || word.ends_with("_html") || word == "body"
}

#[test]
fn templates_escape_what_they_print() {
    let mut wrong = Vec::new();
    for source in files("templates", &[".html", ".xml"]).unwrap() {
        let close: String = source.text.replace("| safe", "|safe");
        for (at, _) in close.match_indices("|safe") {
            if !may_be_safe(&source.path, close.get(..at).unwrap_or("")) {
                wrong.push(format!("{}:{}: |safe", source.path, line_of(&close, at)));
            }
        }
        for needle in ["filter safe", "escape(\"none\")", "{% extends"] {
            wrong.extend(source.text.match_indices(needle).map(|(at, _)| source.at(at, needle)));
        }
    }
    fail("|safe outside the layouts, ui/, fields ending in _html and body; or a page that extends another", &wrong);
}

#[test]
fn raw_text_is_judged_by_its_name() {
    assert!(may_be_safe("templates/blog/posts/show.html", "{{ body_html"));
    assert!(may_be_safe("templates/blog/posts/show.html", "{{ body_html|prose"));
    assert!(!may_be_safe("templates/blog/posts/show.html", "{{ title|prose"));
    assert!(may_be_safe("templates/layout.html", "{{ anything"));
    assert!(may_be_safe("templates/ui/form.html", "{{ attrs"));
    assert!(!may_be_safe("templates/blog/posts/show.html", "{{ title"));
    assert!(!may_be_safe("templates/blog/posts/show.html", "{{ somebody"));
}

#[test]
fn what_is_left_to_do_has_an_issue() {
    let word = concat!("TO", "DO");
    let mut wrong = Vec::new();
    for folder in ["src", "tests", "templates", "static", "migrations", "bin"] {
        for source in
            files(folder, &[".rs", ".html", ".xml", ".txt", ".css", ".js", ".sql", "ci", "dev", "setup"]).unwrap()
        {
            for (at, _) in source.text.match_indices(word) {
                let (before, after) =
                    (source.text.get(..at).unwrap_or(""), source.text.get(at + word.len()..).unwrap_or(""));
                let line = after.split('\n').next().unwrap_or("");
                let numbered =
                    line.split('#').skip(1).any(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
                let whole = !before.ends_with(is_word) && !after.starts_with(is_word);
                if whole && !numbered {
                    wrong.push(source.at(at, "needs an issue number, as in (#12)"));
                }
            }
        }
    }
    fail("work left without an issue", &wrong);
}

#[test]
fn only_config_reads_the_environment() {
    let mut wrong = Vec::new();
    for source in files("src", &[".rs"]).unwrap() {
        // Fault injection reads its `FAULT_*` variables in debug builds only; they are for tests, not settings.
        if source.top() == "config" || source.path == "src/support/faults.rs" {
            continue;
        }
        let code = code_only(&source.text);
        for needle in ["env::var", "env::set_var", "env::remove_var"] {
            wrong.extend(code.match_indices(needle).map(|(at, _)| source.at(at, needle)));
        }
    }
    fail("the environment is read outside src/config", &wrong);
}

#[test]
fn ignored_tests_say_why() {
    let needle = concat!("#[", "ignore]");
    let mut wrong = Vec::new();
    for source in ["src", "tests"].iter().flat_map(|folder| files(folder, &[".rs"]).unwrap()) {
        wrong.extend(source.text.match_indices(needle).map(|(at, _)| source.at(at, "write #[ignore = \"why\"]")));
    }
    fail("tests ignored without a reason", &wrong);
}

/// Where a model names a later area.
fn area_breaches(source: &Source, modules: &[String]) -> Vec<String> {
    let position = |name: &str| MODEL_AREAS.iter().position(|area| *area == name);
    let Some(own) = source.path.strip_prefix("src/models/").and_then(|rest| rest.split(['/', '.']).next()) else {
        return Vec::new();
    };
    let Some(own_position) = position(own) else {
        return vec![format!("{}: `{own}` is no area of the models", source.path)];
    };
    let names_later = |mention: &Mention| match mention.path.as_slice() {
        [first, area, ..] if first == "models" => position(area).is_some_and(|other| other > own_position),
        _ => false,
    };
    mentions(source, modules)
        .iter()
        .filter(|mention| names_later(mention))
        .map(|mention| source.at(mention.offset, &format!("{own} names {}", mention.path.join("::"))))
        .collect()
}

#[test]
fn areas_of_the_models_name_only_earlier_ones() {
    let modules = FLOORS.iter().map(|(module, _)| (*module).to_owned()).collect::<Vec<_>>();
    let (mut wrong, mut excepted) = (Vec::new(), 0);
    for source in files("src/models", &[".rs"]).unwrap() {
        let found = area_breaches(&source, &modules);
        match MODEL_EXCEPTIONS.contains(&source.path.as_str()) {
            true => excepted += usize::from(!found.is_empty()),
            false => wrong.extend(found),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(excepted, MODEL_EXCEPTIONS.len(), "an exception that is no longer needed");
    let up = Source {
        path: "src/models/content/post.rs".to_owned(),
        text: "use crate::models::sales::order::Order;\nuse crate::models::people::account::Member;\n".to_owned(),
    };
    assert_eq!(
        area_breaches(&up, &modules),
        ["src/models/content/post.rs:1: content names models::sales::order::Order"]
    );
}
