//! Classifies database errors. SQLite's messages are fixed. PostgreSQL's are localised and Diesel exposes few
//! SQLSTATEs, so those are classified by their kind, by the objects they name, by how long the statement ran, and by
//! their text in English and German.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::Conn;
use crate::error::{Error, UnavailableReason};

pub(super) const LOCK_TIMEOUT_MS: u64 = 3_000;

/// The shorter of PostgreSQL's `deadlock_timeout` and `lock_timeout`, less 10 %, in milliseconds: a statement that
/// fails sooner was not waiting for a lock.
static MIN_LOCK_WAIT_MS: AtomicU64 = AtomicU64::new(1_000);

/// PostgreSQL's disk_full (53100) ends with the text of `ENOSPC`, except after an incomplete write.
const NO_SPACE_LEFT: [&str; 3] =
    ["No space left on device", "Auf dem Gerät ist kein Speicherplatz mehr verfügbar", ": wrote only "];

/// PostgreSQL's query_canceled (57014), by an operator or a timeout, and too_many_connections (53300), which a pooler
/// may answer to a statement.
const CANCELLED_OR_REFUSED: [&str; 8] = [
    "canceling statement due to user request",
    "canceling statement due to statement timeout",
    "storniere Anfrage wegen Benutzeraufforderung",
    "storniere Anfrage wegen Zeitüberschreitung der Anfrage",
    "too many clients already",
    "remaining connection slots are reserved",
    "zu viele Verbindungen",
    "too many connections for",
];

/// A database error that is not a bug.
#[derive(Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// A lock or a connection was not available in time; retry later.
    Busy,
    /// Nothing can be written until someone fixes the database or the disk.
    Unavailable(UnavailableReason),
}

/// Classifies an error; `None` is a bug of ours.
pub fn classify(error: &DieselError) -> Option<ErrorClass> {
    let unavailable = |unavailable| Some(ErrorClass::Unavailable(unavailable));
    match error {
        DieselError::DatabaseError(
            DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::ClosedConnection,
            _,
        )
        | DieselError::BrokenTransactionManager => Some(ErrorClass::Busy),
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => {
            unavailable(UnavailableReason::ReadOnly)
        }
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, info) => match info.message() {
            // SQLite, "Result and Error Codes": the texts of `sqlite3_errstr()`, which are never translated.
            "database is locked" | "database table is locked" | "database schema is locked" | "locking protocol" => {
                Some(ErrorClass::Busy)
            }
            "database or disk is full" => unavailable(UnavailableReason::DiskFull),
            "attempt to write a readonly database" => unavailable(UnavailableReason::ReadOnly),
            "disk I/O error" => unavailable(UnavailableReason::DatabaseBroken),
            "unable to open database file" => unavailable(UnavailableReason::DatabaseBroken),
            "database disk image is malformed" | "file is not a database" => {
                unavailable(UnavailableReason::DatabaseBroken)
            }
            message if NO_SPACE_LEFT.iter().any(|text| message.contains(text)) => {
                unavailable(UnavailableReason::DiskFull)
            }
            message if CANCELLED_OR_REFUSED.iter().any(|text| message.contains(text)) => Some(ErrorClass::Busy),
            _ => None,
        },
        DieselError::RollbackErrorOnCommit { commit_error, .. } => classify(commit_error),
        _ => None,
    }
}

/// Turns an unknown PostgreSQL error into `Busy` if it names no object and the statement ran for at least
/// `deadlock_timeout`: lock_not_available (55P03), deadlock_detected (40P01) or query_canceled (57014). A statement
/// position does not rule this out, because PostgreSQL waits for table locks while it parses.
pub(super) fn detect_lock_timeout(error: Error, took: Duration) -> Error {
    let min_wait = Duration::from_millis(MIN_LOCK_WAIT_MS.load(Ordering::Relaxed));
    let has_waited = match &error {
        Error::Internal { cause, .. } => match cause.downcast_ref::<DieselError>() {
            Some(DieselError::DatabaseError(DatabaseErrorKind::Unknown, info)) => {
                names_nothing(info.as_ref()) && took >= min_wait
            }
            _ => false,
        },
        _ => false,
    };
    if has_waited { Error::Busy } else { error }
}

fn names_nothing(info: &(dyn DatabaseErrorInformation + Send + Sync)) -> bool {
    info.table_name().is_none() && info.column_name().is_none() && info.constraint_name().is_none()
}

pub(super) fn load_deadlock_timeout(conn: &mut Conn) {
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;

    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = BigInt)]
        milliseconds: i64,
    }

    let query = "SELECT setting::bigint AS milliseconds FROM pg_settings WHERE name = 'deadlock_timeout'";
    let found: QueryResult<Setting> = diesel::sql_query(query).get_result(conn);
    if let Ok(Setting { milliseconds }) = found {
        let min_wait = u64::try_from(milliseconds).unwrap_or(1_000).min(LOCK_TIMEOUT_MS);
        // Less 10 %, because PostgreSQL and we measure with different clocks; still far longer than a bad statement
        // takes to fail.
        MIN_LOCK_WAIT_MS.store((min_wait * 9 / 10).max(1), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PostgreSQL error as Diesel passes it on: without its SQLSTATE.
    struct ErrorInfo {
        message: &'static str,
        table: Option<&'static str>,
        position: Option<i32>,
    }

    impl DatabaseErrorInformation for ErrorInfo {
        fn message(&self) -> &str {
            self.message
        }
        fn details(&self) -> Option<&str> {
            None
        }
        fn hint(&self) -> Option<&str> {
            None
        }
        fn table_name(&self) -> Option<&str> {
            self.table
        }
        fn column_name(&self) -> Option<&str> {
            None
        }
        fn constraint_name(&self) -> Option<&str> {
            None
        }
        fn statement_position(&self) -> Option<i32> {
            self.position
        }
    }

    fn unknown(message: &'static str, table: Option<&'static str>, position: Option<i32>) -> Error {
        let info = ErrorInfo { message, table, position };
        Error::from(DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(info)))
    }

    fn is_busy(error: Error, took_ms: u64) -> bool {
        matches!(detect_lock_timeout(error, Duration::from_millis(took_ms)), Error::Busy)
    }

    #[test]
    fn whoever_waited_for_others_is_told_by_time_in_any_language() {
        for message in [
            "storniere Anfrage wegen Zeitüberschreitung einer Sperre",
            "Verklemmung (Deadlock) entdeckt",
            "annulation de la requête à cause du délai écoulé pour l'exécution de l'instruction",
            "检测到死锁",
            "deadlock detected",
        ] {
            assert!(is_busy(unknown(message, None, None), 3_000), "{message}");
            assert!(!is_busy(unknown(message, None, None), 2), "{message}: nobody waits for two milliseconds");
        }
    }

    #[test]
    fn what_is_wrong_with_a_statement_stays_a_fault() {
        assert!(!is_busy(unknown("Spalte »x« existiert nicht", None, Some(8)), 30));
        assert!(is_busy(unknown("storniere Anfrage wegen Zeitüberschreitung einer Sperre", None, Some(13)), 3_000));
        assert!(!is_busy(unknown("value too long", Some("orders"), None), 3_000));
        assert!(!is_busy(Error::bug("something else"), 3_000));
    }

    #[test]
    fn kinds_say_what_they_mean_without_a_word() {
        let of = |kind| classify(&DieselError::DatabaseError(kind, Box::new("ein Fehler".to_owned())));
        assert_eq!(of(DatabaseErrorKind::SerializationFailure), Some(ErrorClass::Busy));
        assert_eq!(of(DatabaseErrorKind::ClosedConnection), Some(ErrorClass::Busy));
        assert_eq!(
            of(DatabaseErrorKind::ReadOnlyTransaction),
            Some(ErrorClass::Unavailable(UnavailableReason::ReadOnly))
        );
        assert_eq!(of(DatabaseErrorKind::UniqueViolation), None);
        assert_eq!(of(DatabaseErrorKind::Unknown), None);
    }

    #[test]
    fn r74_a_full_disk_a_cancelled_statement_and_too_many_connections_are_no_bugs() {
        let of =
            |words: &str| classify(&DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(words.to_owned())));
        for message in [
            "could not extend file \"base/16384/16402\": No space left on device",
            "could not extend file \"base/16384/16402\": wrote only 4096 of 8192 bytes at block 12",
            "could not write to file \"pg_wal/xlogtemp.211\": No space left on device",
            "konnte nicht in Datei »pg_wal/xlogtemp.211« schreiben: Auf dem Gerät ist kein Speicherplatz mehr verfügbar",
        ] {
            assert_eq!(of(message), Some(ErrorClass::Unavailable(UnavailableReason::DiskFull)), "{message}");
        }
        for message in [
            "canceling statement due to user request",
            "canceling statement due to statement timeout",
            "storniere Anfrage wegen Zeitüberschreitung der Anfrage",
            "sorry, too many clients already",
            "remaining connection slots are reserved for roles with the SUPERUSER attribute",
        ] {
            assert_eq!(of(message), Some(ErrorClass::Busy), "{message}");
        }
    }

    #[test]
    fn sqlites_words_are_known() {
        let of =
            |words: &str| classify(&DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(words.to_owned())));
        assert_eq!(of("database is locked"), Some(ErrorClass::Busy));
        assert_eq!(of("database or disk is full"), Some(ErrorClass::Unavailable(UnavailableReason::DiskFull)));
        assert_eq!(
            of("attempt to write a readonly database"),
            Some(ErrorClass::Unavailable(UnavailableReason::ReadOnly))
        );
        assert_eq!(of("disk I/O error"), Some(ErrorClass::Unavailable(UnavailableReason::DatabaseBroken)));
        assert_eq!(of("no such table: orders"), None);
    }
}
