//! Checks of the process: build, user and limits.

use rustix::process::{Resource, geteuid, getrlimit};

use super::super::bootstrap::RECOMMENDED_FILES;
use super::CheckResult::{self, Note, Pass};

/// Checks that the program is built for production, has few rights and may open enough files.
pub fn check_process() -> CheckResult {
    judge_process(cfg!(debug_assertions), geteuid().is_root(), getrlimit(Resource::Nofile).maximum)
}

/// `files` is the hard limit of open files; `None` if there is no limit.
fn judge_process(is_debug_build: bool, is_root: bool, files: Option<u64>) -> CheckResult {
    if is_debug_build {
        return Note("a debug build: slow, and its pages reload by themselves. Build with --release".to_owned());
    }
    if is_root {
        return Note("runs as root. Run it as a user of its own, as the unit in OPERATIONS.md does".to_owned());
    }
    match files.filter(|files| *files < RECOMMENDED_FILES) {
        Some(files) => Note(format!("only {files} files may be open (ulimit -Hn). A service has LimitNOFILE=65536")),
        None => Pass("a release build that runs as a user of its own".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_production_should_not_have_is_worth_a_word() {
        assert!(matches!(judge_process(true, false, None), Note(text) if text.contains("debug build")));
        assert!(matches!(judge_process(false, true, None), Note(text) if text.contains("root")));
        assert!(matches!(judge_process(false, false, Some(256)), Note(text) if text.contains("256")));
        assert!(matches!(judge_process(false, false, Some(65_536)), Pass(_)));
        assert!(matches!(judge_process(false, false, None), Pass(_)));
    }
}
