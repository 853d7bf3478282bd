//! Background jobs: rows written in the transaction that causes them, and claimed by a worker with a lease.

use std::time::Duration;

use diesel::prelude::*;
use jiff::SignedDuration;
use serde::de::DeserializeOwned;

use crate::db::{AnyBackend, Conn, Tx};
use crate::error::{Error, Result};
use crate::on_backend;
use crate::schema::jobs;
use crate::support::clock::Utc;
use crate::support::ids::JobId;
use crate::text_enum;

text_enum! {
    JobState {
        Queued = "queued",
        Running = "running",
        Dead = "dead",
    }
}

pub const MAX_ATTEMPTS: i64 = 12;
/// The longest delay of a job, initial or between attempts; anything later needs a periodic sweep. A job dated further
/// ahead was written by a clock that was ahead.
pub const MAX_DELAY: SignedDuration = SignedDuration::from_hours(1);
/// Time that a lease outlasts the job's timeout, for recording the timeout.
const LEASE_MARGIN: Duration = Duration::from_secs(30);
/// Due jobs considered per claim: more than any queue runs at once.
const MAX_CANDIDATES: i64 = 16;

text_enum! {
    /// Each queue depends on at most one external service, so that an unresponsive service delays no other work.
    Queue {
        /// Renders emails and documents; needs the database only.
        Rendering = "rendering",
        Mail = "mail",
        Payments = "payments",
        /// Checks VAT numbers in VIES, which is often slow.
        VatNumbers = "vat_numbers",
        /// Resizes pictures; needs a lot of CPU time.
        Pictures = "pictures",
    }
}

text_enum! {
    JobKind {
        OrderPlacedEmail = "order_placed_email",
        /// The notification of the shop about a new order.
        NewOrderEmail = "new_order_email",
        PaymentReceivedEmail = "payment_received_email",
        OrderShippedEmail = "order_shipped_email",
        OrderCancelledEmail = "order_cancelled_email",
        OrderRefundedEmail = "order_refunded_email",
        /// The codes of purchased gift cards.
        GiftCardsEmail = "gift_cards_email",
        /// The code of a gift card issued by staff.
        GiftCardEmail = "gift_card_email",
        /// The notification of the shop about a return request.
        ReturnRequestedEmail = "return_requested_email",
        ReturnApprovedEmail = "return_approved_email",
        ReturnRefusedEmail = "return_refused_email",
        /// A second factor of an account has changed: to its owner.
        AccountNoticeEmail = "account_notice_email",
        TransferReminderEmail = "transfer_reminder_email",
        TransferExpiredEmail = "transfer_expired_email",
        /// The link of an invitation to the staff.
        InvitationEmail = "invitation_email",
        /// Tells a staff member that their role or access has changed.
        StaffNoticeEmail = "staff_notice_email",
        /// The link that confirms a registration.
        RegistrationEmail = "registration_email",
        /// The link to choose a new password, if the address has an account.
        PasswordResetEmail = "password_reset_email",
        /// The code and link to log in, if the address is a customer's.
        LoginCodeEmail = "login_code_email",
        /// The link to an order, if its number and address belong together.
        OrderLinkEmail = "order_link_email",
        /// The link that confirms the new address of an account.
        EmailChangeEmail = "email_change_email",
        /// The notice to the former address, with the link that reverts the change.
        EmailChangedEmail = "email_changed_email",
        /// Issues the invoice of an order with nothing to pay.
        IssueInvoice = "issue_invoice",
        RenderInvoicePdf = "render_invoice_pdf",
        SendEmail = "send_email",
        SyncPayment = "sync_payment",
        SubmitRefund = "submit_refund",
        ProcessWebhook = "process_webhook",
        CheckVatNumber = "check_vat_number",
        ResizePicture = "resize_picture",
        /// Appends new erasures to the file beside the database.
        WriteErasures = "write_erasures",
    }
}

impl Queue {
    /// How many of its jobs run at once per process.
    pub fn concurrency(self) -> usize {
        match self {
            Queue::Rendering | Queue::Payments => 2,
            Queue::Mail => 4,
            Queue::VatNumbers | Queue::Pictures => 1,
        }
    }

    pub fn timeout(self) -> Duration {
        match self {
            Queue::Rendering => Duration::from_secs(60),
            // Longer than the timeouts of the mail server, the payment provider and VIES in `adapters`.
            Queue::Mail => Duration::from_secs(75),
            Queue::Payments => Duration::from_secs(90),
            Queue::VatNumbers => Duration::from_secs(60),
            Queue::Pictures => Duration::from_secs(300),
        }
    }

    /// How long a job may be overdue before staff are alerted. Pictures and VAT checks are slow and block nobody.
    pub fn max_latency(self) -> SignedDuration {
        match self {
            Queue::Rendering | Queue::Mail | Queue::Payments => SignedDuration::from_mins(1),
            Queue::VatNumbers | Queue::Pictures => SignedDuration::from_hours(1),
        }
    }

    /// The lease of a worker on one of its jobs: longer than the timeout, so that no other worker claims a running job.
    fn lease(self) -> SignedDuration {
        SignedDuration::try_from(self.timeout() + LEASE_MARGIN).unwrap_or(SignedDuration::MAX)
    }
}

impl JobKind {
    pub fn queue(self) -> Queue {
        use JobKind as K;
        match self {
            K::OrderPlacedEmail
            | K::NewOrderEmail
            | K::PaymentReceivedEmail
            | K::OrderShippedEmail
            | K::OrderCancelledEmail
            | K::OrderRefundedEmail
            | K::GiftCardsEmail
            | K::GiftCardEmail
            | K::ReturnRequestedEmail
            | K::ReturnApprovedEmail
            | K::ReturnRefusedEmail
            | K::AccountNoticeEmail
            | K::TransferReminderEmail
            | K::TransferExpiredEmail
            | K::InvitationEmail
            | K::StaffNoticeEmail
            | K::RegistrationEmail
            | K::PasswordResetEmail
            | K::LoginCodeEmail
            | K::OrderLinkEmail
            | K::EmailChangeEmail
            | K::EmailChangedEmail
            | K::IssueInvoice
            | K::RenderInvoicePdf
            | K::WriteErasures => Queue::Rendering,
            K::SendEmail => Queue::Mail,
            K::SyncPayment | K::SubmitRefund | K::ProcessWebhook => Queue::Payments,
            K::CheckVatNumber => Queue::VatNumbers,
            K::ResizePicture => Queue::Pictures,
        }
    }
}

#[derive(Clone, Debug)]
pub struct NewJob {
    pub kind: JobKind,
    /// Its fields as JSON.
    pub payload: String,
    /// At most one job per key exists at a time.
    pub dedupe_key: Option<String>,
    /// When the job is due; capped at [`MAX_DELAY`] from now.
    pub run_at: Utc,
}

#[derive(Insertable)]
#[diesel(table_name = jobs, treat_none_as_default_value = false)]
struct JobRow<'a> {
    kind: JobKind,
    queue: Queue,
    payload: &'a str,
    dedupe_key: Option<&'a str>,
    state: JobState,
    run_at: Utc,
    attempts: i64,
    created_at: Utc,
}

#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = jobs, check_for_backend(AnyBackend))]
pub struct QueuedJob {
    pub id: JobId,
    /// A [`JobKind`], unless a newer version of the program has written the row.
    pub kind: String,
    pub payload: String,
    /// Attempts so far, including the current one.
    pub attempts: i64,
    pub last_error: Option<String>,
    pub run_at: Utc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverdueJobs {
    pub queue: Queue,
    pub since: Utc,
    pub count: i64,
}

impl QueuedJob {
    pub fn parse_payload<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.payload)?)
    }
}

impl NewJob {
    /// Enqueues the job, unless one with the same key exists.
    pub fn enqueue(&self, tx: &mut Tx<'_>) -> Result<()> {
        // A backdated transaction, as in the sample shop, must not make its jobs overdue.
        let now = tx.now().max(tx.clock_now());
        let row = JobRow {
            kind: self.kind,
            queue: self.kind.queue(),
            payload: &self.payload,
            dedupe_key: self.dedupe_key.as_deref(),
            state: JobState::Queued,
            run_at: self.run_at.clamp(now, now.plus(MAX_DELAY)),
            attempts: 0,
            created_at: now,
        };
        let conn = tx.conn();
        on_backend!(conn => diesel::insert_into(jobs::table).values(row).on_conflict(jobs::dedupe_key).do_nothing().execute(conn))?;
        Ok(())
    }
}

impl QueuedJob {
    /// Its kind, if this version of the program knows it.
    pub fn known_kind(&self) -> Option<JobKind> {
        JobKind::parse(&self.kind)
    }

    /// Due jobs of a queue: first those whose lease has expired, then queued ones, the earliest first.
    fn due(conn: &mut Conn, queue: Queue, now: Utc, limit: i64) -> Result<Vec<JobId>> {
        let of_queue = jobs::queue.eq(queue.as_str());
        let abandoned = of_queue.and(jobs::state.eq(JobState::Running)).and(jobs::lease_until.lt(now));
        let mut due: Vec<JobId> =
            jobs::table.filter(abandoned).order((jobs::run_at, jobs::id)).select(jobs::id).limit(limit).load(conn)?;
        let waiting = of_queue.and(jobs::state.eq(JobState::Queued)).and(jobs::run_at.le(now));
        let waiting = jobs::table.filter(waiting).order((jobs::run_at, jobs::id)).select(jobs::id).limit(limit);
        due.extend(waiting.load::<JobId>(conn)?);
        Ok(due)
    }

    /// Whether a job is due that the worker does not hold already.
    pub fn has_due(conn: &mut Conn, queue: Queue, now: Utc, held: &[JobId]) -> Result<bool> {
        Ok(QueuedJob::due(conn, queue, now, MAX_CANDIDATES)?.iter().any(|id| !held.contains(id)))
    }

    /// Claims the next due job with one conditional update, so that two workers never hold the same one. Jobs in `held`
    /// are skipped, even if the clock says that their lease has expired.
    pub fn claim(tx: &mut Tx<'_>, queue: Queue, held: &[JobId]) -> Result<Option<QueuedJob>> {
        let now = tx.now();
        let candidates = QueuedJob::due(tx.conn(), queue, now, MAX_CANDIDATES)?;
        for id in candidates.into_iter().filter(|id| !held.contains(id)) {
            let free =
                jobs::state.eq(JobState::Queued).or(jobs::state.eq(JobState::Running).and(jobs::lease_until.lt(now)));
            let claimed = diesel::update(jobs::table.filter(jobs::id.eq(id).and(free)))
                .set((
                    jobs::state.eq(JobState::Running),
                    jobs::attempts.eq(jobs::attempts + 1),
                    jobs::lease_until.eq(now.plus(queue.lease())),
                ))
                .execute(tx.conn())?;
            if claimed == 1 {
                return Ok(Some(QueuedJob::query().find(id).first(tx.conn())?));
            }
        }
        Ok(None)
    }

    pub fn finish(tx: &mut Tx<'_>, id: JobId) -> Result<()> {
        diesel::delete(jobs::table.find(id)).execute(tx.conn())?;
        Ok(())
    }

    /// Schedules the next attempt of a failed job (10 s, 20 s, … up to an hour), or marks it as dead. Returns whether
    /// it is dead. Does nothing when another worker has claimed the job since.
    pub fn fail(tx: &mut Tx<'_>, job: &QueuedJob, error: &str) -> Result<bool> {
        let wait = SignedDuration::from_secs(5_i64 << job.attempts.clamp(1, 10)).min(MAX_DELAY);
        let is_dead = job.attempts >= MAX_ATTEMPTS;
        let state = if is_dead { "dead" } else { "queued" };
        let run_at = tx.now().plus(wait);
        let held = jobs::id.eq(job.id).and(jobs::attempts.eq(job.attempts)).and(jobs::state.eq(JobState::Running));
        let failed = diesel::update(jobs::table.filter(held))
            .set((
                jobs::state.eq(state),
                jobs::run_at.eq(run_at),
                jobs::lease_until.eq(None::<Utc>),
                jobs::last_error.eq(error),
            ))
            .execute(tx.conn())?;
        Ok(is_dead && failed == 1)
    }

    /// Corrects jobs and leases that a clock that was ahead has dated further into the future than possible.
    pub fn repair_future_timestamps(tx: &mut Tx<'_>) -> Result<()> {
        let now = tx.now();
        let waiting = jobs::state.eq(JobState::Queued).and(jobs::run_at.gt(now.plus(MAX_DELAY)));
        diesel::update(jobs::table.filter(waiting)).set(jobs::run_at.eq(now)).execute(tx.conn())?;
        for queue in Queue::ALL {
            // The holder has finished or timed out by then.
            let ends = now.plus(queue.lease());
            let held =
                jobs::queue.eq(queue.as_str()).and(jobs::state.eq(JobState::Running)).and(jobs::lease_until.gt(ends));
            diesel::update(jobs::table.filter(held)).set(jobs::lease_until.eq(ends)).execute(tx.conn())?;
        }
        Ok(())
    }

    /// Whether [`QueuedJob::repair_future_timestamps`] has anything to correct.
    pub fn has_future_timestamps(conn: &mut Conn, now: Utc) -> Result<bool> {
        let waiting = jobs::state.eq(JobState::Queued).and(jobs::run_at.gt(now.plus(MAX_DELAY)));
        let longest = Queue::ALL.iter().map(|queue| queue.lease()).max().unwrap_or(SignedDuration::ZERO);
        let held = jobs::state.eq(JobState::Running).and(jobs::lease_until.gt(now.plus(longest)));
        Ok(diesel::select(diesel::dsl::exists(jobs::table.filter(waiting.or(held)))).get_result(conn)?)
    }

    /// Overdue jobs per queue, as far as staff should be alerted.
    pub fn list_overdue(conn: &mut Conn, now: Utc) -> Result<Vec<OverdueJobs>> {
        let mut overdue = Vec::new();
        for queue in Queue::ALL {
            let since = now.minus(queue.max_latency());
            let waiting = jobs::state.eq(JobState::Queued).and(jobs::run_at.lt(since));
            let abandoned = jobs::state.eq(JobState::Running).and(jobs::lease_until.lt(since));
            let (count, first): (i64, Option<Utc>) = jobs::table
                .filter(jobs::queue.eq(queue.as_str()).and(waiting.or(abandoned)))
                .select((diesel::dsl::count_star(), diesel::dsl::min(jobs::run_at)))
                .first(conn)?;
            overdue.extend(first.map(|since| OverdueJobs { queue: *queue, since, count }));
        }
        Ok(overdue)
    }

    pub fn find_oldest_overdue(conn: &mut Conn, now: Utc) -> Result<Option<OverdueJobs>> {
        Ok(QueuedJob::list_overdue(conn, now)?.into_iter().min_by_key(|overdue| overdue.since))
    }

    pub fn find_by_key(conn: &mut Conn, dedupe_key: &str) -> Result<Option<QueuedJob>> {
        Ok(QueuedJob::query().filter(jobs::dedupe_key.eq(dedupe_key)).first(conn).optional()?)
    }

    /// Jobs that have failed at least `attempts` times and await the next one, oldest first; at most 100.
    pub fn list_retrying(conn: &mut Conn, queue: Queue, attempts: i64) -> Result<Vec<QueuedJob>> {
        let failing =
            jobs::queue.eq(queue.as_str()).and(jobs::state.ne(JobState::Dead)).and(jobs::attempts.ge(attempts));
        let failing = failing.and(jobs::last_error.is_not_null());
        Ok(QueuedJob::query().filter(failing).order(jobs::id).limit(100).load(conn)?)
    }

    /// Dead jobs, the oldest first; at most 100.
    pub fn list_dead(conn: &mut Conn) -> Result<Vec<QueuedJob>> {
        Ok(QueuedJob::query().filter(jobs::state.eq(JobState::Dead)).order(jobs::id).limit(100).load(conn)?)
    }

    pub fn count_dead(conn: &mut Conn) -> Result<i64> {
        Ok(jobs::table.filter(jobs::state.eq(JobState::Dead)).count().get_result(conn)?)
    }

    /// When the oldest due job was due, except for pictures, of which hundreds may wait for hours.
    pub fn find_oldest_due_at(conn: &mut Conn, now: Utc) -> Result<Option<Utc>> {
        let due = jobs::run_at
            .le(now)
            .and(jobs::queue.ne(Queue::Pictures.as_str()))
            .and(jobs::state.eq(JobState::Queued).or(jobs::state.eq(JobState::Running).and(jobs::lease_until.lt(now))));
        Ok(jobs::table.filter(due).order(jobs::run_at).select(jobs::run_at).first(conn).optional()?)
    }

    /// Requeues a dead job with all its attempts; `Conflict` when it is not dead.
    pub fn retry(tx: &mut Tx<'_>, id: JobId) -> Result<QueuedJob> {
        let dead = jobs::table.filter(jobs::id.eq(id).and(jobs::state.eq(JobState::Dead)));
        let requeued = diesel::update(dead)
            .set((jobs::state.eq(JobState::Queued), jobs::attempts.eq(0), jobs::run_at.eq(tx.now())))
            .execute(tx.conn())?;
        if requeued != 1 {
            return Err(Error::Conflict);
        }
        Ok(QueuedJob::query().find(id).first(tx.conn())?)
    }

    /// Makes a queued job due now; does nothing while it is running.
    pub fn run_now(tx: &mut Tx<'_>, dedupe_key: &str) -> Result<()> {
        let waiting = jobs::dedupe_key.eq(dedupe_key).and(jobs::state.eq(JobState::Queued));
        diesel::update(jobs::table.filter(waiting))
            .set((jobs::attempts.eq(0), jobs::run_at.eq(tx.now())))
            .execute(tx.conn())?;
        Ok(())
    }

    pub fn cancel(tx: &mut Tx<'_>, dedupe_key: &str) -> Result<()> {
        diesel::delete(jobs::table.filter(jobs::dedupe_key.eq(dedupe_key))).execute(tx.conn())?;
        Ok(())
    }

    /// Deletes the job with this key; `Conflict` while it is running.
    pub fn cancel_unless_running(tx: &mut Tx<'_>, dedupe_key: &str) -> Result<()> {
        let of_key = jobs::table.filter(jobs::dedupe_key.eq(dedupe_key));
        let running: Option<JobId> =
            of_key.filter(jobs::state.eq(JobState::Running)).select(jobs::id).first(tx.conn()).optional()?;
        if running.is_some() {
            return Err(Error::Conflict);
        }
        diesel::delete(of_key.filter(jobs::state.ne(JobState::Running))).execute(tx.conn())?;
        Ok(())
    }

    pub fn list_unfinished(conn: &mut Conn, now: Utc) -> Result<Vec<QueuedJob>> {
        let unfinished = jobs::state.eq(JobState::Dead).or(jobs::run_at.le(now));
        Ok(QueuedJob::query().filter(unfinished).order(jobs::id).load(conn)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_outlasts_the_job_of_every_queue() {
        for queue in Queue::ALL {
            assert!(queue.lease().unsigned_abs() > queue.timeout(), "{queue:?}");
            assert!(i64::try_from(queue.concurrency()).unwrap() < MAX_CANDIDATES, "{queue:?}");
        }
    }
}
