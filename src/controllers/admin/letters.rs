//! The outbox.

use actix_web::web::Path;

use super::Narrowing;
use crate::error::Result;
use crate::http::guards::needs;
use crate::http::security_headers::Kind;
use crate::http::{Reply, Staff};
use crate::models::account::roles::Permission;
use crate::models::letter::Letter;
use crate::paths;
use crate::views::admin::Pill;
use crate::views::admin::letters::{Index, Row, Show};

/// All letters.
///
/// # Errors
/// When the database refuses.
pub async fn index(staff: Staff<needs::Outbox>) -> Result<Reply> {
    let window = Narrowing::of(&staff).window;
    staff
        .page(move |conn, cx| {
            let rows = Letter::page(conn, &window)?.map(|letter| Row {
                href: paths::admin::letter(letter.id),
                state: state(&letter),
                when: cx.moment(letter.created_at),
                to: letter.recipient,
                subject: letter.subject,
            });
            Ok(Index { rows, smtp_is_set: cx.sends_mail })
        })
        .await
}

/// A letter and what is known about it.
///
/// # Errors
/// `NotFound`.
pub async fn show(staff: Staff<needs::Outbox>, id: Path<i64>) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let letter = shown(Letter::get(conn, *id)?, cx.may(Permission::ReadCodes));
            let failed = letter.state == "failed";
            Ok(Show {
                state: state(&letter),
                when: cx.moment(letter.created_at),
                body_src: paths::admin::letter_body(letter.id),
                error: failed.then(|| "The mail server did not take it. The log of the server says why.".to_owned()),
                to: letter.recipient,
                subject: letter.subject,
                text: letter.body_text,
            })
        })
        .await
}

/// The letter itself, as its reader sees it.
///
/// # Errors
/// `NotFound`.
pub async fn body(staff: Staff<needs::Outbox>, id: Path<i64>) -> Result<Reply> {
    let letter = staff.read(move |conn| Letter::get(conn, *id)).await?;
    let letter = shown(letter, staff.member.may(Permission::ReadCodes));
    Ok(Reply::html(letter.html, Kind::Framed))
}

fn shown(letter: Letter, with_secrets: bool) -> Letter {
    if with_secrets { letter } else { letter.without_secrets() }
}

fn state(letter: &Letter) -> Pill {
    let (text, kind) = match letter.state.as_str() {
        "sent" => ("Sent", "good"),
        "failed" => ("Failed", "bad"),
        "queued" => ("Waiting", "warn"),
        _ => ("Kept", "warn"),
    };
    Pill { text: text.to_owned(), kind }
}
