//! Migrates a database, and refuses one that a newer version has migrated.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, is_postgres, schema_check};
use crate::support::clock::Utc;
use crate::support::faults;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

pub struct MigrationStatus {
    /// Timestamp and name.
    pub name: String,
    pub applied: bool,
}

type MigrationResult<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Lists the migrations of this program and changes nothing; an error if the database has unknown ones.
pub fn status(conn: &mut Conn) -> MigrationResult<Vec<MigrationStatus>> {
    let has_table = match conn {
        Conn::Pg(conn) => {
            diesel::select(sql::<Bool>("to_regclass('__diesel_schema_migrations') IS NOT NULL")).get_result(conn)?
        }
        Conn::Sqlite(conn) => diesel::select(sql::<Bool>(
            "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')",
        ))
        .get_result(conn)?,
    };
    let applied: Vec<String> = match has_table {
        true => __diesel_schema_migrations::table.select(__diesel_schema_migrations::version).load(conn)?,
        false => Vec::new(),
    };
    match conn {
        Conn::Pg(_) => list_migrations::<diesel::pg::Pg>(&applied, &POSTGRES),
        Conn::Sqlite(_) => list_migrations::<diesel::sqlite::Sqlite>(&applied, &SQLITE),
    }
}

/// As [`status`], for a SQLite file that does not exist yet.
pub fn status_for_new_sqlite() -> MigrationResult<Vec<MigrationStatus>> {
    list_migrations::<diesel::sqlite::Sqlite>(&[], &SQLITE)
}

fn list_migrations<B: diesel::backend::Backend>(
    applied: &[String],
    embedded: &EmbeddedMigrations,
) -> MigrationResult<Vec<MigrationStatus>> {
    let migrations: Vec<Box<dyn Migration<B>>> = embedded.migrations()?;
    let mut statuses = Vec::new();
    for migration in &migrations {
        let version = migration.name().version().to_string();
        let applied = applied.contains(&version);
        statuses.push(MigrationStatus { name: migration.name().to_string(), applied });
    }
    let is_unknown = |version: &&String| {
        migrations.iter().all(|embedded| embedded.name().version() != MigrationVersion::from(version.as_str()))
    };
    if let Some(unknown) = applied.iter().find(is_unknown) {
        let oldest = migrations.iter().map(|embedded| embedded.name().version()).min();
        if oldest.is_some_and(|oldest| MigrationVersion::from(unknown.as_str()) < oldest) {
            return Err(
                "the database was made before the first release of Tradepost and cannot be migrated: start with \
                        a new database"
                    .into(),
            );
        }
        return Err("the database was made by a newer Tradepost: start that version, or restore a backup".into());
    }
    statuses.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(statuses)
}

/// Date of the newest migration, a lower bound for the age of this program: a clock before it is wrong.
pub fn newest_migration_date(url: &str) -> Option<Utc> {
    let migrations = match is_postgres(url) {
        true => list_migrations::<diesel::pg::Pg>(&[], &POSTGRES),
        false => list_migrations::<diesel::sqlite::Sqlite>(&[], &SQLITE),
    };
    let name = migrations.ok()?.pop()?.name;
    let day = name.get(..10)?;
    Utc::from_sql_text(&format!("{day} 00:00:00.000000")).ok()
}

/// Runs pending migrations; an advisory lock serialises servers that start at the same time on PostgreSQL. An error if
/// the database is read-only, or has unknown migrations or other tables than they make.
pub fn run(conn: &mut Conn) -> MigrationResult<()> {
    const LOCK_KEY: i64 = 0x7472_6164_6570;
    if let Conn::Pg(conn) = conn {
        // The other server may run long migrations.
        conn.batch_execute(&format!(
            "SET lock_timeout = '5min'; SELECT pg_advisory_lock({LOCK_KEY}); SET lock_timeout = '3s'"
        ))?;
    }
    let result = status(conn).and_then(|_| match conn {
        Conn::Pg(conn) => conn.run_pending_migrations(POSTGRES).map(drop),
        Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE).map(drop),
    });
    if let Conn::Pg(conn) = conn {
        conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK_KEY})"))?;
    }
    result?;
    if !faults::allows_altered_tables() {
        schema_check::check(conn)?;
    }
    // Fails now if the database is read-only, instead of at the first visitor.
    Ok(conn.batch_execute("UPDATE __diesel_schema_migrations SET version = version WHERE version = ''")?)
}
