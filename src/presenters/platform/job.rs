//! Background jobs, as staff read of them.

use crate::models::platform::job::{JobKind, Queue, QueuedJob};
use crate::support::i18n::Locale;

pub fn queue_label(t: Locale, queue: Queue) -> &'static str {
    match queue {
        Queue::Rendering => t.admin_attention_queue_rendering(),
        Queue::Mail => t.admin_attention_queue_mail(),
        Queue::Payments => t.admin_attention_queue_payments(),
        Queue::VatNumbers => t.admin_attention_queue_vat_numbers(),
        Queue::Pictures => t.admin_attention_queue_pictures(),
    }
}

/// A job that a newer version of the program has enqueued has a general label.
pub fn job_label(t: Locale, job: &QueuedJob) -> &'static str {
    job.known_kind().map_or_else(|| t.admin_attention_job_unknown(), |kind| job_kind_label(t, kind))
}

pub fn job_kind_label(t: Locale, kind: JobKind) -> &'static str {
    use JobKind as K;
    match kind {
        K::SubmitRefund => t.admin_attention_job_submit_refund(),
        K::SyncPayment => t.admin_attention_job_sync_payment(),
        K::ProcessWebhook => t.admin_attention_job_webhook(),
        K::CheckVatNumber => t.admin_attention_job_vat_number(),
        K::ResizePicture => t.admin_attention_job_picture(),
        K::IssueInvoice => t.admin_attention_job_issue_invoice(),
        K::RenderInvoicePdf => t.admin_attention_job_invoice_pdf(),
        K::SendEmail => t.admin_attention_job_send_email(),
        K::WriteErasures => t.admin_attention_job_write_erasures(),
        K::OrderPlacedEmail
        | K::NewOrderEmail
        | K::PaymentReceivedEmail
        | K::OrderShippedEmail
        | K::OrderCancelledEmail
        | K::OrderRefundedEmail
        | K::GiftCardsEmail
        | K::GiftCardEmail
        | K::AccountNoticeEmail
        | K::ReturnRequestedEmail
        | K::ReturnApprovedEmail
        | K::ReturnRefusedEmail
        | K::TransferReminderEmail
        | K::TransferExpiredEmail
        | K::InvitationEmail
        | K::StaffNoticeEmail
        | K::RegistrationEmail
        | K::PasswordResetEmail
        | K::LoginCodeEmail
        | K::OrderLinkEmail
        | K::EmailChangeEmail
        | K::EmailChangedEmail => t.admin_attention_job_write_email(),
    }
}
