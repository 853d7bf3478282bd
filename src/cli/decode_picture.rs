//! Decodes one uploaded picture: the server starts this in a process of its own for each.

use super::Outcome;
use crate::adapters::pictures::prepare_from_stdin;

pub fn run() -> Outcome {
    prepare_from_stdin().map_err(|error| error.to_string())?;
    Ok(std::process::ExitCode::SUCCESS)
}
