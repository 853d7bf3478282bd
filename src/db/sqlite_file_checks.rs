//! Checks that SQLite's files are still those that were opened. Writes to a file that was removed or replaced succeed,
//! and are lost when the process closes it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result, UnavailableReason};

/// Bytes that must be free on the disk for the site to accept orders.
const MIN_FREE_BYTES: u64 = 8 * 1024 * 1024;

type Inode = (u64, u64);

/// The database, its write-ahead log and the log's index.
#[derive(Debug)]
pub(super) struct DatabaseFiles {
    parts: [PathBuf; 3],
    seen: Mutex<FileState>,
}

#[derive(Debug, Default)]
struct FileState {
    inodes: [Option<Inode>; 3],
    is_lost: bool,
}

impl DatabaseFiles {
    pub(super) fn new(path: &str) -> Result<DatabaseFiles> {
        let parts = ["", "-wal", "-shm"].map(|ending| PathBuf::from(format!("{path}{ending}")));
        let files = DatabaseFiles { parts, seen: Mutex::default() };
        files.check_identity()?;
        Ok(files)
    }

    /// Checks that the files have the inodes that were seen first; `Unavailable` with `DatabaseGone` if not.
    pub(super) fn check_identity(&self) -> Result<()> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lost = None;
        for (path, inode) in self.parts.iter().zip(seen.inodes.iter_mut()) {
            let found = std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
            match (&inode, found) {
                (None, Some(_)) => *inode = found,
                (Some(_), None) => lost = Some(format!("{} was removed", path.display())),
                (Some(inode), Some(found)) if *inode != found => {
                    lost = Some(format!("{} was replaced", path.display()));
                }
                _ => {}
            }
        }
        let Some(cause) = lost else {
            if std::mem::take(&mut seen.is_lost) {
                tracing::warn!("database file restored; writes are enabled again");
            }
            return Ok(());
        };
        if !std::mem::replace(&mut seen.is_lost, true) {
            tracing::error!(
                cause,
                "database file removed or replaced; writes are disabled. Restore the same file, or stop the program, \
                 restore a backup, and start it"
            );
        }
        Err(Error::Unavailable { reason: UnavailableReason::DatabaseGone, cause })
    }

    /// Checks that [`MIN_FREE_BYTES`] bytes are free; `Unavailable` with `DiskFull` if not.
    pub(super) fn check_space(&self) -> Result<()> {
        let [path, ..] = &self.parts;
        let Some(free) = free_space(path) else { return Ok(()) };
        if free >= MIN_FREE_BYTES {
            return Ok(());
        }
        let cause = format!("{} kB are free on the disk of {}", free / 1024, path.display());
        Err(Error::Unavailable { reason: UnavailableReason::DiskFull, cause })
    }
}

fn free_space(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_database_gone(files: &DatabaseFiles) -> bool {
        matches!(files.check_identity(), Err(Error::Unavailable { reason: UnavailableReason::DatabaseGone, .. }))
    }

    #[test]
    fn a_file_that_is_removed_or_replaced_is_noticed_and_so_is_its_return() {
        let folder = tempfile::TempDir::new().unwrap();
        for ending in ["", "-wal", "-shm"] {
            let path = folder.path().join("shop.db");
            let (part, moved) = (folder.path().join(format!("shop.db{ending}")), folder.path().join("aside"));
            for ending in ["", "-wal", "-shm"] {
                std::fs::write(folder.path().join(format!("shop.db{ending}")), "x").unwrap();
            }
            let files = DatabaseFiles::new(path.to_str().unwrap()).unwrap();
            assert!(files.check_identity().is_ok());
            std::fs::rename(&part, &moved).unwrap();
            assert!(is_database_gone(&files), "removed: {ending}");
            std::fs::write(&part, "y").unwrap();
            assert!(is_database_gone(&files), "replaced: {ending}");
            std::fs::rename(&moved, &part).unwrap();
            assert!(files.check_identity().is_ok(), "back: {ending}");
        }
    }

    #[test]
    fn a_log_that_comes_later_is_taken_note_of() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("shop.db");
        std::fs::write(&path, "x").unwrap();
        let files = DatabaseFiles::new(path.to_str().unwrap()).unwrap();
        let log = folder.path().join("shop.db-wal");
        std::fs::write(&log, "x").unwrap();
        assert!(files.check_identity().is_ok());
        std::fs::remove_file(&log).unwrap();
        assert!(is_database_gone(&files));
    }
}
