//! `tradepost audit`: exit code 1 if any promise is broken.

use std::process::ExitCode;

use clap::Args;

use super::{Outcome, say, start};
use crate::config::Config;
use crate::models::audit;

/// What `audit` takes.
#[derive(Args)]
pub struct Options {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(config: Config, options: Options) -> Outcome {
    start::connect(&config)?;
    let app = start::app(&config, start::base_url(&config, config.bind)?, false)?;
    let report = app.db.study(audit::run).await.map_err(|error| format!("the audit could not run: {error}"))?;
    if options.json {
        say(serde_json::to_string(&report).map_err(|error| error.to_string())?);
    } else {
        for violation in &report.violations {
            say(format_args!("BROKEN  {violation}"));
        }
        for (what, rows) in &report.checked {
            say(format_args!("checked {rows} {what}"));
        }
        say(format_args!("{} violations", report.violations.len()));
    }
    Ok(if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
