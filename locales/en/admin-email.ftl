# The outbox.
admin-email-title = Outbox
admin-email-kept-title = Emails are kept here, not sent
admin-email-kept = Set SMTP_URL and restart to send them.
admin-email-empty-title = No emails yet
admin-email-empty = Emails to customers and to you appear here.
admin-email-caption = Emails, newest first
admin-email-column-subject = Subject
admin-email-column-to = To
admin-email-column-status = Status
admin-email-column-when = When

admin-email-state-sent = Sent
admin-email-state-failed = Failed
admin-email-state-refused = Rejected
admin-email-state-queued = Queued
admin-email-state-unsent = Not sent
admin-email-erased = (erased with its customer)

admin-email-problem-unsent = Not sent
admin-email-problem-queued = Not sent yet
admin-email-problem-refused = It was rejected and will not be retried
admin-email-problem-failed = It could not be sent
admin-email-next-attempt-html = Next attempt { $when }.

admin-email-section = Email
admin-email-preview = The email as the recipient sees it
admin-email-to = To
admin-email-reply-to = Reply-to
admin-email-created = Created
admin-email-sent = Sent
admin-email-about = About
admin-email-order = Order { $number }
admin-email-send = Send
admin-email-send-now = Send now
admin-email-resend = Resend
admin-email-do-not-send = Do not send
admin-email-plain-text = Plain text

admin-email-change-address = Change address
admin-email-not-changed = Not changed yet
admin-email-address = Email address
admin-email-address-hint = The email is sent to this address.
admin-email-correct-order = Also change it on the order
admin-email-correct-order-hint = Further emails about the order go to this address.
admin-email-send-to-address = Send to this address
