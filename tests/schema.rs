//! `src/schema.rs` and the migrations say the same of both databases, and the `diesel` command finds the migrations.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tradepost::db::schema_check::{Column, check, read_columns};
use tradepost::db::{Conn, migrations};
use tradepost::schema::TABLES;

use crate::support::database::{TestDatabase, postgres_url};

/// A table as `table!` declares it: primary key, and columns with their types in order.
#[derive(Debug, PartialEq, Eq)]
struct Declared {
    key: Vec<String>,
    columns: Vec<(String, String)>,
}

fn read_declared_tables() -> BTreeMap<String, Declared> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/schema.rs");
    let text = fs::read_to_string(path).unwrap();
    let mut tables = BTreeMap::new();
    for block in text.split("diesel::table! {").skip(1) {
        let mut lines = block.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
        let (name, rest) = lines.next().unwrap().split_once(" (").unwrap();
        let key = rest.split_once(')').unwrap().0.split(", ").map(str::to_owned).collect();
        let columns = lines.take_while(|line| *line != "}").filter_map(|line| {
            let (name, kind) = line.strip_suffix(',')?.split_once(" -> ")?;
            let kind = match postgres_url() {
                Some(_) => kind.to_owned(),
                None => kind.replace("Timestamp", "Text").replace("Bool", "BigInt"),
            };
            Some((name.to_owned(), kind))
        });
        tables.insert(name.to_owned(), Declared { key, columns: columns.collect() });
    }
    tables
}

fn read_database_tables(columns: &[Column]) -> BTreeMap<String, Declared> {
    let mut tables: BTreeMap<String, Declared> = BTreeMap::new();
    let mut keys: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
    for column in columns {
        let kind = diesel_type(&column.sql_type);
        let kind = if column.is_nullable { format!("Nullable<{kind}>") } else { kind.to_owned() };
        let table = tables.entry(column.table_name.clone());
        let table = table.or_insert_with(|| Declared { key: Vec::new(), columns: Vec::new() });
        table.columns.push((column.name.clone(), kind));
        if column.key_position > 0 {
            keys.entry(column.table_name.clone()).or_default().push((column.key_position, column.name.clone()));
        }
    }
    for (name, mut key) in keys {
        key.sort();
        tables.get_mut(&name).unwrap().key = key.into_iter().map(|(_, column)| column).collect();
    }
    tables
}

/// The Diesel type of a column. SQLite stores booleans as integers and timestamps as texts.
fn diesel_type(sql_type: &str) -> &'static str {
    match sql_type {
        "bigint" | "integer" => "BigInt",
        "text" => "Text",
        "boolean" => "Bool",
        "timestamp without time zone" => "Timestamp",
        "blob" | "bytea" => "Binary",
        other => panic!("no table declares {other}"),
    }
}

#[test]
fn the_declared_tables_match_the_database() {
    let database = TestDatabase::new();
    let columns = read_columns(&mut database.connect()).unwrap();
    let found = read_database_tables(&columns);
    let declared: BTreeMap<_, _> =
        read_declared_tables().into_iter().filter(|(name, _)| !name.ends_with("_words")).collect();
    for (name, table) in &declared {
        assert_eq!(Some(table), found.get(name), "{name}");
    }
    assert_eq!(declared.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
}

#[test]
fn the_fingerprint_matches_the_migrations() {
    let database = TestDatabase::new();
    let columns = read_columns(&mut database.connect()).unwrap();
    assert!(columns.len() > TABLES.len(), "columns were read");
    check(&mut database.connect()).unwrap();
}

#[test]
fn a_database_whose_tables_were_altered_is_refused() {
    for change in [
        "ALTER TABLE tags ADD COLUMN colour TEXT",
        "ALTER TABLE tags RENAME COLUMN name TO title",
        "DROP TABLE redirects",
    ] {
        let database = TestDatabase::new();
        let mut conn = database.connect();
        conn.batch_execute(change).unwrap();
        let refusal = migrations::run(&mut conn).unwrap_err().to_string();
        assert!(refusal.contains("Restore a backup"), "{change}: {refusal}");
    }
    let database = TestDatabase::new();
    let mut conn = database.connect();
    conn.batch_execute("CREATE TABLE reports (id BIGINT PRIMARY KEY, text TEXT)").unwrap();
    migrations::run(&mut conn).unwrap();
}

#[test]
fn a_database_from_before_the_first_release_is_refused() {
    let database = TestDatabase::new();
    let mut conn = database.connect();
    conn.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20261121060000')").unwrap();
    let refusal = migrations::run(&mut conn).unwrap_err().to_string();
    assert!(refusal.contains("before the first release"), "{refusal}");
}

#[test]
fn the_diesel_command_finds_the_migrations() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings: toml::Table = toml::from_str(&fs::read_to_string(root.join("diesel.toml")).unwrap()).unwrap();
    let folder = settings.get("migrations_directory").and_then(|table| table.get("dir")).and_then(toml::Value::as_str);
    assert_eq!(folder, Some("migrations/sqlite"));
    assert!(!settings.contains_key("print_schema"), "src/schema.rs is written by hand");
    let folder = if postgres_url().is_some() { "migrations/postgres" } else { "migrations/sqlite" };
    let found = FileBasedMigrations::from_path(root.join(folder)).unwrap();
    let database = TestDatabase::new();
    let mut conn = database.connect();
    // Down and up again, as `diesel migration redo --all` does.
    match &mut conn {
        Conn::Sqlite(conn) => revert_and_rerun(conn, found),
        Conn::Pg(conn) => revert_and_rerun(conn, found),
    }
    check(&mut conn).unwrap();
}

fn revert_and_rerun<C>(conn: &mut C, found: FileBasedMigrations)
where
    C: MigrationHarness<C::Backend> + diesel::Connection,
{
    conn.revert_all_migrations(found.clone()).unwrap();
    conn.run_pending_migrations(found).unwrap();
}

/// Job keys, email keys and the event log name rows by id, so the id of a deleted row must not be used again. PostgreSQL
/// never does. Not rebuilt yet: tables of the foundation.
#[test]
fn ids_of_deleted_rows_are_not_reused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    for migration in fs::read_dir(folder).unwrap() {
        let path = migration.unwrap().path();
        if path.ends_with("2026-11-30-000000_foundation") {
            continue;
        }
        let sql = fs::read_to_string(path.join("up.sql")).unwrap();
        assert!(!sql.contains("id INTEGER PRIMARY KEY,"), "{}: add AUTOINCREMENT", path.display());
    }
}
