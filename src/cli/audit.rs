//! `tradepost audit`: exit code 1 if any promise is broken.

use std::process::ExitCode;

use clap::Args;

use super::{Outcome, say, start};
use crate::config::Config;
use crate::db::migrations;
use crate::models::audit;
use crate::models::site::Site;

/// What `audit` takes.
#[derive(Args)]
pub struct Options {
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub fn run(config: &Config, options: &Options) -> Outcome {
    let mut conn = start::inspect(config)?;
    let steps = migrations::status(&mut conn).map_err(|error| error.to_string())?;
    if steps.iter().any(|step| !step.applied) {
        return Err("the database is older than this program. Run `tradepost migrate` first".to_owned());
    }
    let audited = conn.read(|conn| Ok((audit::run(conn)?, Site::key_fingerprint(conn)?)));
    let (mut report, fingerprint) = audited.map_err(|error| format!("the audit could not run: {error}"))?;
    if let Err(wrong) = start::check_key(config, fingerprint.as_deref()) {
        report.violations.push(wrong);
    }
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
