//! What an error of a database means. SQLite's messages never change; PostgreSQL's are in the language of its owner, so
//! they are told apart by their kind, by what they name, and by how long the statement took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::Conn;
use crate::error::{Error, Trouble};

/// How long a statement waits for a lock before PostgreSQL gives it up.
pub(super) const LOCK_TIMEOUT_MS: u64 = 3_000;

/// Milliseconds after which PostgreSQL looks for deadlocks: a statement that fails sooner was not waiting for others.
static LEAST_WAIT_MS: AtomicU64 = AtomicU64::new(1_000);

/// What an error is besides a fault of ours.
#[derive(Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A lock or a connection could not be had in time: worth another try.
    Busy,
    /// Nothing can be written at present.
    Trouble(Trouble),
}

/// What an error means, if it is not a fault of ours.
pub fn meaning(error: &DieselError) -> Option<Meaning> {
    let trouble = |trouble| Some(Meaning::Trouble(trouble));
    match error {
        DieselError::DatabaseError(
            DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::ClosedConnection,
            _,
        )
        | DieselError::BrokenTransactionManager => Some(Meaning::Busy),
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => trouble(Trouble::ReadOnly),
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, about) => match about.message() {
            // SQLite, "Result and Error Codes": the words of sqlite3_errstr() are the same everywhere.
            "database is locked" | "database table is locked" | "database schema is locked" | "locking protocol" => {
                Some(Meaning::Busy)
            }
            "database or disk is full" => trouble(Trouble::DiskFull),
            "attempt to write a readonly database" => trouble(Trouble::ReadOnly),
            "disk I/O error" => trouble(Trouble::DatabaseBroken),
            "unable to open database file" => trouble(Trouble::DatabaseBroken),
            "database disk image is malformed" | "file is not a database" => trouble(Trouble::DatabaseBroken),
            _ => None,
        },
        DieselError::RollbackErrorOnCommit { commit_error, .. } => meaning(commit_error),
        _ => None,
    }
}

/// An error of PostgreSQL that names nothing, after a statement that has waited for as long as others may make it wait:
/// a lock that was not to be had (55P03), a deadlock (40P01), a statement that took too long (57014). What is wrong with a
/// statement itself is found at once. A place in it says nothing: a lock on a table is waited for while it is read.
pub(super) fn by_time(error: Error, took: Duration) -> Error {
    let least = Duration::from_millis(LEAST_WAIT_MS.load(Ordering::Relaxed));
    let waited = match &error {
        Error::Internal { cause, .. } => match cause.downcast_ref::<DieselError>() {
            Some(DieselError::DatabaseError(DatabaseErrorKind::Unknown, about)) => {
                names_nothing(about.as_ref()) && took >= least
            }
            _ => false,
        },
        _ => false,
    };
    if waited { Error::Busy } else { error }
}

fn names_nothing(about: &(dyn DatabaseErrorInformation + Send + Sync)) -> bool {
    about.table_name().is_none() && about.column_name().is_none() && about.constraint_name().is_none()
}

/// Learns how long PostgreSQL waits before it looks for deadlocks.
pub(super) fn learn_least_wait(conn: &mut Conn) {
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;

    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = BigInt)]
        milliseconds: i64,
    }

    let question = "SELECT setting::bigint AS milliseconds FROM pg_settings WHERE name = 'deadlock_timeout'";
    let found: QueryResult<Setting> = diesel::sql_query(question).get_result(conn);
    if let Ok(Setting { milliseconds }) = found {
        let least = u64::try_from(milliseconds).unwrap_or(1_000).min(LOCK_TIMEOUT_MS);
        // Clocks are read on both sides; a little less is still far more than any statement takes to be refused.
        LEAST_WAIT_MS.store((least * 9 / 10).max(1), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL describes an error, without its code, which Diesel keeps to itself.
    struct About {
        message: &'static str,
        table: Option<&'static str>,
        position: Option<i32>,
    }

    impl DatabaseErrorInformation for About {
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
        let about = About { message, table, position };
        Error::from(DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(about)))
    }

    fn is_busy(error: Error, took_ms: u64) -> bool {
        matches!(by_time(error, Duration::from_millis(took_ms)), Error::Busy)
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
        assert!(!is_busy(Error::broken("something else"), 3_000));
    }

    #[test]
    fn kinds_say_what_they_mean_without_a_word() {
        let of = |kind| meaning(&DieselError::DatabaseError(kind, Box::new("ein Fehler".to_owned())));
        assert_eq!(of(DatabaseErrorKind::SerializationFailure), Some(Meaning::Busy));
        assert_eq!(of(DatabaseErrorKind::ClosedConnection), Some(Meaning::Busy));
        assert_eq!(of(DatabaseErrorKind::ReadOnlyTransaction), Some(Meaning::Trouble(Trouble::ReadOnly)));
        assert_eq!(of(DatabaseErrorKind::UniqueViolation), None);
        assert_eq!(of(DatabaseErrorKind::Unknown), None);
    }

    #[test]
    fn sqlites_words_are_known() {
        let of =
            |words: &str| meaning(&DieselError::DatabaseError(DatabaseErrorKind::Unknown, Box::new(words.to_owned())));
        assert_eq!(of("database is locked"), Some(Meaning::Busy));
        assert_eq!(of("database or disk is full"), Some(Meaning::Trouble(Trouble::DiskFull)));
        assert_eq!(of("attempt to write a readonly database"), Some(Meaning::Trouble(Trouble::ReadOnly)));
        assert_eq!(of("disk I/O error"), Some(Meaning::Trouble(Trouble::DatabaseBroken)));
        assert_eq!(of("no such table: orders"), None);
    }
}
