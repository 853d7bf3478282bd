//! Staff accounts and invitations.

use askama::Template;

use crate::forms::Fields;
use crate::forms::account::limits;
use crate::paths;
use crate::support::email_address;
use crate::support::i18n::Locale;
use crate::views::admin::{self, Pill};
use crate::views::{DateTime, SelectOption, View, filters};

#[derive(Template)]
#[template(path = "admin/people/staff/index.html")]
pub struct Index {
    pub t: Locale,
    pub rows: Vec<Row>,
    /// Neither accepted nor withdrawn.
    pub invitations: Vec<InvitationRow>,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub href: String,
    pub name: String,
    pub email: String,
    pub role: String,
    pub status: Pill,
    pub has_second_factor: bool,
    pub last_login: Option<DateTime>,
}

#[derive(Clone, Debug)]
pub struct InvitationRow {
    pub name: String,
    pub email: String,
    pub role: &'static str,
    /// `None` if it has expired.
    pub expires: Option<DateTime>,
    pub resend_href: String,
    pub withdrawal_href: String,
}

#[derive(Template)]
#[template(path = "admin/people/staff/invite.html")]
pub struct Invite {
    pub t: Locale,
    /// Fields: `name`, `email`, `role`.
    pub form: Fields,
    pub roles: Vec<SelectOption>,
}

#[derive(Template)]
#[template(path = "admin/people/staff/show.html")]
pub struct Show {
    pub t: Locale,
    pub id: String,
    pub name: String,
    pub email: String,
    pub role: &'static str,
    pub status: Pill,
    pub last_login: Option<DateTime>,
    /// Fields: `role`, `status`, `lock_version`.
    pub form: Fields,
    pub roles: Vec<SelectOption>,
    pub statuses: Vec<SelectOption>,
    pub is_self: bool,
    pub can_change: bool,
    /// Why it cannot be changed.
    pub note: &'static str,
    pub can_transfer: bool,
}

impl View for Index {
    fn title(&self) -> String {
        self.t.admin_staff_title().to_owned()
    }
}

impl Index {
    fn count(&self) -> usize {
        self.rows.len()
    }
}

impl View for Invite {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, self.t.admin_staff_invite_title())
    }
}

impl View for Show {
    fn title(&self) -> String {
        admin::title_with_error(self.t, &self.form, &self.name)
    }
}
