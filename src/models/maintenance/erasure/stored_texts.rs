//! Deletes rows whose texts name a person and that belong to no order: emails, jobs, submitted forms, webhooks,
//! invitations in the event log.

use diesel::prelude::*;

use super::person::Person;
use crate::db::ids::id_in;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::models::platform::email::Email;
use crate::models::platform::event::StoredEvent;
use crate::models::platform::job::QueuedJob;
use crate::models::sales::order::customer_orders::lower;
use crate::models::sales::webhook::Webhook;
use crate::schema::{
    carts, emails, form_submissions, jobs, orders, payment_attempts, payment_transactions, refund_transactions,
    refunds, webhook_inbox,
};
use crate::support::ids::{EmailId, JobId, WebhookId};

/// Texts by which rows are found that name the person.
pub(super) struct PersonalReferences {
    addresses: Vec<String>,
    /// References of payments and refunds at the provider.
    payments: Vec<String>,
    /// Owners of submitted forms.
    form_owners: Vec<String>,
}

impl PersonalReferences {
    pub fn load(conn: &mut Conn, person: &Person) -> Result<PersonalReferences> {
        let ids = person.order_ids();
        let attempts = || payment_attempts::table.filter(id_in(payment_attempts::order_id, &ids));
        let mut references: Vec<Option<String>> = attempts().select(payment_attempts::provider_ref).load(conn)?;
        let attempts = attempts().select(payment_attempts::id);
        let transactions = payment_transactions::table.filter(payment_transactions::attempt_id.eq_any(attempts));
        let captures = transactions.select(payment_transactions::provider_ref.nullable());
        references.extend(captures.load::<Option<String>>(conn)?);
        let refunds = refunds::table.filter(id_in(refunds::order_id, &ids)).select(refunds::id);
        let sent = refund_transactions::table.filter(refund_transactions::refund_id.eq_any(refunds));
        references.extend(sent.select(refund_transactions::provider_ref).load::<Option<String>>(conn)?);
        let carts: Vec<String> = carts::table
            .inner_join(orders::table.on(orders::cart_id.eq(carts::id.nullable())))
            .filter(id_in(orders::id, &ids))
            .select(carts::token_hash)
            .load(conn)?;
        let accounts = person.accounts.iter().map(|id| format!("account {id}"));
        Ok(PersonalReferences {
            addresses: person.address_list(),
            payments: references.into_iter().flatten().filter(|reference| !reference.is_empty()).collect(),
            form_owners: carts.into_iter().map(|cart| format!("cart {cart}")).chain(accounts).collect(),
        })
    }
}

pub(super) fn erase(tx: &mut Tx<'_>, person: &Person, references: &PersonalReferences) -> Result<()> {
    delete_emails(tx, person)?;
    delete_jobs(tx, references)?;
    delete_webhooks(tx, references)?;
    delete_form_submissions(tx, references)?;
    StoredEvent::erase_invitations(tx, &references.addresses)
}

fn delete_emails(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    let to_person = lower(emails::recipient).eq_any(person.address_list()).and(emails::order_id.is_null());
    let ids: Vec<EmailId> = emails::table.filter(to_person).select(emails::id).load(tx.conn())?;
    for id in &ids {
        QueuedJob::cancel(tx, &Email::job_key(*id))?;
    }
    diesel::delete(emails::table.filter(id_in(emails::id, &ids))).execute(tx.conn())?;
    Ok(())
}

/// Whether a text contains one of the others, in any case.
fn contains_any(text: &str, parts: &[String]) -> bool {
    let text = text.to_lowercase();
    parts.iter().any(|part| text.contains(&part.to_lowercase()))
}

fn delete_jobs(tx: &mut Tx<'_>, references: &PersonalReferences) -> Result<()> {
    let rows: Vec<(JobId, String, Option<String>)> =
        jobs::table.select((jobs::id, jobs::payload, jobs::last_error)).load(tx.conn())?;
    let names_person = |text: &str| contains_any(text, &references.addresses);
    let named: Vec<JobId> = rows.iter().filter(|(_, payload, _)| names_person(payload)).map(|(id, ..)| *id).collect();
    diesel::delete(jobs::table.filter(id_in(jobs::id, &named))).execute(tx.conn())?;
    let failed: Vec<JobId> =
        rows.iter().filter(|(.., error)| error.as_deref().is_some_and(names_person)).map(|(id, ..)| *id).collect();
    diesel::update(jobs::table.filter(id_in(jobs::id, &failed))).set(jobs::last_error.eq("")).execute(tx.conn())?;
    Ok(())
}

/// Webhooks about payments of the person. A provider that sends one again changes nothing: it is only a reason to ask.
fn delete_webhooks(tx: &mut Tx<'_>, references: &PersonalReferences) -> Result<()> {
    let mut named: Vec<WebhookId> = Vec::new();
    for needle in references.payments.iter().chain(&references.addresses) {
        let pattern = format!("%{}%", needle.to_lowercase());
        let candidates: Vec<(WebhookId, String)> = webhook_inbox::table
            .filter(lower(webhook_inbox::payload).like(pattern))
            .select((webhook_inbox::id, webhook_inbox::payload))
            .load(tx.conn())?;
        // LIKE takes an underscore for any character.
        let named_here = candidates.into_iter().filter(|(_, text)| contains_any(text, std::slice::from_ref(needle)));
        named.extend(named_here.map(|(id, _)| id));
    }
    for id in &named {
        QueuedJob::cancel(tx, &Webhook::job_key(*id))?;
    }
    diesel::delete(webhook_inbox::table.filter(id_in(webhook_inbox::id, &named))).execute(tx.conn())?;
    Ok(())
}

fn delete_form_submissions(tx: &mut Tx<'_>, references: &PersonalReferences) -> Result<()> {
    let of_person = form_submissions::owner.eq_any(&references.form_owners);
    diesel::delete(form_submissions::table.filter(of_person)).execute(tx.conn())?;
    for address in &references.addresses {
        let candidates: Vec<(String, String)> = form_submissions::table
            .filter(lower(form_submissions::result).like(format!("%{address}%")))
            .select((form_submissions::token_hash, form_submissions::result))
            .load(tx.conn())?;
        for (key, result) in candidates {
            if contains_any(&result, std::slice::from_ref(address)) {
                diesel::delete(form_submissions::table.find(key)).execute(tx.conn())?;
            }
        }
    }
    Ok(())
}
