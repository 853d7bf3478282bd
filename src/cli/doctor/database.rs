//! The database and what its rows say: pictures, jobs, the time.

use std::sync::mpsc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text, Timestamp};
use jiff::SignedDuration;

use super::super::start;
use super::Finding::{self, Fine, Note, Wrong};
use super::files;
use crate::config::Config;
use crate::db::{self, Conn};
use crate::error::Result;
use crate::models::account::Account;
use crate::models::job::QueuedJob;
use crate::models::media::{Made, Media};
use crate::models::site::Site;
use crate::schema::{facts, orders};
use crate::support::clock::{Clock, Utc};
use crate::support::picture::{self, Format};

/// How long the database may take to let us in.
const PATIENCE: Duration = Duration::from_secs(10);
/// How late a job is when something is wrong: they are taken within a second.
const LATE: SignedDuration = SignedDuration::from_mins(15);
/// How a damaged database is mended.
const RESTORE: &str = "Stop the program, keep a copy of the folder, and restore a backup";
/// How far two clocks may be apart.
const APART: SignedDuration = SignedDuration::from_mins(2);

/// Opens the database, within some seconds.
pub fn open(config: &Config) -> Result<Conn, String> {
    let (answer, answered) = mpsc::channel();
    let asked = config.clone();
    // Nobody waits for the thread: a server that says nothing may hold it for as long as it likes.
    let thread = move || drop(answer.send(start::inspect(&asked)));
    std::thread::Builder::new().spawn(thread).map_err(|error| error.to_string())?;
    answered.recv_timeout(PATIENCE).unwrap_or_else(|_| {
        let shown = start::hidden(&config.database_url);
        Err(format!("{shown} does not answer within {} seconds. Check DATABASE_URL", PATIENCE.as_secs()))
    })
}

/// Which database answers, and whether it can be written to.
pub fn kind(config: &Config, conn: &mut Conn) -> Finding {
    let shown = start::hidden(&config.database_url);
    let asked = match conn {
        Conn::Sqlite(conn) => {
            return match conn.batch_execute("SELECT 1 FROM sqlite_master") {
                Ok(()) => Fine(format!("SQLite answers at {shown}")),
                Err(error) => Wrong(format!("{shown}: {error}. {RESTORE}")),
            };
        }
        Conn::Pg(conn) => diesel::select((
            sql::<Bool>("pg_is_in_recovery()"),
            sql::<Bool>("(SELECT reset_val FROM pg_settings WHERE name = 'default_transaction_read_only') = 'on'"),
            sql::<Text>("current_setting('server_encoding')"),
        ))
        .get_result::<(bool, bool, String)>(conn),
    };
    match asked {
        Err(error) => Wrong(format!("{shown}: {error}")),
        Ok((true, ..)) => Wrong(format!("{shown} is a standby and cannot be written to. Point DATABASE_URL elsewhere")),
        Ok((_, true, _)) => Wrong(format!("{shown} is read-only. Set default_transaction_read_only = off")),
        Ok((.., encoding)) if encoding != "UTF8" => {
            Wrong(format!("{shown} keeps text as {encoding}. Make a database with --encoding=UTF8"))
        }
        Ok(_) => Fine(format!("PostgreSQL answers at {shown}")),
    }
}

/// Whether every page of the database can be read and makes sense.
pub fn pages(conn: &mut Conn) -> Finding {
    let broken = match conn {
        Conn::Sqlite(conn) => sqlite_pages(conn),
        Conn::Pg(conn) => postgres_pages(conn),
    };
    match broken {
        Ok(None) => Fine("all can be read".to_owned()),
        Ok(Some(words)) => Wrong(format!("{words}. {RESTORE}")),
        Err(error) => Wrong(format!("{}. {RESTORE}", error.to_string().replace('\n', " "))),
    }
}

fn sqlite_pages(conn: &mut diesel::SqliteConnection) -> QueryResult<Option<String>> {
    let found: Vec<Line> = diesel::sql_query("SELECT quick_check AS line FROM pragma_quick_check").load(conn)?;
    let found = found.into_iter().map(|line| line.line).find(|line| line != "ok");
    if let Some(words) = found {
        return Ok(Some(format!("the file is damaged: {}", words.replace('\n', " "))));
    }
    let lost = "SELECT \"table\" AS line FROM pragma_foreign_key_check LIMIT 1";
    let lost: Vec<Line> = diesel::sql_query(lost).load(conn)?;
    Ok(lost.into_iter().next().map(|line| format!("rows of {} refer to rows that are gone", line.line)))
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// PostgreSQL checks a page when it reads it, so all tables are read once.
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
    Ok(failed.then(|| "pages failed their checksum".to_owned()))
}

/// Whether the tables are those of this program, and what there is to say of it.
pub fn migrations(conn: &mut Conn) -> (bool, Finding) {
    match db::migrations::status(conn) {
        Err(error) => (false, Wrong(error.to_string())),
        Ok(steps) => match steps.iter().filter(|step| !step.applied).count() {
            0 => (true, Fine(format!("all {} have run", steps.len()))),
            pending => (false, Wrong(format!("{pending} have not run. Run `tradepost migrate`"))),
        },
    }
}

/// What the rows say.
pub fn look(config: &Config, conn: &mut Conn) -> Vec<(&'static str, Finding)> {
    let now = Clock::System.now();
    let key = match Site::key_fingerprint(conn) {
        Ok(fingerprint) => files::key(config, fingerprint.as_deref()),
        Err(error) => Wrong(error.to_string()),
    };
    let or_wrong = |found: Result<Finding>| found.unwrap_or_else(|error| Wrong(error.to_string()));
    vec![
        ("key", key),
        ("owner", or_wrong(owner(conn))),
        ("pictures", or_wrong(pictures(config, conn))),
        ("jobs", or_wrong(jobs(conn, now))),
    ]
}

fn owner(conn: &mut Conn) -> Result<Finding> {
    if Account::owner_exists(conn)? {
        return Ok(Fine("the site has one".to_owned()));
    }
    Ok(Note("the site has none yet. Start `tradepost` and open the setup address that it prints".to_owned()))
}

/// Whether the files of all pictures are there.
fn pictures(config: &Config, conn: &mut Conn) -> Result<Finding> {
    let folder = config.data.join("media");
    let pictures = Media::all(conn)?;
    let missing = |picture: &Media| file_names(picture).into_iter().find(|name| is_missing(&folder.join(name)));
    let missing: Vec<String> = pictures.iter().filter_map(missing).collect();
    let Some(first) = missing.first() else {
        return Ok(Fine(format!("the files of all {} are there", pictures.len())));
    };
    Ok(Wrong(format!(
        "files of {} of {} are missing in {}, such as {first}. Put them back from your backup",
        missing.len(),
        pictures.len(),
        folder.display()
    )))
}

fn is_missing(file: &std::path::Path) -> bool {
    std::fs::metadata(file).map_or(true, |about| about.len() == 0)
}

/// The files that a picture's row promises.
fn file_names(picture: &Media) -> Vec<String> {
    let widths = picture.widths.split(',').filter_map(|width| width.parse().ok());
    let widths: Vec<u32> = widths.collect();
    let formats: &[Format] = if picture.made == Made::Avif { &[Format::Webp, Format::Avif] } else { &[Format::Webp] };
    let of = |format: &Format| widths.iter().map(|width| picture::name(&picture.sha256, *width, *format)).collect();
    formats.iter().flat_map(|format| -> Vec<String> { of(format) }).collect()
}

/// Whether what runs later does run.
fn jobs(conn: &mut Conn, now: Utc) -> Result<Finding> {
    let dead = QueuedJob::count_given_up(conn)?;
    let oldest = QueuedJob::oldest_due(conn, now)?;
    let late = oldest.filter(|due| now.since(*due) > LATE);
    Ok(match (dead, late) {
        (0, None) => Fine("none was given up, none is late".to_owned()),
        (0, Some(due)) => Wrong(format!(
            "one has waited since {due}. Is the program running? If it is, its log says what holds it up"
        )),
        (dead, _) => Wrong(format!("{dead} were given up. See Admin → Attention, mend the cause and try them again")),
    })
}

/// Whether the clock is right, as far as migrations, rows and the database's own clock can tell.
pub fn clock(config: &Config, conn: Option<&mut Conn>) -> Finding {
    let now = Clock::System.now();
    let asked = match conn {
        None => Ok((None, None)),
        Some(conn) => newest(conn).and_then(|newest| Ok((newest, server_time(conn)?))),
    };
    match asked {
        Ok((newest, server)) => judge_clock(now, db::migrations::newest(&config.database_url), newest, server),
        Err(error) => Wrong(error.to_string()),
    }
}

/// When something was written last.
fn newest(conn: &mut Conn) -> Result<Option<Utc>> {
    let fact = facts::table.order(facts::id.desc()).select(facts::at).first(conn).optional()?;
    let order = orders::table.order(orders::id.desc()).select(orders::created_at).first(conn).optional()?;
    Ok(fact.max(order))
}

/// What time it is at the database; none for a file.
fn server_time(conn: &mut Conn) -> Result<Option<Utc>> {
    match conn {
        Conn::Sqlite(_) => Ok(None),
        Conn::Pg(conn) => {
            let now = sql::<Timestamp>("date_trunc('microseconds', clock_timestamp() AT TIME ZONE 'UTC')");
            Ok(Some(diesel::select(now).get_result(conn)?))
        }
    }
}

/// `program` is a moment before which this program cannot have been there.
fn judge_clock(now: Utc, program: Option<Utc>, newest: Option<Utc>, server: Option<Utc>) -> Finding {
    let mend = "Let chrony or systemd-timesyncd set the clock";
    if program.is_some_and(|program| now < program) {
        return Wrong(format!("it is {now}, before this program was written. {mend}"));
    }
    if let Some(newest) = newest.filter(|newest| newest.since(now) > APART) {
        return Wrong(format!(
            "it is {now}, but the newest entry is of {newest}: the clock is behind, or it was ahead. {mend}"
        ));
    }
    if let Some(server) = server.filter(|server| server.since(now).abs() > APART) {
        return Wrong(format!("it is {now} here and {server} at the database. {mend} on both machines"));
    }
    Fine(format!("it is {now}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_held_against_all_that_is_known() {
        let at = |text: &str| Utc::from_sql_text(text).unwrap();
        let (now, program) = (at("2026-12-01 10:00:00.000000"), Some(at("2026-11-21 06:00:00.000000")));
        let broken = |finding: Finding| matches!(finding, Wrong(_));
        assert!(broken(judge_clock(at("2001-01-01 00:00:00.000000"), program, None, None)));
        assert!(broken(judge_clock(now, program, Some(at("2027-01-01 00:00:00.000000")), None)));
        assert!(broken(judge_clock(now, program, None, Some(at("2026-12-01 09:00:00.000000")))));
        assert!(broken(judge_clock(now, program, None, Some(at("2026-12-01 11:00:00.000000")))));
        let near = Some(at("2026-12-01 10:00:30.000000"));
        assert!(!broken(judge_clock(now, program, near, near)));
        assert!(!broken(judge_clock(now, program, Some(at("2026-11-30 10:00:00.000000")), None)));
    }
}
