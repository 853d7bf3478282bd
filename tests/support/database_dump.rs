//! Dumps of a database, to detect changes.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use tradepost::db::Conn;

use super::shop::TestShop;

/// Tables that are not compared: sessions, form submissions and cache versions.
const IGNORED_TABLES: &[&str] =
    &["sessions", "form_submissions", "cache_versions", "tag_bumps", "__diesel_schema_migrations"];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Rows by table, each as text without its random parts, in order.
pub type DatabaseDump = BTreeMap<String, Vec<String>>;

fn query_lines(conn: &mut Conn, sql: &str) -> Vec<String> {
    let found: Vec<Line> = match conn {
        Conn::Sqlite(conn) => sql_query(sql).load(conn),
        Conn::Pg(conn) => sql_query(sql).load(conn),
    }
    .unwrap_or_else(|error| panic!("{sql}: {error}"));
    found.into_iter().map(|found| found.line).collect()
}

/// Salt and hash of a password are random, and contain `+` and `/`.
fn without_password_hashes(row: &str) -> String {
    let mut parts = row.split("$argon2id$");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push('?');
        text.push_str(
            part.trim_start_matches(|character: char| character.is_ascii_alphanumeric() || "+/=,$".contains(character)),
        );
    }
    text
}

/// Servers of the tests listen on any free port.
fn without_ports(row: &str) -> String {
    let mut parts = row.split("127.0.0.1:");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("127.0.0.1:?");
        text.push_str(part.trim_start_matches(|character: char| character.is_ascii_digit()));
    }
    text
}

/// Ids, tokens and hashes differ in each run.
fn without_randomness(row: &str) -> String {
    let row = &without_ports(&without_password_hashes(row));
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    let (mut text, mut word) = (String::new(), String::new());
    for character in row.chars().chain(['\n']) {
        if is_word(character) {
            word.push(character);
            continue;
        }
        let is_random = word.len() >= 16 && word.chars().any(|character| character.is_ascii_digit());
        text.push_str(if is_random { "?" } else { &word });
        word.clear();
        text.push(character);
    }
    text
}

fn dump_tables(conn: &mut Conn) -> DatabaseDump {
    let is_sqlite = matches!(conn, Conn::Sqlite(_));
    let tables = match is_sqlite {
        true => {
            "SELECT name AS line FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' \
             AND name NOT LIKE 'sqlite%' AND name NOT LIKE '%\\_words\\_%' ESCAPE '\\'"
        }
        false => "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public'",
    };
    let mut rows = DatabaseDump::new();
    for table in query_lines(conn, tables) {
        if IGNORED_TABLES.contains(&table.as_str()) {
            continue;
        }
        let sql = if is_sqlite {
            let columns =
                format!("SELECT 'coalesce(quote(\"' || name || '\"), '''')' AS line FROM pragma_table_info('{table}')");
            format!("SELECT {} AS line FROM \"{table}\"", query_lines(conn, &columns).join(" || ',' || "))
        } else {
            format!("SELECT t::text AS line FROM \"{table}\" t")
        };
        let mut found: Vec<String> = query_lines(conn, &sql).iter().map(|row| without_randomness(row)).collect();
        found.sort();
        rows.insert(table, found);
    }
    rows
}

/// Describes the differences of two dumps.
pub fn diff_dumps(before: &DatabaseDump, after: &DatabaseDump) -> String {
    let mut words = String::new();
    for (table, rows) in after {
        let known = before.get(table).cloned().unwrap_or_default();
        let gone: Vec<_> = known.iter().filter(|row| !rows.contains(row)).collect();
        let new: Vec<_> = rows.iter().filter(|row| !known.contains(row)).collect();
        if known != *rows {
            words += &format!("{table}: {} rows, then {}: gone {gone:#?}, new {new:#?}\n", known.len(), rows.len());
        }
    }
    words
}

impl TestShop {
    /// The texts of a column that contain one of the others, in any case, each with its column.
    pub fn find_texts(&self, table: &str, column: &str, parts: &[&str]) -> Vec<String> {
        let sql = format!("SELECT \"{column}\" AS line FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
        let parts: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
        let mut texts = query_lines(&mut self.database.connect(), &sql);
        texts.retain(|text| parts.iter().any(|part| text.to_lowercase().contains(part)));
        texts.into_iter().map(|text| format!("{table}.{column}: {text}")).collect()
    }

    /// Dumps the database without [`IGNORED_TABLES`].
    pub async fn dump_database(&self) -> DatabaseDump {
        dump_tables(&mut self.database.connect())
    }
}
