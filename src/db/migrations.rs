//! Brings a database up to date; a newer one is refused.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, is_postgres};
use crate::support::clock::Utc;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// One migration and whether it has run.
pub struct Step {
    /// Its stamp and name.
    pub name: String,
    /// Whether this database has it.
    pub applied: bool,
}

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// The migrations this program brings and those the database has. Changes nothing, not even where there are none yet.
///
/// # Errors
/// When the database does not answer, or has migrations this program does not know.
pub fn status(conn: &mut Conn) -> Outcome<Vec<Step>> {
    let is_there = match conn {
        Conn::Pg(conn) => {
            diesel::select(sql::<Bool>("to_regclass('__diesel_schema_migrations') IS NOT NULL")).get_result(conn)?
        }
        Conn::Sqlite(conn) => diesel::select(sql::<Bool>(
            "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')",
        ))
        .get_result(conn)?,
    };
    let applied: Vec<String> = match is_there {
        true => __diesel_schema_migrations::table.select(__diesel_schema_migrations::version).load(conn)?,
        false => Vec::new(),
    };
    match conn {
        Conn::Pg(_) => steps::<diesel::pg::Pg>(&applied, &POSTGRES),
        Conn::Sqlite(_) => steps::<diesel::sqlite::Sqlite>(&applied, &SQLITE),
    }
}

/// As [`status`], of a SQLite database that is not there yet.
///
/// # Errors
/// When the migrations cannot be read.
pub fn of_new_sqlite() -> Outcome<Vec<Step>> {
    steps::<diesel::sqlite::Sqlite>(&[], &SQLITE)
}

fn steps<B: diesel::backend::Backend>(applied: &[String], known: &EmbeddedMigrations) -> Outcome<Vec<Step>> {
    let migrations: Vec<Box<dyn Migration<B>>> = known.migrations()?;
    let mut steps = Vec::new();
    for migration in &migrations {
        let version = migration.name().version().to_string();
        let applied = applied.contains(&version);
        steps.push(Step { name: migration.name().to_string(), applied });
    }
    let newer = applied.iter().any(|version| {
        migrations.iter().all(|known| known.name().version() != MigrationVersion::from(version.as_str()))
    });
    if newer {
        return Err("the database was made by a newer Tradepost: start that version, or restore a backup".into());
    }
    steps.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(steps)
}

/// When the newest migration of this program was written: the program itself is younger.
pub fn newest(url: &str) -> Option<Utc> {
    let steps = match is_postgres(url) {
        true => steps::<diesel::pg::Pg>(&[], &POSTGRES),
        false => steps::<diesel::sqlite::Sqlite>(&[], &SQLITE),
    };
    let name = steps.ok()?.pop()?.name;
    let day = name.get(..10)?;
    Utc::from_sql_text(&format!("{day} 00:00:00.000000")).ok()
}

/// Runs what is missing. Two servers that start at once on one PostgreSQL take turns.
///
/// # Errors
/// When the database is newer, read-only or does not answer.
pub fn run(conn: &mut Conn) -> Outcome<()> {
    const TURN: i64 = 0x7472_6164_6570;
    if let Conn::Pg(conn) = conn {
        // The other one may have much to do.
        conn.batch_execute(&format!(
            "SET lock_timeout = '5min'; SELECT pg_advisory_lock({TURN}); SET lock_timeout = '3s'"
        ))?;
    }
    let done = status(conn).and_then(|_| match conn {
        Conn::Pg(conn) => conn.run_pending_migrations(POSTGRES).map(drop),
        Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE).map(drop),
    });
    if let Conn::Pg(conn) = conn {
        conn.batch_execute(&format!("SELECT pg_advisory_unlock({TURN})"))?;
    }
    done?;
    // An up-to-date database that may only be read would fail at the first visitor instead.
    Ok(conn.batch_execute("UPDATE __diesel_schema_migrations SET version = version WHERE version = ''")?)
}
