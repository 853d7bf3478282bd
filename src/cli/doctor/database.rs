//! Checks of the database and its content: migrations, key, owner, pictures, jobs and clock.

use std::sync::mpsc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text, Timestamp};
use jiff::SignedDuration;

use super::super::bootstrap;
use super::CheckResult::{self, Fail, Note, Pass};
use super::files;
use crate::config::{self, Config};
use crate::db::{self, Conn};
use crate::error::Result;
use crate::models::content::media::{Media, RenditionStage};
use crate::models::maintenance::key_rotation;
use crate::models::maintenance::site::Site;
use crate::models::people::account::Account;
use crate::models::platform::job::QueuedJob;
use crate::models::platform::sealed_column::SEALED_COLUMNS;
use crate::schema::{events, orders};
use crate::support::clock::{Clock, Utc};
use crate::support::picture::{self, Format};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How late a job may be; workers claim jobs within a second.
const MAX_DELAY: SignedDuration = SignedDuration::from_mins(15);
const RESTORE_ADVICE: &str = "Stop the program, keep a copy of the folder, and restore a backup";
const MAX_CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(2);

pub fn open(config: &Config) -> Result<Conn, String> {
    let (sender, receiver) = mpsc::channel();
    let settings = config.clone();
    // The thread is not joined, because an unresponsive server may block it indefinitely.
    let thread = move || drop(sender.send(bootstrap::open_read_only(&settings)));
    std::thread::Builder::new().spawn(thread).map_err(|error| error.to_string())?;
    receiver.recv_timeout(CONNECT_TIMEOUT).unwrap_or_else(|_| {
        let shown = bootstrap::redact_password(&config.database_url);
        Err(format!("{shown} did not respond within {} seconds. Check DATABASE_URL", CONNECT_TIMEOUT.as_secs()))
    })
}

pub fn check_server(config: &Config, conn: &mut Conn) -> CheckResult {
    let shown = bootstrap::redact_password(&config.database_url);
    let settings = match conn {
        Conn::Sqlite(conn) => {
            return match conn.batch_execute("SELECT 1 FROM sqlite_master") {
                Ok(()) => Pass(format!("SQLite answers at {shown}")),
                Err(error) => Fail(format!("{shown}: {error}. {RESTORE_ADVICE}")),
            };
        }
        Conn::Pg(conn) => diesel::select((
            sql::<Bool>("pg_is_in_recovery()"),
            sql::<Bool>("(SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') = 'on'"),
            sql::<Text>("current_setting('server_encoding')"),
        ))
        .get_result::<(bool, bool, String)>(conn),
    };
    match settings {
        Err(error) => Fail(format!("{shown}: {error}")),
        Ok((true, ..)) => Fail(format!("{shown} is a standby and cannot be written to. Point DATABASE_URL elsewhere")),
        Ok((_, true, _)) => Fail(format!("{shown} is read-only. Set default_transaction_read_only = off")),
        Ok((.., encoding)) if encoding != "UTF8" => {
            Fail(format!("{shown} keeps text as {encoding}. Make a database with --encoding=UTF8"))
        }
        Ok(_) => match config::remote_host(&config.database_url) {
            Some((host, false)) => Note(format!(
                "PostgreSQL answers at {shown}, but the identity of {host} is not verified. Add sslmode=verify-full to \
                 DATABASE_URL, unless the network is private"
            )),
            _ => Pass(format!("PostgreSQL answers at {shown}")),
        },
    }
}

pub fn check_integrity(conn: &mut Conn) -> CheckResult {
    let broken = match conn {
        Conn::Sqlite(conn) => sqlite_pages(conn),
        Conn::Pg(conn) => postgres_pages(conn),
    };
    match broken {
        Ok(None) => Pass("all rows can be read".to_owned()),
        Ok(Some(problem)) => Fail(format!("{problem}. {RESTORE_ADVICE}")),
        Err(error) => Fail(format!("{}. {RESTORE_ADVICE}", error.to_string().replace('\n', " "))),
    }
}

fn sqlite_pages(conn: &mut diesel::SqliteConnection) -> QueryResult<Option<String>> {
    let found: Vec<Line> = diesel::sql_query("SELECT quick_check AS line FROM pragma_quick_check").load(conn)?;
    let found = found.into_iter().map(|line| line.line).find(|line| line != "ok");
    if let Some(problem) = found {
        return Ok(Some(format!("the file is damaged: {}", problem.replace('\n', " "))));
    }
    let broken_references = "SELECT \"table\" AS line FROM pragma_foreign_key_check LIMIT 1";
    let broken_references: Vec<Line> = diesel::sql_query(broken_references).load(conn)?;
    Ok(broken_references.into_iter().next().map(|line| format!("rows of {} refer to rows that are gone", line.line)))
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// PostgreSQL verifies checksums when it reads a page, so all tables are read once.
fn postgres_pages(conn: &mut diesel::PgConnection) -> QueryResult<Option<String>> {
    conn.batch_execute(
        "DO $$ DECLARE one regclass; BEGIN
           SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off;
           FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
           LOOP EXECUTE format('SELECT count(*) FROM %s', one); END LOOP;
         END $$",
    )?;
    let invalid = "SELECT indexrelid::regclass::text AS line FROM pg_index WHERE NOT indisvalid";
    let invalid: Vec<Line> = diesel::sql_query(invalid).load(conn)?;
    if let Some(index) = invalid.into_iter().next() {
        return Ok(Some(format!("the index {} is not valid; try REINDEX", index.line)));
    }
    let failed: bool = diesel::select(sql::<Bool>(
        "coalesce((SELECT checksum_failures > 0 FROM pg_stat_database WHERE datname = current_database()), false)",
    ))
    .get_result(conn)?;
    Ok(failed.then(|| "some pages failed their checksum".to_owned()))
}

pub fn check_migrations(conn: &mut Conn) -> (bool, CheckResult) {
    match db::migrations::status(conn) {
        Err(error) => (false, Fail(error.to_string())),
        Ok(steps) => match steps.iter().filter(|step| !step.applied).count() {
            0 => match db::schema_check::check(conn) {
                Ok(()) => (true, Pass(format!("all {} have run", steps.len()))),
                Err(refusal) => (false, Fail(refusal)),
            },
            pending => (false, Fail(format!("{pending} have not run. Run `tradepost migrate`"))),
        },
    }
}

pub fn check_rows(config: &Config, conn: &mut Conn) -> Vec<(&'static str, CheckResult)> {
    let now = Clock::System.now();
    let key = match Site::key_binding(conn) {
        Ok(binding) => files::check_key(config, binding.as_ref()),
        Err(error) => Fail(error.to_string()),
    };
    let or_fail = |found: Result<CheckResult>| found.unwrap_or_else(|error| Fail(error.to_string()));
    vec![
        ("key", key),
        ("secrets", or_fail(secrets(config, conn))),
        ("owner", or_fail(owner(conn))),
        ("pictures", or_fail(pictures(config, conn))),
        ("jobs", or_fail(jobs(conn, now))),
    ]
}

/// Checks that the encrypted texts can be decrypted.
fn secrets(config: &Config, conn: &mut Conn) -> Result<CheckResult> {
    let Ok(Some(key)) = bootstrap::read_key(config) else {
        return Ok(Note("not checked, because there is no secret key".to_owned()));
    };
    let mut total = 0;
    for column in SEALED_COLUMNS {
        let count = key_rotation::count_sealed(conn, &key, column)?;
        total += count.sealed;
        if count.unreadable > 0 {
            return Ok(Fail(format!(
                "{} of {} in {}.{} cannot be decrypted. Restore the secret.key that they were made with, or set them \
                 again",
                count.unreadable, count.sealed, column.table, column.column
            )));
        }
    }
    Ok(Pass(format!("all {total} can be decrypted")))
}

/// Checks that the program's role may do no more than it needs (OPERATIONS.md, "As a service"); `None` for SQLite.
pub fn check_role(conn: &mut Conn) -> Option<CheckResult> {
    let Conn::Pg(conn) = conn else { return None };
    let role = diesel::sql_query(
        "SELECT rolname::text AS name, rolsuper OR rolcreaterole OR rolbypassrls AS is_privileged \
         FROM pg_roles WHERE rolname = current_user",
    );
    Some(match role.get_result::<DatabaseRole>(conn) {
        Err(error) => Fail(error.to_string()),
        Ok(DatabaseRole { name, is_privileged: true }) => {
            Note(format!("{name} has rights over the whole server. Use a role that owns this database only"))
        }
        Ok(DatabaseRole { name, .. }) => Pass(format!("{name} has no rights over the server")),
    })
}

#[derive(QueryableByName)]
struct DatabaseRole {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_privileged: bool,
}

fn owner(conn: &mut Conn) -> Result<CheckResult> {
    if Account::has_owner(conn)? {
        return Ok(Pass("the site has one".to_owned()));
    }
    Ok(Note("the site has none yet. Start `tradepost` and open the setup address that it prints".to_owned()))
}

fn pictures(config: &Config, conn: &mut Conn) -> Result<CheckResult> {
    let folder = config.data_dir.join("media");
    let pictures = Media::all(conn)?;
    let missing = |picture: &Media| file_names(picture).into_iter().find(|name| is_missing(&folder.join(name)));
    let missing: Vec<String> = pictures.iter().filter_map(missing).collect();
    let Some(first) = missing.first() else {
        return Ok(Pass(format!("the files of all {} are there", pictures.len())));
    };
    Ok(Fail(format!(
        "files of {} of {} are missing in {}, such as {first}. Put them back from your backup",
        missing.len(),
        pictures.len(),
        folder.display()
    )))
}

fn is_missing(file: &std::path::Path) -> bool {
    std::fs::metadata(file).map_or(true, |about| about.len() == 0)
}

fn file_names(picture: &Media) -> Vec<String> {
    let widths = picture.widths.split(',').filter_map(|width| width.parse().ok());
    let widths: Vec<u32> = widths.collect();
    let formats: &[Format] =
        if picture.rendition_stage == RenditionStage::Avif { &[Format::Webp, Format::Avif] } else { &[Format::Webp] };
    let of =
        |format: &Format| widths.iter().map(|width| picture::file_name(&picture.sha256, *width, *format)).collect();
    formats.iter().flat_map(|format| -> Vec<String> { of(format) }).collect()
}

fn jobs(conn: &mut Conn, now: Utc) -> Result<CheckResult> {
    let dead = QueuedJob::count_dead(conn)?;
    let oldest = QueuedJob::find_oldest_due_at(conn, now)?;
    let overdue = oldest.filter(|due| now.since(*due) > MAX_DELAY);
    Ok(match (dead, overdue) {
        (0, None) => Pass("none has failed, none is late".to_owned()),
        (0, Some(due)) => Fail(format!(
            "one has waited since {due}. Is the program running without --no-worker? If it is, its log says what is \
             blocking it"
        )),
        (dead, _) => Fail(format!("{dead} have failed. See Admin → Attention, fix the cause and retry them")),
    })
}

pub fn check_clock(config: &Config, conn: Option<&mut Conn>) -> CheckResult {
    let now = Clock::System.now();
    let settings = match conn {
        None => Ok((None, None)),
        Some(conn) => newest(conn).and_then(|newest| Ok((newest, server_time(conn)?))),
    };
    match settings {
        Ok((newest, server)) => {
            judge_clock(now, db::migrations::newest_migration_date(&config.database_url), newest, server)
        }
        Err(error) => Fail(error.to_string()),
    }
}

fn newest(conn: &mut Conn) -> Result<Option<Utc>> {
    let event = events::table.order(events::id.desc()).select(events::at).first(conn).optional()?;
    let order = orders::table.order(orders::id.desc()).select(orders::created_at).first(conn).optional()?;
    Ok(event.max(order))
}

/// The time of the database server; `None` for SQLite.
fn server_time(conn: &mut Conn) -> Result<Option<Utc>> {
    match conn {
        Conn::Sqlite(_) => Ok(None),
        Conn::Pg(conn) => {
            let now = sql::<Timestamp>("date_trunc('microseconds', clock_timestamp() AT TIME ZONE 'UTC')");
            Ok(Some(diesel::select(now).get_result(conn)?))
        }
    }
}

/// `program` is a time before which this version of the program cannot have existed.
fn judge_clock(now: Utc, program: Option<Utc>, newest: Option<Utc>, server: Option<Utc>) -> CheckResult {
    let advice = "Let chrony or systemd-timesyncd set the clock";
    if program.is_some_and(|program| now < program) {
        return Fail(format!("it is {now}, before this program was written. {advice}"));
    }
    if let Some(newest) = newest.filter(|newest| newest.since(now) > MAX_CLOCK_DIFFERENCE) {
        return Fail(format!(
            "it is {now}, but the newest entry is of {newest}: the clock is behind, or it was ahead. {advice}"
        ));
    }
    if let Some(server) = server.filter(|server| server.since(now).abs() > MAX_CLOCK_DIFFERENCE) {
        return Fail(format!("it is {now} here and {server} at the database. {advice} on both machines"));
    }
    Pass(format!("it is {now}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_held_against_all_that_is_known() {
        let at = |text: &str| Utc::from_sql_text(text).unwrap();
        let (now, program) = (at("2026-12-01 10:00:00.000000"), Some(at("2026-11-21 06:00:00.000000")));
        let broken = |finding: CheckResult| matches!(finding, Fail(_));
        assert!(broken(judge_clock(at("2001-01-01 00:00:00.000000"), program, None, None)));
        assert!(broken(judge_clock(now, program, Some(at("2027-01-01 00:00:00.000000")), None)));
        assert!(broken(judge_clock(now, program, None, Some(at("2026-12-01 09:00:00.000000")))));
        assert!(broken(judge_clock(now, program, None, Some(at("2026-12-01 11:00:00.000000")))));
        let near = Some(at("2026-12-01 10:00:30.000000"));
        assert!(!broken(judge_clock(now, program, near, near)));
        assert!(!broken(judge_clock(now, program, Some(at("2026-11-30 10:00:00.000000")), None)));
    }
}
