//! Brings a database up to date; a newer one is refused.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::Conn;

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

/// The migrations this program brings and those the database has.
///
/// # Errors
/// When the database does not answer, or has migrations this program does not know.
pub fn status(conn: &mut Conn) -> Outcome<Vec<Step>> {
    match conn {
        Conn::Pg(conn) => {
            steps::<diesel::pg::Pg>(MigrationHarness::<diesel::pg::Pg>::applied_migrations(conn)?, &POSTGRES)
        }
        Conn::Sqlite(conn) => steps::<diesel::sqlite::Sqlite>(
            MigrationHarness::<diesel::sqlite::Sqlite>::applied_migrations(conn)?,
            &SQLITE,
        ),
    }
}

fn steps<B: diesel::backend::Backend>(
    applied: Vec<MigrationVersion<'_>>,
    known: &EmbeddedMigrations,
) -> Outcome<Vec<Step>> {
    let migrations: Vec<Box<dyn Migration<B>>> = known.migrations()?;
    let mut steps = Vec::new();
    for migration in &migrations {
        let applied = applied.iter().any(|version| *version == migration.name().version());
        steps.push(Step { name: migration.name().to_string(), applied });
    }
    let newer = applied.iter().any(|version| migrations.iter().all(|known| known.name().version() != *version));
    if newer {
        return Err("the database was made by a newer Tradepost: start that version, or restore a backup".into());
    }
    steps.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(steps)
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
