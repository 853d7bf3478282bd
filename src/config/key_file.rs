//! The file of the site's secret key.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use tempfile::NamedTempFile;

use super::ConfigResult;
use crate::support::token::{Random, SecretKey};

/// Reads the key; `None` if there is no file. The error is one line for the operator.
pub fn read(path: &Path) -> ConfigResult<Option<SecretKey>> {
    match std::fs::read_to_string(path) {
        Ok(text) => match SecretKey::parse(&text) {
            Some(key) => Ok(Some(key)),
            None => Err(format!("{} must hold 64 hex digits. Restore it from your backup", path.display())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}

/// Creates a key and its file. If another process creates one at the same time, returns that one.
pub fn create(path: &Path) -> ConfigResult<SecretKey> {
    let key = SecretKey::new(
        Random::System
            .bytes()
            .map_err(|error| format!("cannot get random bytes from the operating system: {error}"))?,
    );
    match write_temporary(path, &key)?.persist_noclobber(path) {
        Ok(_) => Ok(key),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| format!("{} was removed while it was being created", path.display()))
        }
        Err(error) => Err(cannot_write(path, &error.error)),
    }
}

/// Replaces the key in its file. After a crash the file has the old key or the new one.
pub fn replace(path: &Path, key: &SecretKey) -> ConfigResult<()> {
    write_temporary(path, key)?.persist(path).map_err(|error| cannot_write(path, &error.error))?;
    // The new name is on disk only when the folder is.
    let folder = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    folder.map_err(|error| cannot_write(path, &error))
}

/// Locks the data folder against another rotation, until the returned file is closed.
pub fn lock(data: &Path) -> ConfigResult<File> {
    let folder = File::open(data).map_err(|error| format!("{} cannot be read: {error}", data.display()))?;
    match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(folder),
        Err(Errno::WOULDBLOCK) => Err("another `tradepost keys rotate` is running".to_owned()),
        Err(error) => Err(format!("{} cannot be locked: {error}", data.display())),
    }
}

/// A temporary file beside the key file, so that the key file is never partial and never readable by others.
fn write_temporary(path: &Path, key: &SecretKey) -> ConfigResult<NamedTempFile> {
    let written = NamedTempFile::new_in(folder_of(path)).and_then(|mut file| {
        file.write_all(key.to_text().as_bytes())?;
        file.as_file().sync_all()?;
        Ok(file)
    });
    written.map_err(|error| cannot_write(path, &error))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret.key");
        assert!(read(&path).unwrap().is_none());
        let made = create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let token = |key: SecretKey| key.token("test", "");
        let token_made = token(made);
        assert_eq!(token(create(&path).unwrap()), token_made, "the one that is there stays");
        assert_eq!(token(read(&path).unwrap().unwrap()), token_made);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        let rotating = read(&path).unwrap().unwrap().with_new_current([7; 32]);
        replace(&path, &rotating).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().to_text(), rotating.to_text());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        std::fs::write(&path, "short").unwrap();
        assert!(read(&path).unwrap_err().contains("64 hex digits"));
    }
}
