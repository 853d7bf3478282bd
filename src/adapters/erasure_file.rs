//! The file of erasures beside the database, one JSON object a line. It is only ever appended to, so that it survives a
//! restore of an older database.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use crate::error::Result;

pub struct ErasureFile {
    path: PathBuf,
    /// Held while lines are compared with the database and appended.
    pub lock: tokio::sync::Mutex<()>,
}

impl ErasureFile {
    pub fn new(path: PathBuf) -> ErasureFile {
        ErasureFile { path, lock: tokio::sync::Mutex::default() }
    }

    /// The lines; none if there is no file. A last line that a crash has cut off is left out.
    pub async fn read(&self) -> Result<Vec<String>> {
        let path = self.path.clone();
        let text = tokio::task::spawn_blocking(move || std::fs::read_to_string(path)).await?;
        let text = match text {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => text?,
        };
        let complete = text.get(..complete_length(&text)).unwrap_or_default();
        Ok(complete.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
    }

    /// Appends lines; they are on the disk when it returns.
    pub async fn append(&self, lines: Vec<String>) -> Result<()> {
        let path = self.path.clone();
        let written = tokio::task::spawn_blocking(move || {
            let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
            append_lines(file, &lines)
        });
        Ok(written.await??)
    }
}

fn append_lines(mut file: File, lines: &[String]) -> std::io::Result<()> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_string(&mut text)?;
    let complete = complete_length(&text);
    if complete < text.len() {
        file.set_len(u64::try_from(complete).unwrap_or(u64::MAX))?;
    }
    let separator =
        if complete == 0 || text.get(..complete).is_some_and(|text| text.ends_with('\n')) { "" } else { "\n" };
    let added: String = lines.iter().map(|line| format!("{line}\n")).collect();
    file.write_all(format!("{separator}{added}").as_bytes())?;
    file.sync_all()
}

/// Bytes up to the end of the last line that is complete: one that ends, or is a JSON value.
fn complete_length(text: &str) -> usize {
    let last = text.rfind('\n').map_or(0, |end| end + 1);
    let rest = text.get(last..).unwrap_or_default();
    let is_value = serde_json::from_str::<serde_json::Value>(rest).is_ok();
    if is_value { text.len() } else { last }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[actix_web::test]
    async fn lines_are_appended_and_one_that_was_cut_off_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("erasures.jsonl");
        let file = ErasureFile::new(path.clone());
        assert!(file.read().await.unwrap().is_empty());
        file.append(vec!["{\"id\":\"1\"}".to_owned()]).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for (typed, found) in [
            ("{\"id\":\"1\"}\n{\"id\":\"2", vec!["{\"id\":\"1\"}", "{\"id\":\"3\"}"]),
            ("{\"id\":\"1\"}\n\n{\"id\":\"2\"}", vec!["{\"id\":\"1\"}", "{\"id\":\"2\"}", "{\"id\":\"3\"}"]),
            ("{\"id\":", vec!["{\"id\":\"3\"}"]),
        ] {
            std::fs::write(&path, typed).unwrap();
            file.append(vec!["{\"id\":\"3\"}".to_owned()]).await.unwrap();
            assert_eq!(file.read().await.unwrap(), found, "{typed}");
        }
    }
}
