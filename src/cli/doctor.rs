//! `tradepost doctor`: one line a check, with the mend. It changes nothing.

mod database;
mod files;
mod outside;

use std::process::ExitCode;

use super::{Outcome, say};
use crate::config::{self, Config};

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Finding {
    /// All is well.
    Fine(String),
    /// Worth knowing.
    Note(String),
    /// Broken, and the mend.
    Wrong(String),
}

use Finding::{Fine, Note, Wrong};

/// Everything that was found, said line by line.
#[derive(Default)]
struct Report {
    is_broken: bool,
}

impl Report {
    fn say(&mut self, what: &str, finding: Finding) {
        match finding {
            Fine(words) => say(format_args!("ok    {what}: {words}")),
            Note(words) => say(format_args!("note  {what}: {words}")),
            Wrong(words) => {
                self.is_broken = true;
                say(format_args!("WRONG {what}: {words}"));
            }
        }
    }

    fn end(self) -> ExitCode {
        if self.is_broken { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// The settings cannot be read: nothing else can be looked at.
pub fn settings_are_wrong(line: &str) -> ExitCode {
    let mut report = Report::default();
    report.say("settings", Wrong(line.to_owned()));
    report.end()
}

pub async fn run(config: Config) -> Outcome {
    let mut report = Report::default();
    report.say("settings", settings());
    report.say("data folder", files::data_folder(&config));
    report.say("disk", files::disk(&config));
    report.say("origin", outside::origin(&config));
    report.say("proxies", outside::proxies(&config));
    report.say("payments", outside::payments(&config));
    report.say("mail", outside::mail(&config).await);
    let opened = database::open(&config).and_then(|mut conn| match database::kind(&config, &mut conn) {
        Wrong(wrong) => Err(wrong),
        finding => Ok((conn, finding)),
    });
    match opened {
        Err(wrong) => {
            report.say("database", Wrong(wrong));
            report.say("key", files::key(&config, None));
            report.say("clock", database::clock(&config, None));
        }
        Ok((mut conn, kind)) => {
            report.say("database", kind);
            report.say("pages", database::pages(&mut conn));
            let (is_current, migrations) = database::migrations(&mut conn);
            report.say("migrations", migrations);
            if is_current {
                for (what, finding) in database::look(&config, &mut conn) {
                    report.say(what, finding);
                }
            }
            report.say("clock", database::clock(&config, is_current.then_some(&mut conn)));
        }
    }
    Ok(report.end())
}

/// Names in the environment that are no settings.
fn settings() -> Finding {
    let unknown = config::unknown_in_environment();
    let typo = unknown.iter().find_map(|(name, nearest)| Some((name, nearest.as_ref()?)));
    if let Some((name, nearest)) = typo {
        return Wrong(format!("{name} is no setting. Did you mean {nearest}?"));
    }
    if let Some((name, _)) = unknown.first() {
        return Note(format!("{name} is no setting of this program"));
    }
    Fine("all are understood".to_owned())
}
