//! Decodes an upload in a subprocess with memory and time limits enforced by the system, so that a malicious file
//! cannot affect the site. The file is sent on standard input; the picture is returned on standard output.

use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::decode::{self, DecodedPicture};
use super::{encode_webp, invalid_picture};
use crate::error::{Error, Result};
use crate::support::i18n::Message;

pub const COMMAND: &str = "decode-picture";

/// Maximum heap of the subprocess in bytes.
#[cfg(target_os = "linux")]
const MAX_MEMORY: u64 = 384 * 1024 * 1024;
#[cfg(target_os = "linux")]
const MAX_CPU_SECONDS: u64 = 10;
const MAX_TIME: Duration = Duration::from_secs(30);
/// Maximum size in bytes of the file and of the result.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

pub struct EncodedPicture {
    pub width: u32,
    pub height: u32,
    pub was_animated: bool,
    pub webp: Vec<u8>,
}

/// The first line of the output; the WebP follows.
#[derive(Serialize, Deserialize)]
enum DecoderResponse {
    Picture { width: u32, height: u32, was_animated: bool },
    Refused(Message),
}

/// Decodes an upload to its largest rendition and blocks until the subprocess ends; `Invalid` on `picture` when the
/// format is not supported, or the file is too large or broken.
pub fn decode_in_subprocess(program: &Path, file: Vec<u8>) -> Result<EncodedPicture> {
    let mut child = Command::new(program)
        .arg(COMMAND)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (done, is_done) = channel::<()>();
    let exchange = move || -> std::io::Result<Vec<u8>> {
        let _done = done;
        if let Some(mut stdin) = stdin {
            match stdin.write_all(&file) {
                // The subprocess has exited early; its output says why.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
        drop(file);
        let mut response = Vec::new();
        if let Some(stdout) = stdout {
            stdout.take(MAX_BYTES).read_to_end(&mut response)?;
        }
        Ok(response)
    };
    let exchange_thread = std::thread::Builder::new().name("decode-picture".to_owned()).spawn(exchange)?;
    if is_done.recv_timeout(MAX_TIME) == Err(RecvTimeoutError::Timeout) {
        child.kill()?;
    }
    let response =
        exchange_thread.join().map_err(|_| Error::bug("the thread that talks to the decoder panicked"))??;
    let status = child.wait()?;
    if !status.success() {
        tracing::warn!(%status, "picture decoder killed or crashed");
        return Err(decode::too_large_error());
    }
    let end = memchr::memchr(b'\n', &response).ok_or_else(|| Error::bug("the decoder gave no answer"))?;
    let (line, rest) = response.split_at(end);
    match serde_json::from_slice(line).map_err(Error::internal)? {
        DecoderResponse::Picture { width, height, was_animated } => {
            Ok(EncodedPicture { width, height, was_animated, webp: rest.get(1..).unwrap_or_default().to_vec() })
        }
        DecoderResponse::Refused(message) => Err(invalid_picture(message)),
    }
}

/// The subprocess's side of `decode_in_subprocess`: reads standard input and writes the answer to standard output.
pub fn decode_from_stdin() -> Result<()> {
    limit_resources()?;
    let mut file = Vec::new();
    std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut file)?;
    let (response, encoded) = match decode::decode(&file) {
        Ok(DecodedPicture { pixels, was_animated }) => (
            DecoderResponse::Picture { width: pixels.width(), height: pixels.height(), was_animated },
            encode_webp(&pixels),
        ),
        Err(Error::Invalid { message, .. }) => (DecoderResponse::Refused(message), Vec::new()),
        Err(error) => return Err(error),
    };
    let mut stdout = std::io::stdout().lock();
    serde_json::to_writer(&mut stdout, &response).map_err(Error::internal)?;
    stdout.write_all(b"\n")?;
    stdout.write_all(&encoded)?;
    Ok(stdout.flush()?)
}

/// Limits memory and CPU time, and forbids writing files; the process needs only its pipes.
#[cfg(target_os = "linux")]
fn limit_resources() -> Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits =
        [(Resource::Data, MAX_MEMORY), (Resource::Cpu, MAX_CPU_SECONDS), (Resource::Fsize, 0), (Resource::Core, 0)];
    for (resource, limit) in limits {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) }).map_err(Error::internal)?;
    }
    Ok(())
}

/// Only Linux can limit the heap alone.
#[cfg(not(target_os = "linux"))]
fn limit_resources() -> Result<()> {
    Ok(())
}
