//! The map of the requirements: each has a row, and what a row names exists.

use std::collections::{BTreeMap, BTreeSet};

use crate::architecture::{files, root};

const MAP: &str = "docs/SECURITY_REQUIREMENTS.md";
/// The last of R1, R2, …
const LAST: usize = 80;

struct Row {
    number: usize,
    status: String,
    places: Vec<String>,
    tests: Vec<String>,
}

impl Row {
    /// Whether at least a part of it is met.
    fn is_met(&self) -> bool {
        self.status.starts_with("met") || self.status.starts_with("in part")
    }
}

/// The words in backticks.
fn code_words(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of the map: number, what it asks, status, places, tests.
fn read_rows() -> Vec<Row> {
    let text = std::fs::read_to_string(root().join(MAP)).unwrap();
    let mut rows = Vec::new();
    let is_row = |line: &&str| {
        let number = line.strip_prefix("| R");
        number.is_some_and(|number| number.starts_with(|character: char| character.is_ascii_digit()))
    };
    for line in text.lines().filter(is_row) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, asks, status, places, tests] = cells[..] else { panic!("{MAP}: not five cells: {line}") };
        let number = number.trim_start_matches('R').parse().unwrap_or_else(|_| panic!("{MAP}: {number} is no number"));
        assert!(!asks.is_empty(), "R{number} does not say what it asks");
        let (places, tests) = (code_words(places), code_words(tests));
        rows.push(Row { number, status: status.to_owned(), places, tests });
    }
    rows
}

/// The names of all tests.
fn test_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in ["src", "tests"].iter().flat_map(|folder| files(folder, &[".rs"]).unwrap()) {
        let mut is_test = false;
        for line in source.text.lines().map(str::trim_start) {
            let declaration = line.strip_prefix("async ").unwrap_or(line);
            if line.starts_with("#[") {
                is_test |=
                    line == "#[test]" || line.starts_with("#[actix_web::test") || line.starts_with("#[tokio::test");
            } else if let Some(name) = declaration.strip_prefix("fn ").filter(|_| is_test) {
                names.insert(name.split('(').next().unwrap_or(name).to_owned());
                is_test = false;
            }
        }
    }
    names
}

/// The requirements that a test names: 24 and 72 for `r24_r72_support_sees_…`.
fn named_requirements(test: &str) -> Vec<usize> {
    test.split('_').map_while(|word| word.strip_prefix('r').and_then(|number| number.parse().ok())).collect()
}

#[test]
fn every_requirement_has_a_row_that_says_whether_it_is_met() {
    let rows = read_rows();
    let numbers: Vec<usize> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=LAST).collect::<Vec<_>>());
    for row in &rows {
        let known = ["met", "in part: ", "not met: ", "does not apply: "];
        assert!(known.iter().any(|start| row.status.starts_with(start)), "R{}: {}", row.number, row.status);
        assert!(row.status == "met" || row.status.len() > 20, "R{}: say what is missing, or why", row.number);
        assert!(!row.is_met() || !row.places.is_empty(), "R{}: where is it met?", row.number);
    }
}

#[test]
fn every_place_and_test_of_the_map_exists() {
    let tests = test_names();
    assert!(tests.len() > 500, "only {} tests were found", tests.len());
    for row in read_rows() {
        for place in &row.places {
            assert!(root().join(place).exists(), "R{}: {place} does not exist", row.number);
        }
        for test in &row.tests {
            assert!(tests.contains(test), "R{}: there is no test {test}", row.number);
        }
    }
}

#[test]
fn every_met_requirement_is_named_by_a_test_and_every_such_test_is_in_its_row() {
    let rows: BTreeMap<usize, Row> = read_rows().into_iter().map(|row| (row.number, row)).collect();
    for row in rows.values().filter(|row| row.is_met()) {
        let is_named = row.tests.iter().any(|test| named_requirements(test).contains(&row.number));
        assert!(is_named, "R{}: no test of its row begins with r{}_", row.number, row.number);
    }
    for test in test_names() {
        for number in named_requirements(&test) {
            let row = rows.get(&number).unwrap_or_else(|| panic!("{test}: there is no R{number}"));
            assert!(row.tests.contains(&test), "{MAP}: add {test} to the row of R{number}");
        }
    }
}

/// The code cites the rules of SECURITY.md by number.
#[test]
fn each_security_rule_has_its_own_number() {
    let text = std::fs::read_to_string(root().join("docs/SECURITY.md")).unwrap();
    let mut numbers: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| **")?.split_once("**")).map(|(number, _)| number).collect();
    numbers.sort_unstable();
    let all = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), all, "{numbers:?}");
}
