//! The outbox: what was written, what became of it, and sending it again.

use actix_web::web::Path;

use super::Narrowing;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::forms::Fields;
use crate::forms::admin::letters::AddressForm;
use crate::http::guards::{Needs, needs};
use crate::http::security_headers::Kind;
use crate::http::{Context, Form, Reply, Staff};
use crate::jobs::letters::{host, posting};
use crate::models::account::roles::Permission;
use crate::models::job::QueuedJob;
use crate::models::letter::{Letter, LetterState, Posting};
use crate::models::order::Order;
use crate::paths;
use crate::views::admin::Pill;
use crate::views::admin::letters::{About, Body, Change, Index, Row, Show};

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
                state: state(letter.state),
                when: cx.moment(letter.created_at),
                note: letter.note,
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
    shown(&staff, *id, None).await
}

/// The letter itself, as its reader sees it.
///
/// # Errors
/// `NotFound`.
pub async fn body(staff: Staff<needs::Outbox>, id: Path<i64>) -> Result<Reply> {
    let letter = staff.read(move |conn| Letter::get(conn, *id)).await?;
    let letter = readable(letter, staff.member.may(Permission::ReadCodes));
    // The markup of old letters is gone; their text says the same.
    let html = if letter.html.is_empty() { Body::html(letter.body_text)? } else { letter.html };
    Ok(Reply::html(html, Kind::Framed))
}

/// What of a letter somebody may see.
fn readable(letter: Letter, with_secrets: bool) -> Letter {
    if with_secrets { letter } else { letter.without_secrets() }
}

/// Sends a letter again. Letters carry codes of gift cards and addresses that open orders: only who may read them sends
/// them.
///
/// # Errors
/// `NotFound`.
pub async fn send_again(staff: Staff<needs::ReadCodes>, id: Path<i64>, form: Form) -> Result<Reply> {
    let id = *id;
    let host = host(staff.visitor.app());
    let letter = staff.read(move |conn| Letter::get(conn, id)).await?;
    if let Posting::Keep(why) = posting(staff.visitor.app(), &letter.recipient) {
        return Ok(Reply::see(paths::admin::letter(id)).alert(format!("Not sent. {why}")));
    }
    let sent = staff.write_once(&form.once, move |tx| {
        Letter::send_again(tx, id, &host)?;
        Ok(Reply::see(paths::admin::letter(id)).notice("It is on its way to the mail server."))
    });
    sent.await
}

/// Sends a letter to another address, and gives it to its order if that is wanted.
///
/// # Errors
/// `NotFound`.
pub async fn change_address(staff: Staff<needs::ReadCodes>, id: Path<i64>, form: Form) -> Result<Reply> {
    let (id, mut fields) = (*id, form.fields);
    let Some(wanted) = fields.check::<AddressForm>() else {
        return Ok(shown(&staff, id, Some(fields)).await?.retry());
    };
    let (posting, host) = (posting(staff.visitor.app(), &wanted.email.typed), host(staff.visitor.app()));
    let (actor, to) = (staff.actor(), wanted.email.typed.clone());
    let changed = staff.write_once(&form.once, move |tx| {
        let letter = Letter::send_to(tx, id, &wanted.email, &host, posting)?;
        if let Some(order) = letter.order_id {
            let words = format!("Sent “{}” to {} instead of {}", letter.subject, wanted.email.typed, letter.recipient);
            Order::note(tx, order, "email", &actor, &words, false)?;
            if wanted.correct_order {
                Order::correct_email(tx, order, &wanted.email, &actor)?;
            }
        }
        Ok(Reply::see(paths::admin::letter(id)).notice(format!("It goes to {to} now.")))
    });
    match changed.await {
        Err(Error::Conflict) => {
            let words = "It is being sent this moment. Please look again in a minute.";
            Ok(Reply::see(paths::admin::letter(id)).alert(words))
        }
        answered => answered,
    }
}

/// Nobody need look at a letter any more that nobody took.
///
/// # Errors
/// `NotFound`.
pub async fn leave(staff: Staff<needs::ManageOrders>, id: Path<i64>, form: Form) -> Result<Reply> {
    let id = *id;
    let left = staff.write_once(&form.once, move |tx| {
        Letter::leave(tx, id)?;
        Ok(Reply::see(paths::admin::attention()).notice("Done. The letter stays in the outbox, unsent."))
    });
    match left.await {
        Err(Error::Conflict) => Ok(Reply::see(paths::admin::letter(id)).alert("Somebody was quicker. Please look.")),
        answered => answered,
    }
}

/// A letter's page, with the form as it was typed.
async fn shown<P: Needs>(staff: &Staff<P>, id: i64, typed: Option<Fields>) -> Result<Reply> {
    staff
        .page(move |conn, cx| {
            let letter = readable(Letter::get(conn, id)?, cx.may(Permission::ReadCodes));
            page(conn, cx, letter, typed)
        })
        .await
}

fn page(conn: &mut Conn, cx: &Context, letter: Letter, typed: Option<Fields>) -> Result<Show> {
    let job = match letter.state {
        LetterState::Queued => QueuedJob::by_key(conn, &Letter::job_key(letter.id))?,
        _ => None,
    };
    let next_try = job.filter(|job| job.run_at > cx.now).map(|job| cx.moment(job.run_at));
    let order = match letter.order_id {
        Some(order) => Some(Order::get(conn, order)?),
        None => None,
    };
    let about = order.as_ref().and_then(|order| {
        let number = order.number.clone()?;
        Some(About { href: paths::admin::order(&number), name: format!("Order {number}") })
    });
    // Letters to the shopkeeper are about an order too; its address is the buyer's.
    let is_to_buyer = order.as_ref().is_some_and(|order| order.email == letter.recipient);
    let (manages, sends) = (cx.may(Permission::ManageOrders), cx.may(Permission::ReadCodes));
    let change = sends.then(|| Change {
        action: paths::admin::letter_address(letter.id),
        offers_order: is_to_buyer,
        form: typed.unwrap_or_else(|| {
            let correct = if is_to_buyer { "1" } else { "" };
            Fields::of([("email", letter.recipient.clone()), ("correct_order", correct.to_owned())])
        }),
    });
    let is_untaken = matches!(letter.state, LetterState::Refused | LetterState::Failed);
    Ok(Show {
        state: state(letter.state),
        when: cx.moment(letter.created_at),
        sent: letter.sent_at.filter(|_| letter.state == LetterState::Sent).map(|at| cx.moment(at)),
        next_try,
        body_src: paths::admin::letter_body(letter.id),
        is_bad: is_untaken,
        heading: match letter.state {
            LetterState::Kept => "Not sent",
            LetterState::Queued => "Not sent yet",
            LetterState::Refused => "It was refused, and is not tried again",
            LetterState::Failed => "It could not be sent",
            LetterState::Sent => "",
        },
        note: letter.note,
        to: letter.recipient,
        reply_to: letter.reply_to,
        about,
        subject: letter.subject,
        text: letter.body_text,
        send: (sends && cx.sends_mail).then(|| paths::admin::letter_send(letter.id)),
        send_word: if letter.state == LetterState::Queued { "Try now" } else { "Send again" },
        leave: (manages && is_untaken).then(|| paths::admin::letter_leave(letter.id)),
        change,
    })
}

fn state(state: LetterState) -> Pill {
    let (text, kind) = match state {
        LetterState::Sent => ("Sent", "good"),
        LetterState::Failed => ("Failed", "bad"),
        LetterState::Refused => ("Refused", "bad"),
        LetterState::Queued => ("Waiting", "warn"),
        LetterState::Kept => ("Not sent", "warn"),
    };
    Pill { text: text.to_owned(), kind }
}
