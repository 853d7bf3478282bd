//! Both databases have the same migrations, and each can be undone.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

/// The folders of one tree.
fn names(database: &str) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database))? {
        names.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

/// `2026-11-21-000000_foundation`: a stamp that sorts, then small letters.
fn is_well_named(name: &str) -> bool {
    let Some((stamp, words)) = name.split_once('_') else { return false };
    let shape: String =
        stamp.chars().map(|character| if character.is_ascii_digit() { '9' } else { character }).collect();
    let word = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    shape == "9999-99-99-999999" && !words.is_empty() && words.chars().all(word)
}

#[test]
fn both_trees_have_the_same_migrations() {
    let (sqlite, postgres) = (names("sqlite").unwrap(), names("postgres").unwrap());
    assert!(!sqlite.is_empty(), "no migrations were found");
    let lonely: Vec<_> = sqlite.symmetric_difference(&postgres).collect();
    assert!(lonely.is_empty(), "in one tree only: {lonely:?}");
    let odd: Vec<_> = sqlite.iter().filter(|name| !is_well_named(name)).collect();
    assert!(odd.is_empty(), "not named YYYY-MM-DD-HHMMSS_words: {odd:?}");
}

#[test]
fn no_two_migrations_share_a_stamp() {
    let names = names("sqlite").unwrap();
    let stamps: BTreeSet<_> = names.iter().filter_map(|name| name.split_once('_')).map(|(stamp, _)| stamp).collect();
    assert_eq!(stamps.len(), names.len());
}

#[test]
fn every_migration_has_a_way_back() {
    let mut mismatches = Vec::new();
    for database in ["sqlite", "postgres"] {
        for name in names(database).unwrap() {
            for file in ["up.sql", "down.sql"] {
                let path = format!("migrations/{database}/{name}/{file}");
                let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap_or_default();
                let has_statement = text.lines().any(|line| !line.trim().is_empty() && !line.trim().starts_with("--"));
                if !has_statement {
                    mismatches.push(path);
                }
            }
        }
    }
    assert!(mismatches.is_empty(), "missing, or without a statement: {mismatches:?}");
}
