//! Checks of folders, files, disk space and the secret key.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access, statvfs};

use super::super::bootstrap;
use super::CheckResult::{self, Fail, Note, Pass};
use crate::config::{Config, file_mode, is_open_to_others};
use crate::models::maintenance::site::KeyBinding;

const MIN_FREE_BYTES: u64 = 100 * 1024 * 1024;
/// Bytes of free space below which staff should act.
const LOW_FREE_BYTES: u64 = 1024 * 1024 * 1024;

pub fn check_data_folder(config: &Config) -> CheckResult {
    let data = &config.data_dir;
    let Ok(about) = std::fs::metadata(data) else {
        let data = data.display();
        return Fail(format!("{data} does not exist. Start `tradepost` to make it, or set TRADEPOST_DATA"));
    };
    if !about.is_dir() {
        return Fail(format!("{} is not a folder. Set TRADEPOST_DATA to one", data.display()));
    }
    let inside = ["media", "tmp"].map(|name| data.join(name));
    let paths: Vec<PathBuf> = [data.clone()].into_iter().chain(inside).chain(config.database_file()).collect();
    for path in paths.iter().filter(|path| path.exists()) {
        if let Some(problem) = find_access_problem(path) {
            return Fail(problem);
        }
    }
    if let Some(path) = find_foreign_file(&paths, config, about.uid()) {
        let path = path.display();
        return Fail(format!("{path} belongs to another user than {}. Run `chown`", data.display()));
    }
    if is_open_to_others(data) {
        let (data, file_mode) = (data.display(), file_mode(data).unwrap_or_default() & 0o777);
        return Fail(format!("others can read {data} (mode {file_mode:o}). Run `chmod 700 {data}`"));
    }
    if let Some(file) = config.database_file().filter(|file| is_open_to_others(file)) {
        let (file, file_mode) = (file.display(), file_mode(&file).unwrap_or_default() & 0o777);
        return Fail(format!("others can open the database {file} (mode {file_mode:o}). Run `chmod 600 {file}`"));
    }
    Pass(data.display().to_string())
}

/// Checks the mode too, because root is allowed everything.
fn find_access_problem(path: &Path) -> Option<String> {
    let shown = path.display();
    if let Err(error) = access(path, Access::WRITE_OK | Access::READ_OK) {
        return Some(format!("{shown} cannot be written to: {error}. Change its owner, or mount it for writing"));
    }
    let bits = file_mode(path)?;
    (bits & 0o200 == 0).then(|| format!("{shown} is read-only (mode {:o}). Run `chmod u+w {shown}`", bits & 0o777))
}

/// A file with another owner than the folder, typically made by a command that ran as root.
fn find_foreign_file(paths: &[PathBuf], config: &Config, owner: u32) -> Option<PathBuf> {
    let files = paths.iter().cloned().chain([config.key_file()]);
    let mut files = files.filter(|file| file.starts_with(&config.data_dir));
    files.find(|file| std::fs::metadata(file).is_ok_and(|about| about.uid() != owner))
}

pub fn check_disk_space(config: &Config) -> CheckResult {
    let path = if config.data_dir.exists() { config.data_dir.as_path() } else { Path::new(".") };
    match statvfs(path) {
        Ok(check_disk_space) => check_free_space(
            check_disk_space.f_bavail.saturating_mul(check_disk_space.f_frsize),
            check_disk_space.f_files,
            check_disk_space.f_favail,
        ),
        Err(error) => Fail(format!("the free space cannot be determined: {error}")),
    }
}

/// `files` and `more_files` are the total and available inodes; some file systems report none.
fn check_free_space(free: u64, files: u64, more_files: u64) -> CheckResult {
    let shown = format!("{} MB free", free / (1024 * 1024));
    if files > 0 && more_files < 1000 {
        return Fail(format!("only {more_files} more files can be created. Delete what is not needed"));
    }
    match free {
        free if free < MIN_FREE_BYTES => Fail(format!("{shown}: orders will soon be refused. Free up space")),
        free if free < LOW_FREE_BYTES => Note(format!("{shown}. Free up space before it is needed")),
        _ => Pass(shown),
    }
}

pub fn check_key(config: &Config, binding: Option<&KeyBinding>) -> CheckResult {
    let path = config.key_file();
    match bootstrap::check_key(config, binding) {
        Err(problem) => Fail(problem),
        Ok(_) if config.secret_key.is_none() && is_open_to_others(&path) => {
            let (path, file_mode) = (path.display(), file_mode(&path).unwrap_or_default() & 0o777);
            Fail(format!("others can read {path} (mode {file_mode:o}). Run `chmod 600 {path}`"))
        }
        Ok(text) => match bootstrap::read_key(config) {
            Ok(Some(key)) if key.is_rotating() => {
                Note(format!("{text}, but its rotation has not ended. Run `tradepost keys rotate`"))
            }
            _ => Pass(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_broken_and_a_tight_one_is_worth_a_word() {
        let mb = 1024 * 1024;
        assert!(matches!(check_free_space(5 * mb, 0, 0), Fail(text) if text.starts_with("5 MB")));
        assert!(matches!(check_free_space(500 * mb, 0, 0), Note(_)));
        assert!(matches!(check_free_space(50_000 * mb, 0, 0), Pass(_)), "btrfs counts no files");
        assert!(matches!(check_free_space(50_000 * mb, 1_000_000, 999), Fail(_)));
        assert!(matches!(check_free_space(50_000 * mb, 1_000_000, 900_000), Pass(_)));
    }
}
