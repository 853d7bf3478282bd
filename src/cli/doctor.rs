//! `tradepost doctor`: one line a check, with the mend.

use std::process::ExitCode;

use diesel::connection::SimpleConnection;

use super::{Outcome, say, start};
use crate::config::Config;
use crate::db::{is_postgres, migrations};

struct Findings {
    broken: bool,
}

impl Findings {
    fn check(&mut self, what: &str, found: Result<String, String>) {
        match found {
            Ok(fine) => say(format_args!("ok    {what}: {fine}")),
            Err(wrong) => {
                self.broken = true;
                say(format_args!("WRONG {what}: {wrong}"));
            }
        }
    }

    fn note(&mut self, what: &str, text: &str) {
        say(format_args!("note  {what}: {text}"));
    }
}

pub async fn run(config: Config) -> Outcome {
    let mut findings = Findings { broken: false };
    findings.check("data folder", writable(&config));
    findings.check("database", database(&config));
    findings.check("migrations", migrated(&config));
    match &config.base_url {
        Some(url) => findings.check("public origin", Ok(url.to_string())),
        None => findings.note("public origin", "not set; links point at the listening address. Set TRADEPOST_BASE_URL"),
    }
    match &config.smtp_url {
        Some(url) => findings.check("mail", reachable(url).await),
        None => findings.note("mail", "kept in Admin → Outbox. Set SMTP_URL to send it"),
    }
    if config.test_payments == Some(true) {
        findings.note("payments", "the test card page is on: nobody really pays with it");
    }
    Ok(if findings.broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn writable(config: &Config) -> Result<String, String> {
    tempfile::NamedTempFile::new_in(config.data.join("media"))
        .map(|_| config.data.display().to_string())
        .map_err(|error| format!("{} cannot be written to: {error}. Change its owner", config.data.display()))
}

fn database(config: &Config) -> Result<String, String> {
    let mut conn = start::connect(config)?;
    conn.batch_execute("SELECT 1").map_err(|error| error.to_string())?;
    let kind = if is_postgres(&config.database_url) { "PostgreSQL" } else { "SQLite" };
    Ok(format!("{kind} answers at {}", start::hidden(&config.database_url)))
}

fn migrated(config: &Config) -> Result<String, String> {
    let mut conn = start::connect(config)?;
    let steps = migrations::status(&mut conn).map_err(|error| error.to_string())?;
    let pending = steps.iter().filter(|step| !step.applied).count();
    if pending > 0 {
        return Err(format!("{pending} have not run. Run `tradepost migrate`"));
    }
    Ok(format!("all {} have run", steps.len()))
}

async fn reachable(url: &str) -> Result<String, String> {
    let parsed = url::Url::parse(url).map_err(|error| format!("SMTP_URL cannot be read: {error}"))?;
    let host = parsed.host_str().ok_or("SMTP_URL names no host")?.to_owned();
    let port = parsed.port().unwrap_or(if parsed.scheme() == "smtps" { 465 } else { 587 });
    let tried =
        tokio::time::timeout(std::time::Duration::from_secs(3), tokio::net::TcpStream::connect((host.as_str(), port)));
    match tried.await {
        Ok(Ok(_)) => Ok(format!("{host}:{port} answers")),
        Ok(Err(error)) => Err(format!("{host}:{port} does not answer: {error}")),
        Err(_) => Err(format!("{host}:{port} does not answer within 3 seconds")),
    }
}
