//! Build script: bundles the static files under names with a content hash, compressed by brotli and gzip (the web font
//! is compressed already), so that the binary contains everything it serves. Compresses the fonts of documents, and
//! lists the files of the sample shop. Compiles the message catalogue.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use sha2::{Digest, Sha256};

#[path = "build/messages.rs"]
mod messages;

/// Constant, name in the URL, extension, content type, and the files that are concatenated.
const ASSETS: &[(&str, &str, &str, &str, &[&str])] = &[
    ("FONT_WOFF2", "bricolage", "woff2", "font/woff2", &["fonts/bricolage.woff2"]),
    ("ICONS_SVG", "icons", "svg", "image/svg+xml", &["img/icons.svg"]),
    ("FAVICON_SVG", "favicon", "svg", "image/svg+xml", &["img/favicon.svg"]),
    ("AHEAD_JSON", "ahead", "json", "application/speculationrules+json", &["ahead.json"]),
    ("SITE_JS", "site", "js", "text/javascript; charset=utf-8", &["js/site.js"]),
    ("PASSKEYS_JS", "passkeys", "js", "text/javascript; charset=utf-8", &["js/passkeys.js"]),
    ("ADMIN_JS", "admin", "js", "text/javascript; charset=utf-8", &["js/admin.js"]),
    (
        "SITE_CSS",
        "site",
        "css",
        "text/css; charset=utf-8",
        &[
            "css/tokens.css",
            "css/base.css",
            "css/layout.css",
            "css/parts.css",
            "css/forms.css",
            "css/shop.css",
            "css/blog.css",
        ],
    ),
    (
        "ADMIN_CSS",
        "admin",
        "css",
        "text/css; charset=utf-8",
        &["css/tokens.css", "css/base.css", "css/layout.css", "css/parts.css", "css/forms.css", "css/admin.css"],
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=static");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=demo");
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let is_debug = env::var("PROFILE")? == "debug";
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    let (mut paths, mut table) = (String::new(), String::from("&[\n"));
    for (constant, name, ending, content_type, parts) in ASSETS {
        let mut bytes = Vec::new();
        for part in *parts {
            bytes.extend(fs::read(Path::new("static").join(part))?);
        }
        if is_debug && *ending == "js" {
            bytes.extend(fs::read("static/js/live_reload.js")?);
        }
        if *ending == "css" {
            let mut text = String::from_utf8(bytes)?;
            for (plain, named) in &renamed {
                text = text.replace(plain.as_str(), named);
            }
            bytes = text.into_bytes();
        }
        let hash: String = Sha256::digest(&bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        let path = format!("/assets/{name}-{hash}.{ending}");
        renamed.insert(format!("/assets/{name}.{ending}"), path.clone());
        let file = out.join(format!("{name}.{ending}"));
        fs::write(&file, &bytes)?;
        fs::write(file.with_extension(format!("{ending}.br")), brotli(&bytes)?)?;
        fs::write(file.with_extension(format!("{ending}.gz")), gzip(&bytes)?)?;
        writeln!(paths, "/// Its present address.\npub const {constant}: &str = {path:?};")?;
        // Complete header values, because they must be constants.
        match *ending {
            "css" => writeln!(
                paths,
                "/// `Link` that asks for it early.\npub const {constant}_PRELOAD: &str = \"<{path}>; rel=preload; as=style\";"
            )?,
            "json" => writeln!(
                paths,
                "/// In quotes, as the header wants it.\npub const {constant}_QUOTED: &str = \"\\\"{path}\\\"\";"
            )?,
            _ => {}
        }
        let shown = file.display();
        let packed = match *ending {
            "woff2" => "None".to_owned(),
            _ => format!(
                "Some(Packed {{ brotli: include_bytes!(\"{shown}.br\"), gzip: include_bytes!(\"{shown}.gz\") }})"
            ),
        };
        writeln!(
            table,
            "    Asset {{ path: {path:?}, content_type: {content_type:?}, raw: include_bytes!(\"{shown}\"), \
             packed: {packed} }},"
        )?;
    }
    table.push(']');
    fs::write(out.join("asset_paths.rs"), paths)?;
    fs::write(out.join("asset_table.rs"), table)?;
    messages::compile(out)?;
    typefaces(out)?;
    demo(out)?;
    pack_relocations();
    Ok(())
}

/// Packs relative relocations, which saves megabytes. glibc supports this since 2.36, so only for builds that run on
/// the build machine and use the default linker.
fn pack_relocations() {
    let is = |name: &str| env::var(name).is_ok_and(|machine| machine == "x86_64-unknown-linux-gnu");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let own_linker = env::var_os("RUSTC_LINKER").is_some() || flags.contains("link");
    let version = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let minor = version.trim().strip_prefix("glibc 2.").and_then(|minor| minor.parse::<u32>().ok());
    if is("TARGET") && is("HOST") && !own_linker && minor.is_some_and(|minor| minor >= 36) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// Compresses the fonts of documents, to be included in the binary.
fn typefaces(out: &Path) -> Result<(), Box<dyn Error>> {
    for face in ["Inter-Regular", "Inter-SemiBold"] {
        let bytes = fs::read(format!("assets/fonts/{face}.otf"))?;
        fs::write(out.join(format!("{face}.otf.gz")), gzip(&bytes)?)?;
    }
    Ok(())
}

fn demo(out: &Path) -> Result<(), Box<dyn Error>> {
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let mut table = String::from("&[\n");
    for folder in ["", "products", "posts", "pages", "pictures"] {
        let mut files: Vec<_> = fs::read_dir(Path::new("demo").join(folder))?.collect::<Result<_, _>>()?;
        files.sort_by_key(|file| file.file_name());
        for file in files {
            if file.file_type()?.is_file() {
                let path = Path::new(folder).join(file.file_name());
                let path = path.display();
                writeln!(table, "    ({:?}, include_bytes!(\"{root}/demo/{path}\")),", path.to_string())?;
            }
        }
    }
    table.push(']');
    fs::write(out.join("demo_files.rs"), table)?;
    Ok(())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    let mut packed = Vec::new();
    brotli::CompressorWriter::new(&mut packed, 4096, 11, 22).write_all(bytes)?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>, std::io::Error> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes)?;
    packer.finish()
}
