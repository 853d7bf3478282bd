//! The vocabulary: the glossary lists every public type of the models, and banned words are not used.

use std::collections::BTreeSet;

use crate::architecture::{Source, files, root};

/// A public item: its kind (`struct`, `fn`, …) and its name.
struct Item {
    kind: String,
    name: String,
}

const KINDS: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];

fn is_identifier(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The public items of a file, and the enums that `text_enum!` makes.
fn public_items(source: &Source) -> Vec<Item> {
    let mut items = Vec::new();
    let mut in_text_enum = false;
    for line in source.text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
        if line.starts_with("text_enum!") {
            in_text_enum = true;
        } else if in_text_enum && line.ends_with('{') {
            in_text_enum = false;
            let name = line.trim_end_matches('{').trim().to_owned();
            items.push(Item { kind: "enum".to_owned(), name });
        }
        items.extend(line.strip_prefix("pub").and_then(parse_item));
    }
    items
}

/// The items of a file that are not public, as tests and benches have them.
fn private_items(source: &Source) -> Vec<Item> {
    let lines = source.text.lines().map(str::trim_start);
    lines
        .filter(|line| line.starts_with(char::is_lowercase) && !line.starts_with("pub"))
        .filter_map(parse_item)
        .collect()
}

/// The item that a line declares, after its visibility.
fn parse_item(declaration: &str) -> Option<Item> {
    let mut words = declaration.split(|character: char| !is_identifier(character)).filter(|word| !word.is_empty());
    while let Some(word) = words.next() {
        // `const fn` is a function.
        let is_kind = KINDS.contains(&word) && !(word == "const" && declaration.contains("const fn"));
        if is_kind {
            return words.next().map(|name| Item { kind: word.to_owned(), name: name.to_owned() });
        }
        if !["super", "crate", "self", "in", "models", "async", "const", "unsafe"].contains(&word) {
            break;
        }
    }
    None
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// `CheckoutRequest` as `checkout_request`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (at, character) in name.char_indices() {
        if character.is_uppercase() && at > 0 && !snake.ends_with('_') && name.chars().any(char::is_lowercase) {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

#[test]
fn every_public_type_of_the_models_is_in_the_glossary() {
    let glossary = read("docs/GLOSSARY.md");
    let in_code = glossary.split('`').skip(1).step_by(2);
    let known: BTreeSet<&str> = in_code.flat_map(|code| code.split(|character| !is_identifier(character))).collect();
    let mut missing = Vec::new();
    let mut types = 0;
    for source in files("src/models", &[".rs"]).unwrap() {
        for item in public_items(&source) {
            if ["struct", "enum", "trait", "type"].contains(&item.kind.as_str()) {
                types += 1;
                if !known.contains(item.name.as_str()) {
                    missing.push(format!("{}: {}", source.path, item.name));
                }
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "give them a line in docs/GLOSSARY.md");
    assert!(types > 150, "only {types} types were found");
}

#[test]
fn banned_words_are_not_used() {
    let style = read("docs/STYLE.md");
    let block = style.split("## Banned words").nth(1).unwrap().split("```").nth(1).unwrap();
    let banned: BTreeSet<&str> = block.lines().skip(1).map(str::trim).filter(|word| !word.is_empty()).collect();
    assert!(banned.contains("errand") && banned.len() > 80, "{banned:?}");
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for source in files(folder, &[".rs"]).unwrap() {
            let mut items = public_items(&source);
            if folder != "src" {
                items.extend(private_items(&source));
            }
            for item in items.iter().filter(|item| banned.contains(snake_case(&item.name).as_str())) {
                found.push(format!("{}: {} {}", source.path, item.kind, item.name));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new(), "docs/GLOSSARY.md has the word to use");
    let source = Source {
        path: "src/models/sales/order.rs".to_owned(),
        text:
            "pub(super) async fn glance() {}\n// pub struct Errand;\npub const fn fine() {}\npub struct KeptPage {}\n"
                .to_owned(),
    };
    let names: Vec<String> = public_items(&source).iter().map(|item| snake_case(&item.name)).collect();
    assert_eq!(names, ["glance", "fine", "kept_page"]);
}
