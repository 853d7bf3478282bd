//! `tradepost audit`: exit code 1 if an invariant is violated.

use std::process::ExitCode;

use clap::Args;

use super::{CommandResult, bootstrap, print_line};
use crate::config::Config;
use crate::db::migrations;
use crate::models::maintenance::audit;
use crate::models::maintenance::site::Site;

#[derive(Args)]
pub struct Options {
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub fn run(config: &Config, options: &Options) -> CommandResult {
    let mut conn = bootstrap::open_read_only(config)?;
    let steps = migrations::status(&mut conn).map_err(|error| error.to_string())?;
    if steps.iter().any(|step| !step.applied) {
        return Err("the database is older than this program. Run `tradepost migrate` first".to_owned());
    }
    let audited = conn.read(|conn| Ok((audit::run(conn)?, Site::key_binding(conn)?)));
    let (mut report, binding) = audited.map_err(|error| format!("the audit could not run: {error}"))?;
    if let Err(wrong) = bootstrap::check_key(config, binding.as_ref()) {
        report.violations.push(wrong);
    }
    if options.json {
        print_line(serde_json::to_string(&report).map_err(|error| error.to_string())?);
    } else {
        for violation in &report.violations {
            print_line(format_args!("VIOLATION  {violation}"));
        }
        for (what, rows) in &report.checked {
            print_line(format_args!("checked {rows} {what}"));
        }
        print_line(format_args!("{} violations", report.violations.len()));
    }
    Ok(if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
