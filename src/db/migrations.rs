//! Migrates a database, and refuses one that a newer version has migrated.

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

/// A migration, and whether it has run.
pub struct MigrationStatus {
    /// Timestamp and name.
    pub name: String,
    /// Whether this database has it.
    pub applied: bool,
}

type MigrationResult<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Lists the migrations of this program. Changes nothing, not even in an empty database.
///
/// # Errors
/// When the database has migrations that this program does not know.
pub fn status(conn: &mut Conn) -> MigrationResult<Vec<MigrationStatus>> {
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

/// As [`status`], for a SQLite file that does not exist yet.
pub fn status_for_new_sqlite() -> MigrationResult<Vec<MigrationStatus>> {
    steps::<diesel::sqlite::Sqlite>(&[], &SQLITE)
}

fn steps<B: diesel::backend::Backend>(
    applied: &[String],
    known: &EmbeddedMigrations,
) -> MigrationResult<Vec<MigrationStatus>> {
    let migrations: Vec<Box<dyn Migration<B>>> = known.migrations()?;
    let mut steps = Vec::new();
    for migration in &migrations {
        let version = migration.name().version().to_string();
        let applied = applied.contains(&version);
        steps.push(MigrationStatus { name: migration.name().to_string(), applied });
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

/// Date of the newest migration, a lower bound for the age of this program: a clock before it is wrong.
pub fn newest_migration_date(url: &str) -> Option<Utc> {
    let steps = match is_postgres(url) {
        true => steps::<diesel::pg::Pg>(&[], &POSTGRES),
        false => steps::<diesel::sqlite::Sqlite>(&[], &SQLITE),
    };
    let name = steps.ok()?.pop()?.name;
    let day = name.get(..10)?;
    Utc::from_sql_text(&format!("{day} 00:00:00.000000")).ok()
}

/// Runs pending migrations. An advisory lock serialises servers that start at the same time on PostgreSQL.
///
/// # Errors
/// When the database has migrations that this program does not know, or is read-only.
pub fn run(conn: &mut Conn) -> MigrationResult<()> {
    const TURN: i64 = 0x7472_6164_6570;
    if let Conn::Pg(conn) = conn {
        // The other server may run long migrations.
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
    // Fails now if the database is read-only, instead of at the first visitor.
    Ok(conn.batch_execute("UPDATE __diesel_schema_migrations SET version = version WHERE version = ''")?)
}
