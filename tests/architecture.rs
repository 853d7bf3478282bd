//! Architecture rules: imports only go to lower floors, and some names are forbidden in some places.
//! `docs/ARCHITECTURE.md` explains the floors.

mod import_circles;

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
    ("presenters", 4),
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

/// Imports that are forbidden although the floors would allow them.
const FORBIDDEN: &[(&str, &str)] = &[
    ("models", "config"),
    ("models", "adapters"),
    ("models", "http"),
    ("views", "models"),
    ("views", "db"),
    ("views", "schema"),
    ("adapters", "models"),
];

/// The only allowed upward import: a transaction dispatches events to an `EventHandler`.
const EXCEPTIONS: &[(&str, &str)] = &[("src/db.rs", "models::platform::event::Event")];

/// Areas of the models: each may name those before it, and itself.
const MODEL_AREAS: &[&str] = &["platform", "people", "content", "catalog", "checkout", "sales", "maintenance"];

/// Areas that have admin pages.
const ADMIN_AREAS: &[&str] = &["platform", "people", "content", "catalog", "checkout", "sales"];

/// Folders whose files and folders are areas, and what stands beside the areas because several share it.
const AREA_FOLDERS: &[(&str, &[&str])] = &[
    ("src/controllers/admin", &["uploads"]),
    ("src/views/admin", &["layout"]),
    ("src/forms/admin", &[]),
    ("src/presenters", &["format", "pictures"]),
    ("templates/admin", &["ui"]),
];

/// Areas of the controllers; what two of them share goes down a floor.
const AREAS: &[&str] = &["blog", "shop", "account", "admin", "system"];

/// File names that say nothing.
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

/// The start of a `//` comment, outside strings and URLs.
fn comment_start(line: &str) -> Option<usize> {
    let (mut quoted, mut escaped, mut before) = (false, false, ' ');
    for (at, character) in line.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if before != '\'' => quoted = !quoted,
            '/' if !quoted && before != ':' && line.get(at..).is_some_and(|rest| rest.starts_with("//")) => {
                return Some(at);
            }
            _ => {}
        }
        before = character;
    }
    None
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Every `crate::…`, and every `super::…` that reaches the crate's root.
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

/// Expands `a::b`, `{a, b::{c, d}}` and so on into single paths.
fn spell(rest: &str, prefix: &[String], offset: usize, into: &mut Vec<Mention>) {
    let rest = rest.trim_start();
    if let Some(inside) = rest.strip_prefix('{') {
        for part in parts(inside) {
            spell(part, prefix, offset, into);
        }
        return;
    }
    let word: String = rest.chars().take_while(|character| is_word(*character) || *character == '*').collect();
    let mut path = prefix.to_vec();
    if !word.is_empty() && word != "self" {
        path.push(word.clone());
    }
    let after = rest.get(word.len()..).unwrap_or("");
    match after.strip_prefix("::") {
        Some(next)
            if next.starts_with(|character: char| is_word(character) || character == '{' || character == '*') =>
        {
            spell(next, &path, offset, into);
        }
        _ if path.is_empty() => {}
        _ => into.push(Mention { offset, path }),
    }
}

/// The parts between the commas of a group whose opening brace has been taken.
fn parts(inside: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_u32, 0, Vec::new());
    for (at, character) in inside.char_indices() {
        let ends = match character {
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
            if character == '}' {
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
            let name: String = rest.chars().take_while(|character| is_word(*character)).collect();
            found.push((name, source.top().to_owned()));
        }
    }
    found
}

/// The forbidden imports of a file.
fn breaches(source: &Source, modules: &[String], macros: &[(String, String)]) -> Vec<String> {
    let from = source.top();
    let Some(own) = floor(from) else {
        return vec![format!("{}: give `{from}` a floor in tests/architecture.rs", source.path)];
    };
    let mut found = Vec::new();
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
        found.push(source.at(mention.offset, &words));
    }
    found
}

/// The area of a controller's file.
fn area(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/controllers/")?;
    let first = inside.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

fn fail(what: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{what}:\n{}\n", breaches.join("\n"));
}

#[test]
fn imports_only_go_to_lower_floors() {
    let sources: Vec<Source> = files("src", &[".rs"])
        .unwrap()
        .into_iter()
        .filter(|s| s.path != "src/main.rs" && s.path != "src/lib.rs")
        .collect();
    assert!(sources.len() > 20, "the sources were not found");
    let modules: Vec<String> = FLOORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let macros = macros(&sources);
    let found: Vec<String> = sources.iter().flat_map(|source| breaches(source, &modules, &macros)).collect();
    fail("imports that go up, or where they may not", &found);
}

#[test]
fn an_upward_import_is_found() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let modules: Vec<String> = FLOORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let macros = [("on_backend".to_owned(), "db".to_owned())];
    let found = |path: &str, text: &str| breaches(&source(path, text), &modules, &macros);
    assert_eq!(
        found(
            "src/models/order.rs",
            "use crate::db::Tx;\nuse crate::{\n    error::Error, http::{Form, reply::Reply},\n};\n"
        ),
        [
            "src/models/order.rs:2: models (floor 2) names http::Form (floor 5)",
            "src/models/order.rs:2: models (floor 2) names http::reply::Reply (floor 5)"
        ]
    );
    assert_eq!(found("src/models/order.rs", "use super::super::jobs::Job;").len(), 1);
    assert_eq!(found("src/models/order.rs", "use crate::config::Config;").len(), 1);
    assert_eq!(found("src/views/shop.rs", "fn f(o: &crate::models::sales::order::Order) {}").len(), 1);
    assert_eq!(found("src/db.rs", "type F = fn(&crate::models::platform::event::Actor);").len(), 1);
    assert_eq!(found("src/strange.rs", "").len(), 1);
    let fine = "// crate::http is above\nuse crate::on_backend;\nuse super::money;\nlet a = \"// crate::\";\n";
    assert!(found("src/models/order.rs", fine).is_empty());
    assert!(found("src/db.rs", "type F = fn(&crate::models::platform::event::Event);").is_empty());
}

#[test]
fn areas_of_controllers_do_not_import_each_other() {
    let mut breaches = Vec::new();
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
                breaches.extend(hits.map(|(at, _)| source.at(at, &format!("{own} names {other}"))));
            }
        }
    }
    fail("areas that know each other", &breaches);
}

#[test]
fn no_file_is_a_junk_drawer() {
    let mut breaches = Vec::new();
    for source in ["src", "tests"].iter().flat_map(|folder| files(folder, &[".rs"]).unwrap()) {
        if DRAWERS.contains(&source.path.rsplit('/').next().unwrap_or("")) {
            breaches.push(format!("{}: name the thing", source.path));
        }
    }
    fail("files whose names say nothing", &breaches);
}

#[test]
fn states_are_compared_with_enums() {
    let mut breaches = Vec::new();
    for source in files("src/models", &[".rs"]).unwrap() {
        for column in ["::state", "::status", "::role", "_state", "_status"] {
            for comparison in [".eq(\"", ".ne(\"", ".eq_any([\""] {
                let needle = format!("{column}{comparison}");
                breaches.extend(source.text.match_indices(&needle).map(|(at, _)| source.at(at, &needle)));
            }
        }
    }
    fail("a misspelt state compiles and matches nothing: use its `text_enum!`", &breaches);
}

/// Whether a template may apply `|safe` to this expression.
fn may_be_safe(path: &str, before: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    let before = before.trim_end();
    // The filter `prose` puts classes on what is HTML already.
    let before = before.strip_suffix("|prose(*t)").unwrap_or(before);
    let tail: String = before.chars().rev().take_while(|character| is_word(*character)).collect();
    let word: String = tail.chars().rev().collect();
    path.contains("/ui/") || name.ends_with("layout.html") || word.ends_with("_html") || word == "body"
}

#[test]
fn r36_templates_escape_what_they_print() {
    let mut breaches = Vec::new();
    for source in files("templates", &[".html", ".xml"]).unwrap() {
        let close: String = source.text.replace("| safe", "|safe");
        for (at, _) in close.match_indices("|safe") {
            if !may_be_safe(&source.path, close.get(..at).unwrap_or("")) {
                breaches.push(format!("{}:{}: |safe", source.path, line_of(&close, at)));
            }
        }
        for needle in ["filter safe", "escape(\"none\")", "{% extends"] {
            breaches.extend(source.text.match_indices(needle).map(|(at, _)| source.at(at, needle)));
        }
    }
    fail("|safe outside the layouts, ui/, fields ending in _html and body; or a page that extends another", &breaches);
}

#[test]
fn raw_text_is_judged_by_its_name() {
    assert!(may_be_safe("templates/blog/posts/show.html", "{{ body_html"));
    assert!(may_be_safe("templates/blog/posts/show.html", "{{ body_html|prose(*t)"));
    assert!(!may_be_safe("templates/blog/posts/show.html", "{{ title|prose"));
    assert!(may_be_safe("templates/layout.html", "{{ anything"));
    assert!(may_be_safe("templates/ui/footer.html", "{{ anything"));
    assert!(!may_be_safe("templates/blog/posts/show.html", "{{ title"));
    assert!(!may_be_safe("templates/blog/posts/show.html", "{{ somebody"));
}

#[test]
fn todo_comments_name_an_issue() {
    let word = concat!("TO", "DO");
    let mut breaches = Vec::new();
    for folder in ["src", "tests", "templates", "static", "migrations", "bin"] {
        for source in
            files(folder, &[".rs", ".html", ".xml", ".txt", ".css", ".js", ".sql", "ci", "dev", "setup"]).unwrap()
        {
            for (at, _) in source.text.match_indices(word) {
                let (before, after) =
                    (source.text.get(..at).unwrap_or(""), source.text.get(at + word.len()..).unwrap_or(""));
                let line = after.split('\n').next().unwrap_or("");
                let numbered =
                    line.split('#').skip(1).any(|rest| rest.starts_with(|character: char| character.is_ascii_digit()));
                let is_whole_word = !before.ends_with(is_word) && !after.starts_with(is_word);
                if is_whole_word && !numbered {
                    breaches.push(source.at(at, "needs an issue number, as in (#12)"));
                }
            }
        }
    }
    fail("work left without an issue", &breaches);
}

#[test]
fn only_config_reads_the_environment() {
    let mut breaches = Vec::new();
    for source in files("src", &[".rs"]).unwrap() {
        // Fault injection reads its `FAULT_*` variables in debug builds only; they are for tests, not settings.
        if source.top() == "config" || source.path == "src/support/faults.rs" {
            continue;
        }
        let code = code_only(&source.text);
        for needle in ["env::var", "env::set_var", "env::remove_var"] {
            breaches.extend(code.match_indices(needle).map(|(at, _)| source.at(at, needle)));
        }
    }
    fail("the environment is read outside src/config", &breaches);
}

#[test]
fn ignored_tests_give_a_reason() {
    let needle = concat!("#[", "ignore]");
    let mut breaches = Vec::new();
    for source in ["src", "tests"].iter().flat_map(|folder| files(folder, &[".rs"]).unwrap()) {
        breaches.extend(source.text.match_indices(needle).map(|(at, _)| source.at(at, "write #[ignore = \"why\"]")));
    }
    fail("tests ignored without a reason", &breaches);
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
    let sources = files("src/models", &[".rs"]).unwrap();
    let found: Vec<String> = sources.iter().flat_map(|source| area_breaches(source, &modules)).collect();
    fail("areas that name later ones", &found);
    let up = Source {
        path: "src/models/content/post.rs".to_owned(),
        text: "use crate::models::sales::order::Order;\nuse crate::models::people::account::Member;\n".to_owned(),
    };
    assert_eq!(
        area_breaches(&up, &modules),
        ["src/models/content/post.rs:1: content names models::sales::order::Order"]
    );
}

/// The name of a file or folder right below `folder`.
fn name_below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let inside = path.strip_prefix(folder)?.strip_prefix('/')?;
    inside.split(['/', '.']).next()
}

#[test]
fn areas_name_the_folders_of_the_admin() {
    let mut wrong = Vec::new();
    for (folder, shared) in AREA_FOLDERS {
        let sources = files(folder, &[".rs", ".html"]).unwrap();
        assert!(!sources.is_empty(), "{folder} was not found");
        for source in sources {
            let name = name_below(&source.path, folder).unwrap_or("");
            if !ADMIN_AREAS.contains(&name) && !shared.contains(&name) {
                wrong.push(format!("{}: `{name}` is no area", source.path));
            }
        }
    }
    assert!(ADMIN_AREAS.iter().all(|area| MODEL_AREAS.contains(area)));
    fail("files outside the areas", &wrong);
}

/// Where a controller of an admin area names another area's controllers.
fn admin_breaches(source: &Source) -> Vec<String> {
    let Some(own) = name_below(&source.path, "src/controllers/admin") else { return Vec::new() };
    let is_other = |path: &[String]| match path {
        [top, admin, area, ..] if top == "controllers" && admin == "admin" => {
            area != own && ADMIN_AREAS.contains(&area.as_str())
        }
        _ => false,
    };
    let named = import_circles::imports(source).into_iter().filter(|(_, path)| is_other(path));
    named.map(|(offset, path)| source.at(offset, &format!("{own} names {}", path.join("::")))).collect()
}

#[test]
fn areas_of_the_admin_do_not_import_each_other() {
    let sources = files("src/controllers/admin", &[".rs"]).unwrap();
    let wrong: Vec<String> = sources.iter().flat_map(admin_breaches).collect();
    fail("admin areas that know each other", &wrong);
    let sideways = Source {
        path: "src/controllers/admin/content/posts.rs".to_owned(),
        text: "use super::tags;\nuse crate::controllers::admin::uploads;\nuse super::super::catalog::products::edit;\n"
            .to_owned(),
    };
    assert_eq!(
        admin_breaches(&sideways),
        ["src/controllers/admin/content/posts.rs:3: content names controllers::admin::catalog::products::edit"]
    );
}
