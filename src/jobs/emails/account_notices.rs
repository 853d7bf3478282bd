//! Renders emails about a change of an account.

use serde::{Deserialize, Serialize};

use super::write_email;
use crate::app::App;
use crate::error::Result;
use crate::models::people::account::Account;
use crate::models::platform::event::Event;
use crate::models::platform::setting::Settings;
use crate::presenters::people::account_notice::account_notice;
use crate::support::clock::Utc;
use crate::support::ids::AccountId;
use crate::support::token;

/// What has happened to an account, and when.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoticeJob {
    pub account: AccountId,
    pub event: Event,
    /// Microseconds since the Unix epoch.
    pub at: i64,
}

impl NoticeJob {
    /// The same for the same event.
    pub fn dedupe_key(&self) -> Result<String> {
        Ok(format!("account-notice:{}:{}", self.account, token::sha256_hex(serde_json::to_string(self)?)))
    }
}

/// Tells the owner of an account.
pub async fn write(app: &App, job: NoticeJob) -> Result<()> {
    let (account, origin) = (job.account, app.origin());
    let read = app.db.read(move |conn| Ok((Settings::load(conn)?, Account::find(conn, account)?)));
    // It may be erased meanwhile.
    let (settings, Some(account)) = read.await? else { return Ok(()) };
    let settings = Settings { locale: account.preferred_locale().unwrap_or(settings.locale), ..settings };
    let Some(email) = account_notice(&job.event, Utc::from_micros(job.at), &settings, &origin) else {
        return Ok(());
    };
    write_email(app, job.dedupe_key()?, account.email, &email, None).await
}
