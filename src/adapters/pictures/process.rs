//! Decodes an upload in a process of its own, with limits on memory and time that the system enforces: whatever a file
//! does to a decoder, the site goes on. The file goes in by standard input, the picture comes back by standard output.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::decode::{self, Decoded};
use super::{refused, webp};
use crate::error::{Error, Result};

/// The command of the program that decodes a picture.
pub const COMMAND: &str = "decode-picture";

/// Bytes of heap that the process may have.
#[cfg(target_os = "linux")]
const MOST_MEMORY: u64 = 384 * 1024 * 1024;
/// Seconds of processor time that it may use.
#[cfg(target_os = "linux")]
const MOST_CPU_SECONDS: u64 = 10;
/// How long it may take in all.
const MOST_TIME: Duration = Duration::from_secs(30);
/// Bytes of a file and of what is made of it.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// A picture in its largest size, as WebP.
pub struct Prepared {
    pub width: u32,
    pub height: u32,
    pub was_animated: bool,
    pub webp: Vec<u8>,
}

/// The first line of the answer; the WebP follows.
#[derive(Serialize, Deserialize)]
enum Answer {
    Picture { width: u32, height: u32, was_animated: bool },
    Refused(String),
}

/// The largest size of an uploaded picture. Waits for the process.
///
/// # Errors
/// `Invalid` on `picture` when the file is not a picture we take, is too large, or is broken.
pub fn prepare(program: &Path, file: Vec<u8>) -> Result<Prepared> {
    let mut child = Command::new(program)
        .arg(COMMAND)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (done, is_done) = channel::<()>();
    let talk = move || -> std::io::Result<Vec<u8>> {
        let _done = done;
        if let Some(mut stdin) = stdin {
            match stdin.write_all(&file) {
                // It has died: what it left on its output says so.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
        drop(file);
        let mut answer = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(MOST_BYTES).read_to_end(&mut answer)?;
        }
        Ok(answer)
    };
    let talking = std::thread::Builder::new().name("decode-picture".to_owned()).spawn(talk)?;
    if is_done.recv_timeout(MOST_TIME) == Err(RecvTimeoutError::Timeout) {
        child.kill()?;
    }
    let answer = talking.join().map_err(|_| Error::broken("the thread that talks to the decoder panicked"))??;
    let status = child.wait()?;
    if !status.success() {
        tracing::warn!(%status, "the decoder of an uploaded picture was stopped");
        return Err(decode::too_large());
    }
    let end = memchr::memchr(b'\n', &answer).ok_or_else(|| Error::broken("the decoder gave no answer"))?;
    let (line, rest) = answer.split_at(end);
    match serde_json::from_slice(line).map_err(Error::internal)? {
        Answer::Picture { width, height, was_animated } => {
            Ok(Prepared { width, height, was_animated, webp: rest.get(1..).unwrap_or_default().to_vec() })
        }
        Answer::Refused(message) => Err(refused(message)),
    }
}

/// The other side of [`prepare`]: decodes what standard input brings and writes the answer to standard output.
///
/// # Errors
/// When the picture cannot be handed over.
pub fn prepare_from_stdin() -> Result<()> {
    limit_resources()?;
    let mut file = Vec::new();
    std::io::stdin().lock().take(MOST_BYTES).read_to_end(&mut file)?;
    let (answer, webp) = match decode::decode(&file) {
        Ok(Decoded { pixels, was_animated }) => {
            (Answer::Picture { width: pixels.width(), height: pixels.height(), was_animated }, webp(&pixels))
        }
        Err(Error::Invalid { message, .. }) => (Answer::Refused(message), Vec::new()),
        Err(error) => return Err(error),
    };
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &answer).map_err(Error::internal)?;
    stdout.write_all(b"\n")?;
    stdout.write_all(&webp)?;
    Ok(stdout.flush()?)
}

/// Memory, processor time, and no files: the process reads and writes its pipes only.
#[cfg(target_os = "linux")]
fn limit_resources() -> Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits =
        [(Resource::Data, MOST_MEMORY), (Resource::Cpu, MOST_CPU_SECONDS), (Resource::Fsize, 0), (Resource::Core, 0)];
    for (resource, most) in limits {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).map_err(Error::internal)?;
    }
    Ok(())
}

/// Only Linux counts the heap alone.
#[cfg(not(target_os = "linux"))]
fn limit_resources() -> Result<()> {
    Ok(())
}
