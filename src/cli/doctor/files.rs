//! Folders, files, the disk and the key.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access, statvfs};

use super::super::start;
use super::Finding::{self, Fine, Note, Wrong};
use crate::config::{Config, is_open_to_others, mode};

/// Less room than this, and the database cannot be written soon.
const FULL: u64 = 100 * 1024 * 1024;
/// With less room than this somebody should make some.
const TIGHT: u64 = 1024 * 1024 * 1024;

/// The folder and what is in it can be used by us and by nobody else.
pub fn data_folder(config: &Config) -> Finding {
    let data = &config.data;
    let Ok(about) = std::fs::metadata(data) else {
        let data = data.display();
        return Wrong(format!("{data} does not exist. Start `tradepost` to make it, or set TRADEPOST_DATA"));
    };
    if !about.is_dir() {
        return Wrong(format!("{} is no folder. Set TRADEPOST_DATA to one", data.display()));
    }
    let inside = ["media", "tmp"].map(|name| data.join(name));
    let places: Vec<PathBuf> = [data.clone()].into_iter().chain(inside).chain(config.database_file()).collect();
    for place in places.iter().filter(|place| place.exists()) {
        if let Some(wrong) = unusable(place) {
            return Wrong(wrong);
        }
    }
    if let Some(place) = foreign(&places, config, about.uid()) {
        let place = place.display();
        return Wrong(format!("{place} belongs to another user than {}. Run `chown`", data.display()));
    }
    if is_open_to_others(data) {
        let (data, mode) = (data.display(), mode(data).unwrap_or_default() & 0o777);
        return Wrong(format!("others can look into {data} (mode {mode:o}). Run `chmod 700 {data}`"));
    }
    if let Some(file) = config.database_file().filter(|file| is_open_to_others(file)) {
        let (file, mode) = (file.display(), mode(&file).unwrap_or_default() & 0o777);
        return Wrong(format!("others can open the database {file} (mode {mode:o}). Run `chmod 600 {file}`"));
    }
    Fine(data.display().to_string())
}

/// Why a file or folder cannot be written to. Root may write anything, so the bits are looked at too.
fn unusable(place: &Path) -> Option<String> {
    let shown = place.display();
    if let Err(error) = access(place, Access::WRITE_OK | Access::READ_OK) {
        return Some(format!("{shown} cannot be written to: {error}. Change its owner, or mount it for writing"));
    }
    let bits = mode(place)?;
    (bits & 0o200 == 0).then(|| format!("{shown} is read-only (mode {:o}). Run `chmod u+w {shown}`", bits & 0o777))
}

/// A file that belongs to somebody else than the folder: made by a command that root ran.
fn foreign(places: &[PathBuf], config: &Config, owner: u32) -> Option<PathBuf> {
    let files = places.iter().cloned().chain([config.key_file()]);
    let mut files = files.filter(|file| file.starts_with(&config.data));
    files.find(|file| std::fs::metadata(file).is_ok_and(|about| about.uid() != owner))
}

/// How much room is left where the data is.
pub fn disk(config: &Config) -> Finding {
    let place = if config.data.exists() { config.data.as_path() } else { Path::new(".") };
    match statvfs(place) {
        Ok(disk) => room(disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_files, disk.f_favail),
        Err(error) => Wrong(format!("it cannot be asked how much room is left: {error}")),
    }
}

/// Free bytes, and how many files there may be in all and more; some file systems count none.
fn room(free: u64, files: u64, more_files: u64) -> Finding {
    let shown = format!("{} MB are free", free / (1024 * 1024));
    if files > 0 && more_files < 1000 {
        return Wrong(format!("only {more_files} more files can be made. Delete what is not needed"));
    }
    match free {
        free if free < FULL => Wrong(format!("{shown}: soon nobody can order. Make room")),
        free if free < TIGHT => Note(format!("{shown}. Make room before it is needed")),
        _ => Fine(shown),
    }
}

/// The secret key is there, is the database's own, and nobody else can read it.
pub fn key(config: &Config, fingerprint: Option<&str>) -> Finding {
    let path = config.key_file();
    match start::check_key(config, fingerprint) {
        Err(wrong) => Wrong(wrong),
        Ok(_) if config.secret_key.is_none() && is_open_to_others(&path) => {
            let (path, mode) = (path.display(), mode(&path).unwrap_or_default() & 0o777);
            Wrong(format!("others can read {path} (mode {mode:o}). Run `chmod 600 {path}`"))
        }
        Ok(words) => Fine(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_broken_and_a_tight_one_is_worth_a_word() {
        let mb = 1024 * 1024;
        assert!(matches!(room(5 * mb, 0, 0), Wrong(words) if words.starts_with("5 MB")));
        assert!(matches!(room(500 * mb, 0, 0), Note(_)));
        assert!(matches!(room(50_000 * mb, 0, 0), Fine(_)), "btrfs counts no files");
        assert!(matches!(room(50_000 * mb, 1_000_000, 999), Wrong(_)));
        assert!(matches!(room(50_000 * mb, 1_000_000, 900_000), Fine(_)));
    }
}
