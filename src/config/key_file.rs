//! The file of the site's secret key.

use std::io::{ErrorKind, Write};
use std::path::Path;

use super::{ConfigResult, parse_secret_key};
use crate::support::token::{Random, SecretKey};

/// Reads the key; `None` if there is no file. The error is one line for the operator.
pub fn read(path: &Path) -> ConfigResult<Option<SecretKey>> {
    match std::fs::read_to_string(path) {
        Ok(text) => match parse_secret_key(&text) {
            Some(key) => Ok(Some(key)),
            None => Err(format!("{} must hold 64 hex digits. Restore it from your backup", path.display())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}

/// Creates a key and its file. If another process creates one at the same time, returns that one.
pub fn create(path: &Path) -> ConfigResult<SecretKey> {
    let fault = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    let bytes = Random::System.bytes().map_err(|error| format!("no randomness: {error}"))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    // Written to a temporary file first, so that the key file is never partial and never readable by others.
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
        let made = create(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let token = |key: SecretKey| key.token("test", "");
        let token_made = token(made);
        assert_eq!(token(create(&path).unwrap()), token_made, "the one that is there stays");
        assert_eq!(token(read(&path).unwrap().unwrap()), token_made);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        std::fs::write(&path, "short").unwrap();
        assert!(read(&path).unwrap_err().contains("64 hex digits"));
    }
}
