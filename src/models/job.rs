//! What runs later: rows written in the transaction that asked for them, claimed by a worker with a lease.

use std::time::Duration;

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::{Conn, Db, Tx};
use crate::each;
use crate::error::{Error, Result};
use crate::schema::jobs;
use crate::support::clock::Utc;
use crate::text_enum;

/// Tries before a job is given up.
pub const TRIES: i64 = 12;
/// The longest wait before a job is due: between two tries, or from the start. What is to happen later than that is
/// work for a sweep. A job that is to run later than this was dated by a clock that was ahead.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// How much longer a lease lasts than the job may take: time to write down that it took too long.
const MARGIN: Duration = Duration::from_secs(30);
/// Due jobs that are looked at in one claim. More than any queue runs at once.
const CANDIDATES: i64 = 16;

text_enum! {
    /// What waits for nothing but its own kind. Each queue depends on one partner at most, so that a partner that does
    /// not answer stops nobody else's work.
    Queue {
        /// Letters and documents are written: needs the database only.
        Writing = "writing",
        /// Letters are sent: needs the mail server.
        Mail = "mail",
        /// Money is asked about and paid back: needs the payment provider.
        Payments = "payments",
        /// VAT numbers are looked up: needs the register of the EU, which is often slow.
        VatNumbers = "vat_numbers",
        /// Sizes of pictures are made: needs a processor for long.
        Pictures = "pictures",
    }
}

text_enum! {
    /// Everything that can run later.
    JobKind {
        /// Writes the buyer's confirmation.
        OrderPlacedLetter = "order_placed_letter",
        /// Writes to the shopkeeper about a new order.
        NewOrderLetter = "new_order_letter",
        /// Writes that the money has arrived.
        PaymentReceivedLetter = "payment_received_letter",
        /// Writes that a parcel has left.
        OrderShippedLetter = "order_shipped_letter",
        /// Writes that an order is cancelled.
        OrderCancelledLetter = "order_cancelled_letter",
        /// Writes that money goes back.
        OrderRefundedLetter = "order_refunded_letter",
        /// Writes the codes of gift cards that were bought.
        GiftCardsLetter = "gift_cards_letter",
        /// Writes the code of a gift card that staff made.
        GiftCardLetter = "gift_card_letter",
        /// Writes to the shopkeeper that a buyer wants to send something back.
        ReturnRequestedLetter = "return_requested_letter",
        /// Writes that a return is approved.
        ReturnApprovedLetter = "return_approved_letter",
        /// Writes that a return is refused.
        ReturnRefusedLetter = "return_refused_letter",
        /// Writes that a transfer has not come yet.
        TransferReminderLetter = "transfer_reminder_letter",
        /// Writes that an order is closed because its transfer has not come.
        TransferExpiredLetter = "transfer_expired_letter",
        /// Issues the invoice of an order with nothing to pay.
        IssueInvoice = "issue_invoice",
        /// Makes the PDF of an invoice or a credit note.
        SealPaper = "seal_paper",
        /// Sends a letter.
        SendLetter = "send_letter",
        /// Asks a provider what came of a payment.
        SyncPayment = "sync_payment",
        /// Asks a provider to pay back.
        Repay = "repay",
        /// Looks at what a provider sent.
        Webhook = "webhook",
        /// Looks up a VAT number that took the tax off an order.
        CheckVatNumber = "check_vat_number",
        /// Makes the next sizes of a picture.
        PictureSizes = "picture_sizes",
    }
}

impl Queue {
    /// How many of its jobs run at once in one process.
    pub fn at_once(self) -> usize {
        match self {
            Queue::Writing | Queue::Payments => 2,
            Queue::Mail => 4,
            Queue::VatNumbers | Queue::Pictures => 1,
        }
    }

    /// How long one of its jobs may take.
    pub fn limit(self) -> Duration {
        match self {
            Queue::Writing => Duration::from_secs(60),
            // Longer than the mail server, the payment provider and the register are waited for (adapters).
            Queue::Mail => Duration::from_secs(75),
            Queue::Payments => Duration::from_secs(90),
            Queue::VatNumbers => Duration::from_secs(60),
            Queue::Pictures => Duration::from_secs(300),
        }
    }

    /// How long one of its jobs may be due before people are told. Pictures and the register take their
    /// time, and hold up nobody.
    pub fn patience(self) -> SignedDuration {
        match self {
            Queue::Writing | Queue::Mail | Queue::Payments => SignedDuration::from_mins(1),
            Queue::VatNumbers | Queue::Pictures => SignedDuration::from_hours(1),
        }
    }

    /// How long a worker holds one of its jobs: longer than the job may take, so that it is never taken by another
    /// while the first is still at it.
    fn lease(self) -> SignedDuration {
        SignedDuration::try_from(self.limit() + MARGIN).unwrap_or(SignedDuration::MAX)
    }

    /// As people say it.
    pub fn label(self) -> &'static str {
        match self {
            Queue::Writing => "Writing letters and invoices",
            Queue::Mail => "Sending letters",
            Queue::Payments => "Talking to the payment provider",
            Queue::VatNumbers => "Looking up VAT numbers",
            Queue::Pictures => "Making the sizes of pictures",
        }
    }
}

impl JobKind {
    /// Which queue it waits in.
    pub fn queue(self) -> Queue {
        use JobKind as K;
        match self {
            K::OrderPlacedLetter
            | K::NewOrderLetter
            | K::PaymentReceivedLetter
            | K::OrderShippedLetter
            | K::OrderCancelledLetter
            | K::OrderRefundedLetter
            | K::GiftCardsLetter
            | K::GiftCardLetter
            | K::ReturnRequestedLetter
            | K::ReturnApprovedLetter
            | K::ReturnRefusedLetter
            | K::TransferReminderLetter
            | K::TransferExpiredLetter
            | K::IssueInvoice
            | K::SealPaper => Queue::Writing,
            K::SendLetter => Queue::Mail,
            K::SyncPayment | K::Repay | K::Webhook => Queue::Payments,
            K::CheckVatNumber => Queue::VatNumbers,
            K::PictureSizes => Queue::Pictures,
        }
    }

    /// As people say it.
    pub fn label(self) -> &'static str {
        use JobKind as K;
        match self {
            K::Repay => "Paying money back",
            K::SyncPayment => "Asking the payment provider",
            K::Webhook => "Looking at a message of the payment provider",
            K::CheckVatNumber => "Looking up a VAT number",
            K::PictureSizes => "Making the sizes of a picture",
            K::IssueInvoice => "Issuing an invoice",
            K::SealPaper => "Making the PDF of an invoice",
            K::SendLetter => "Sending a letter",
            K::OrderPlacedLetter
            | K::NewOrderLetter
            | K::PaymentReceivedLetter
            | K::OrderShippedLetter
            | K::OrderCancelledLetter
            | K::OrderRefundedLetter
            | K::GiftCardsLetter
            | K::GiftCardLetter
            | K::ReturnRequestedLetter
            | K::ReturnApprovedLetter
            | K::ReturnRefusedLetter
            | K::TransferReminderLetter
            | K::TransferExpiredLetter => "Writing a letter",
        }
    }
}

/// A job to be enqueued.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Which job.
    pub kind: JobKind,
    /// Its fields as JSON.
    pub payload: String,
    /// At most one job of a key exists at a time.
    pub dedupe_key: Option<String>,
    /// Not before. Later than [`LONGEST_WAIT`] from now counts as that.
    pub run_at: Utc,
}

/// A job in the queue.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = jobs, check_for_backend(Db))]
pub struct QueuedJob {
    /// The row.
    pub id: i64,
    /// Which job: a [`JobKind`], unless a newer program has written the row.
    pub kind: String,
    /// Its fields as JSON.
    pub payload: String,
    /// Tries so far, this one included.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it is or was due.
    pub run_at: Utc,
}

/// Work that ought to have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Where it waits.
    pub queue: Queue,
    /// Since when the first of it is due.
    pub since: Utc,
    /// How many jobs.
    pub count: i64,
}

impl NewJob {
    /// Puts the job into the queue; a second one of the same key is left out.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn enqueue(&self, tx: &mut Tx<'_>) -> Result<()> {
        // What is dated back, as in the sample shop, is not late for that.
        let now = tx.now().max(tx.clock_now());
        let row = (
            jobs::kind.eq(self.kind.as_str()),
            jobs::queue.eq(self.kind.queue().as_str()),
            jobs::payload.eq(&self.payload),
            jobs::dedupe_key.eq(self.dedupe_key.as_deref()),
            jobs::state.eq("queued"),
            jobs::run_at.eq(self.run_at.clamp(now, now.plus(LONGEST_WAIT))),
            jobs::attempts.eq(0),
            jobs::created_at.eq(now),
        );
        let conn = tx.conn();
        each!(conn => diesel::insert_into(jobs::table).values(row).on_conflict(jobs::dedupe_key).do_nothing().execute(conn))?;
        Ok(())
    }
}

impl QueuedJob {
    /// Which job, if this program knows it.
    pub fn known(&self) -> Option<JobKind> {
        JobKind::parse(&self.kind)
    }

    /// What it is for, as people say it.
    pub fn label(&self) -> &'static str {
        self.known().map_or("Something in the background", JobKind::label)
    }

    /// Due jobs of a queue: first those whose worker has gone, then those that wait, the earliest first.
    fn due(conn: &mut Conn, queue: Queue, now: Utc, limit: i64) -> Result<Vec<i64>> {
        let of_queue = jobs::queue.eq(queue.as_str());
        let left = of_queue.and(jobs::state.eq("running")).and(jobs::lease_until.lt(now));
        let mut due: Vec<i64> =
            jobs::table.filter(left).order((jobs::run_at, jobs::id)).select(jobs::id).limit(limit).load(conn)?;
        let waiting = of_queue.and(jobs::state.eq("queued")).and(jobs::run_at.le(now));
        let waiting = jobs::table.filter(waiting).order((jobs::run_at, jobs::id)).select(jobs::id).limit(limit);
        due.extend(waiting.load::<i64>(conn)?);
        Ok(due)
    }

    /// Whether a worker would find something to do besides what it holds.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn any_due(conn: &mut Conn, queue: Queue, now: Utc, held: &[i64]) -> Result<bool> {
        Ok(QueuedJob::due(conn, queue, now, CANDIDATES)?.iter().any(|id| !held.contains(id)))
    }

    /// Takes the next due job, if there is one: one conditional update, so that two workers never hold the same. What
    /// the caller holds already is left alone, whatever the clock says about its lease.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn claim(tx: &mut Tx<'_>, queue: Queue, held: &[i64]) -> Result<Option<QueuedJob>> {
        let now = tx.now();
        let candidates = QueuedJob::due(tx.conn(), queue, now, CANDIDATES)?;
        for id in candidates.into_iter().filter(|id| !held.contains(id)) {
            let free = jobs::state.eq("queued").or(jobs::state.eq("running").and(jobs::lease_until.lt(now)));
            let taken = diesel::update(jobs::table.filter(jobs::id.eq(id).and(free)))
                .set((
                    jobs::state.eq("running"),
                    jobs::attempts.eq(jobs::attempts + 1),
                    jobs::lease_until.eq(now.plus(queue.lease())),
                ))
                .execute(tx.conn())?;
            if taken == 1 {
                return Ok(Some(jobs::table.find(id).select(QueuedJob::as_select()).first(tx.conn())?));
            }
        }
        Ok(None)
    }

    /// The job is done: its row goes, if it is still there.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn finish(tx: &mut Tx<'_>, id: i64) -> Result<()> {
        diesel::delete(jobs::table.find(id)).execute(tx.conn())?;
        Ok(())
    }

    /// The job failed: it waits for its next try (10 s, 20 s, … up to an hour), or is given up for staff to see.
    /// Returns whether it is given up. Nothing happens when another worker has taken it meanwhile.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn fail(tx: &mut Tx<'_>, job: &QueuedJob, error: &str) -> Result<bool> {
        let wait = SignedDuration::from_secs(5_i64 << job.attempts.clamp(1, 10)).min(LONGEST_WAIT);
        let given_up = job.attempts >= TRIES;
        let state = if given_up { "dead" } else { "queued" };
        let run_at = tx.now().plus(wait);
        let held = jobs::id.eq(job.id).and(jobs::attempts.eq(job.attempts)).and(jobs::state.eq("running"));
        let failed = diesel::update(jobs::table.filter(held))
            .set((
                jobs::state.eq(state),
                jobs::run_at.eq(run_at),
                jobs::lease_until.eq(None::<Utc>),
                jobs::last_error.eq(error),
            ))
            .execute(tx.conn())?;
        Ok(given_up && failed == 1)
    }

    /// Puts right what a clock that was ahead has left: jobs and leases that lie further in the future than any can.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn mend_future(tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let waiting = jobs::state.eq("queued").and(jobs::run_at.gt(now.plus(LONGEST_WAIT)));
        diesel::update(jobs::table.filter(waiting)).set(jobs::run_at.eq(now)).execute(tx.conn())?;
        for queue in Queue::ALL {
            // Whoever holds it has ended by then.
            let ends = now.plus(queue.lease());
            let held = jobs::queue.eq(queue.as_str()).and(jobs::state.eq("running")).and(jobs::lease_until.gt(ends));
            diesel::update(jobs::table.filter(held)).set(jobs::lease_until.eq(ends)).execute(tx.conn())?;
        }
        Ok(())
    }

    /// Whether there is something for [`QueuedJob::mend_future`] to do.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn any_in_future(conn: &mut Conn, now: Utc) -> Result<bool> {
        let waiting = jobs::state.eq("queued").and(jobs::run_at.gt(now.plus(LONGEST_WAIT)));
        let longest = Queue::ALL.iter().map(|queue| queue.lease()).max().unwrap_or(SignedDuration::ZERO);
        let held = jobs::state.eq("running").and(jobs::lease_until.gt(now.plus(longest)));
        Ok(diesel::select(diesel::dsl::exists(jobs::table.filter(waiting.or(held)))).get_result(conn)?)
    }

    /// Work that was due long enough ago for people to be told, by queue.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn overdue(conn: &mut Conn, now: Utc) -> Result<Vec<Overdue>> {
        let mut late = Vec::new();
        for queue in Queue::ALL {
            let since = now.minus(queue.patience());
            let waiting = jobs::state.eq("queued").and(jobs::run_at.lt(since));
            let left = jobs::state.eq("running").and(jobs::lease_until.lt(since));
            let (count, first): (i64, Option<Utc>) = jobs::table
                .filter(jobs::queue.eq(queue.as_str()).and(waiting.or(left)))
                .select((diesel::dsl::count_star(), diesel::dsl::min(jobs::run_at)))
                .first(conn)?;
            late.extend(first.map(|since| Overdue { queue: *queue, since, count }));
        }
        Ok(late)
    }

    /// The work that is late for the longest time, if any is late.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn oldest_overdue(conn: &mut Conn, now: Utc) -> Result<Option<Overdue>> {
        Ok(QueuedJob::overdue(conn, now)?.into_iter().min_by_key(|late| late.since))
    }

    /// The job of a key, if it is in the queue.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn by_key(conn: &mut Conn, dedupe_key: &str) -> Result<Option<QueuedJob>> {
        let known = jobs::table.filter(jobs::dedupe_key.eq(dedupe_key));
        Ok(known.select(QueuedJob::as_select()).first(conn).optional()?)
    }

    /// Jobs of a queue that have been tried in vain so often and wait for their next try, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn retrying(conn: &mut Conn, queue: Queue, tries: i64) -> Result<Vec<QueuedJob>> {
        let failing = jobs::queue.eq(queue.as_str()).and(jobs::state.ne("dead")).and(jobs::attempts.ge(tries));
        let failing = jobs::table.filter(failing.and(jobs::last_error.is_not_null())).order(jobs::id).limit(100);
        Ok(failing.select(QueuedJob::as_select()).load(conn)?)
    }

    /// Jobs that were given up, the oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn given_up(conn: &mut Conn) -> Result<Vec<QueuedJob>> {
        let dead = jobs::table.filter(jobs::state.eq("dead")).order(jobs::id).limit(100);
        Ok(dead.select(QueuedJob::as_select()).load(conn)?)
    }

    /// How many jobs were given up.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn count_given_up(conn: &mut Conn) -> Result<i64> {
        Ok(jobs::table.filter(jobs::state.eq("dead")).count().get_result(conn)?)
    }

    /// When the job was due that has been waiting longest, those apart that make sizes of pictures: hundreds of them may
    /// wait for hours.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn oldest_due(conn: &mut Conn, now: Utc) -> Result<Option<Utc>> {
        let due = jobs::run_at
            .le(now)
            .and(jobs::queue.ne(Queue::Pictures.as_str()))
            .and(jobs::state.eq("queued").or(jobs::state.eq("running").and(jobs::lease_until.lt(now))));
        Ok(jobs::table.filter(due).order(jobs::run_at).select(jobs::run_at).first(conn).optional()?)
    }

    /// Gives a job all its tries again.
    ///
    /// # Errors
    /// `Conflict` when it was not given up.
    pub fn revive(tx: &mut Tx<'_>, id: i64) -> Result<QueuedJob> {
        let dead = jobs::table.filter(jobs::id.eq(id).and(jobs::state.eq("dead")));
        let revived = diesel::update(dead)
            .set((jobs::state.eq("queued"), jobs::attempts.eq(0), jobs::run_at.eq(tx.now())))
            .execute(tx.conn())?;
        if revived != 1 {
            return Err(Error::Conflict);
        }
        Ok(jobs::table.find(id).select(QueuedJob::as_select()).first(tx.conn())?)
    }

    /// Has a job that waits tried now. Nothing happens when it is being worked on.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn hurry(tx: &mut Tx<'_>, dedupe_key: &str) -> Result<()> {
        let waiting = jobs::dedupe_key.eq(dedupe_key).and(jobs::state.eq("queued"));
        diesel::update(jobs::table.filter(waiting))
            .set((jobs::attempts.eq(0), jobs::run_at.eq(tx.now())))
            .execute(tx.conn())?;
        Ok(())
    }

    /// Takes a job out of the queue that is no longer needed.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn withdraw(tx: &mut Tx<'_>, dedupe_key: &str) -> Result<()> {
        diesel::delete(jobs::table.filter(jobs::dedupe_key.eq(dedupe_key))).execute(tx.conn())?;
        Ok(())
    }

    /// As [`QueuedJob::withdraw`], for a job that nobody is at.
    ///
    /// # Errors
    /// `Conflict` when somebody is.
    pub fn withdraw_waiting(tx: &mut Tx<'_>, dedupe_key: &str) -> Result<()> {
        let of_key = jobs::table.filter(jobs::dedupe_key.eq(dedupe_key));
        let running: Option<i64> =
            of_key.filter(jobs::state.eq("running")).select(jobs::id).first(tx.conn()).optional()?;
        if running.is_some() {
            return Err(Error::Conflict);
        }
        diesel::delete(of_key.filter(jobs::state.ne("running"))).execute(tx.conn())?;
        Ok(())
    }

    /// Jobs that are due, or were given up.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn left_over(conn: &mut Conn, now: Utc) -> Result<Vec<QueuedJob>> {
        let left = jobs::state.eq("dead").or(jobs::run_at.le(now));
        Ok(jobs::table.filter(left).order(jobs::id).select(QueuedJob::as_select()).load(conn)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_outlasts_the_job_of_every_queue() {
        for queue in Queue::ALL {
            assert!(queue.lease().unsigned_abs() > queue.limit(), "{queue:?}");
            assert!(i64::try_from(queue.at_once()).unwrap() < CANDIDATES, "{queue:?}");
        }
    }
}
