//! `tradepost decode-picture`: the subprocess in which the server decodes one uploaded picture.

use super::CommandResult;
use crate::adapters::pictures::decode_from_stdin;

pub fn run() -> CommandResult {
    decode_from_stdin().map_err(|error| error.to_string())?;
    Ok(std::process::ExitCode::SUCCESS)
}
