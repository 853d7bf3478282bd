//! The file of the site's secret key.

use std::io::{ErrorKind, Write};
use std::path::Path;

use super::{Outcome, key_of};
use crate::support::token::{Random, SecretKey};

/// Reads the key; none when there is no such file.
///
/// # Errors
/// One line when it cannot be read, or holds no key.
pub fn read(path: &Path) -> Outcome<Option<SecretKey>> {
    match std::fs::read_to_string(path) {
        Ok(text) => match key_of(&text) {
            Some(key) => Ok(Some(key)),
            None => Err(format!("{} must hold 64 hex digits. Put it back from your backup", path.display())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}

/// Makes a key and its file. If another process makes one at the same moment, theirs is the key.
///
/// # Errors
/// One line when the file cannot be written.
pub fn make(path: &Path) -> Outcome<SecretKey> {
    let fault = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    let bytes = Random::System.bytes().map_err(|error| format!("no randomness: {error}"))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    // Under another name first: a key file that is there is whole, and its owner's only.
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).map_err(fault)?;
    file.write_all(hex.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(fault)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(SecretKey::new(bytes)),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| format!("{} came and went", path.display()))
        }
        Err(error) => Err(fault(error.error)),
    }
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
        let made = make(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let token = |key: SecretKey| key.token("test", "");
        let token_made = token(made);
        assert_eq!(token(make(&path).unwrap()), token_made, "the one that is there stays");
        assert_eq!(token(read(&path).unwrap().unwrap()), token_made);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        std::fs::write(&path, "short").unwrap();
        assert!(read(&path).unwrap_err().contains("64 hex digits"));
    }
}
