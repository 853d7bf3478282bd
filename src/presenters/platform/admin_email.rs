//! Emails in the outbox.

use crate::models::platform::email::{Email, EmailState, UnsentReason};
use crate::paths;
use crate::presenters::format::Format;
use crate::support::clock::Utc;
use crate::support::i18n::Locale;
use crate::views::admin::Pill;
use crate::views::admin::platform::emails::{OrderLink, Row, Show};

pub fn email_row(email: Email, format: &Format) -> Row {
    Row {
        href: paths::admin::email(email.id),
        state: email_state_pill(format.locale, email.state),
        when: format.date_time(email.created_at),
        note: email_note(format.locale, &email),
        subject: subject(format.locale, &email),
        to: email.recipient,
    }
}

/// An email without its actions. `next_try` is the next delivery attempt, `order_number` is that of its order.
pub fn email_page(email: Email, next_try: Option<Utc>, order_number: Option<&str>, format: &Format) -> Show {
    let t = format.locale;
    Show {
        t,
        state: email_state_pill(t, email.state),
        when: format.date_time(email.created_at),
        sent: email.sent_at.filter(|_| email.state == EmailState::Sent).map(|at| format.date_time(at)),
        next_try: next_try.map(|at| format.date_time(at)),
        body_src: paths::admin::email_body(email.id),
        is_bad: matches!(email.state, EmailState::Refused | EmailState::Failed),
        heading: problem_heading(t, email.state),
        note: email_note(format.locale, &email),
        subject: subject(t, &email),
        to: email.recipient,
        reply_to: email.reply_to,
        about: order_number
            .map(|number| OrderLink { href: paths::admin::order(number), name: t.admin_email_order(number) }),
        text: email.body_text,
        send: None,
        send_word: match email.state {
            EmailState::Queued => t.admin_email_send_now(),
            EmailState::Unsent | EmailState::Sent | EmailState::Refused | EmailState::Failed => t.admin_email_resend(),
        },
        dismiss_href: None,
        change: None,
    }
}

fn subject(t: Locale, email: &Email) -> String {
    if email.is_erased() { t.admin_email_erased().to_owned() } else { email.subject.clone() }
}

/// Why it was kept unsent, or the error of the last attempt; may be empty.
fn email_note(t: Locale, email: &Email) -> String {
    match UnsentReason::parse(&email.state_reason) {
        Some(reason) if email.state == EmailState::Unsent => reason.message().text(t),
        _ => email.state_reason.clone(),
    }
}

pub fn email_state_pill(t: Locale, state: EmailState) -> Pill {
    let (text, kind) = match state {
        EmailState::Sent => (t.admin_email_state_sent(), "good"),
        EmailState::Failed => (t.admin_email_state_failed(), "bad"),
        EmailState::Refused => (t.admin_email_state_refused(), "bad"),
        EmailState::Queued => (t.admin_email_state_queued(), "warn"),
        EmailState::Unsent => (t.admin_email_state_unsent(), "warn"),
    };
    Pill { text: text.to_owned(), kind }
}

/// What is wrong with an email; empty for nothing.
fn problem_heading(t: Locale, state: EmailState) -> &'static str {
    match state {
        EmailState::Unsent => t.admin_email_problem_unsent(),
        EmailState::Queued => t.admin_email_problem_queued(),
        EmailState::Refused => t.admin_email_problem_refused(),
        EmailState::Failed => t.admin_email_problem_failed(),
        EmailState::Sent => "",
    }
}
