admin-attention-title = Needs attention
admin-attention-nothing = Nothing needs attention
admin-attention-nothing-hint = Payments match their orders, emails were delivered, and no background job failed.
admin-attention-declines = Many cards are being declined
admin-attention-declines-hint-html = { NUMBER($count) } since { $since }. Someone may be testing stolen cards. Until this stops, customers are asked to wait a moment before they pay online. You do not have to do anything.
admin-attention-overdue = Background jobs are late: { $queue }
admin-attention-overdue-hint-html =
    { $count ->
        [one] { $count } job waiting, the oldest since { $since }. They continue automatically once the service they depend on responds again.
       *[other] { $count } jobs waiting, the oldest since { $since }. They continue automatically once the service they depend on responds again.
    }
admin-attention-orders = Orders to review
admin-attention-returns = Returns to approve or decline
admin-attention-shipments = Shipments not delivered
admin-attention-vat-numbers = VAT numbers to check
admin-attention-jobs = Failed background jobs
admin-attention-undelivered-emails = Emails not delivered
admin-attention-delayed-emails = Emails waiting for the mail server
admin-attention-column-order = Order
admin-attention-column-reason = Reason
admin-attention-column-since = Since
admin-attention-column-action = Action
admin-attention-column-carrier = Carrier
admin-attention-column-shipped = Shipped
admin-attention-column-number = Number
admin-attention-column-job = Job
admin-attention-column-last-error = Last error
admin-attention-column-email = Email
admin-attention-column-created = Created
admin-attention-column-next-attempt = Next attempt
admin-attention-resolve-html = Resolve<span class="sr">: { $name }</span>
admin-attention-number-not-checked = { $number }: number not checked
admin-attention-try-again = Try again
admin-attention-resend-html = Resend<span class="sr">: { $subject }</span>

# Queues
admin-attention-queue-rendering = Writing emails and invoices
admin-attention-queue-mail = Sending emails
admin-attention-queue-payments = Talking to the payment provider
admin-attention-queue-vat-numbers = Looking up VAT numbers
admin-attention-queue-pictures = Resizing pictures

# Jobs
admin-attention-job-submit-refund = Refunding a payment
admin-attention-job-sync-payment = Checking a payment
admin-attention-job-webhook = Processing a webhook
admin-attention-job-vat-number = Looking up a VAT number
admin-attention-job-picture = Resizing a picture
admin-attention-job-issue-invoice = Issuing an invoice
admin-attention-job-invoice-pdf = Creating an invoice PDF
admin-attention-job-send-email = Sending an email
admin-attention-job-write-erasures = Recording an erasure
admin-attention-job-write-email = Writing an email
admin-attention-job-unknown = Background job
