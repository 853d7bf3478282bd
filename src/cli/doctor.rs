//! `tradepost doctor`: read-only checks, one line each with a remedy.

mod database;
mod external;
mod files;
mod process;

use std::process::ExitCode;

use super::{CommandResult, print_line};
use crate::config::{self, Config};

#[derive(Clone, Debug, PartialEq, Eq)]
enum CheckResult {
    Pass(String),
    Note(String),
    Fail(String),
}

use CheckResult::{Fail, Note, Pass};

#[derive(Default)]
struct Report {
    is_broken: bool,
}

impl Report {
    fn print_line(&mut self, subject: &str, result: CheckResult) {
        match result {
            Pass(text) => print_line(format_args!("ok    {subject}: {text}")),
            Note(text) => print_line(format_args!("note  {subject}: {text}")),
            Fail(text) => {
                self.is_broken = true;
                print_line(format_args!("FAIL  {subject}: {text}"));
            }
        }
    }

    fn end(self) -> ExitCode {
        if self.is_broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Reports that the settings cannot be read; no other check can run.
pub fn report_invalid_settings(line: &str) -> ExitCode {
    let mut report = Report::default();
    report.print_line("settings", Fail(line.to_owned()));
    report.end()
}

pub async fn run(config: Config) -> CommandResult {
    let mut report = Report::default();
    report.print_line("settings", settings());
    report.print_line("process", process::check_process());
    report.print_line("data folder", files::check_data_folder(&config));
    report.print_line("disk", files::check_disk_space(&config));
    report.print_line("origin", external::check_origin(&config));
    report.print_line("proxies", external::check_proxies(&config));
    report.print_line("payments", external::check_payments(&config));
    report.print_line("mail", external::check_mail(&config).await);
    let opened = database::open(&config).and_then(|mut conn| match database::check_server(&config, &mut conn) {
        Fail(problem) => Err(problem),
        result => Ok((conn, result)),
    });
    match opened {
        Err(problem) => {
            report.print_line("database", Fail(problem));
            report.print_line("key", files::check_key(&config, None));
            report.print_line("clock", database::check_clock(&config, None));
        }
        Ok((mut conn, kind)) => {
            report.print_line("database", kind);
            if let Some(role) = database::check_role(&mut conn) {
                report.print_line("role", role);
            }
            report.print_line("pages", database::check_integrity(&mut conn));
            let (is_current, migrations) = database::check_migrations(&mut conn);
            report.print_line("migrations", migrations);
            if is_current {
                for (subject, result) in database::check_rows(&config, &mut conn) {
                    report.print_line(subject, result);
                }
            }
            report.print_line("clock", database::check_clock(&config, is_current.then_some(&mut conn)));
        }
    }
    Ok(report.end())
}

fn settings() -> CheckResult {
    let unknown = config::find_unknown_variables();
    let typo = unknown.iter().find_map(|(name, nearest)| Some((name, nearest.as_ref()?)));
    if let Some((name, nearest)) = typo {
        return Fail(format!("{name} is not a setting. Did you mean {nearest}?"));
    }
    if let Some((name, _)) = unknown.first() {
        return Note(format!("{name} is not a setting of this program"));
    }
    Pass("all are known".to_owned())
}
