# The timeline of an order
event-timeline = Timeline
event-note-label = Add a note
event-note-hint = Only staff see it.
event-note-add = Add note
event-note-not-added = Note not added yet
event-email = Email to { $to }: { $subject }
event-email-undelivered = Email to { $to }: { $subject }, not delivered

# What happened
event-order-placed = Order placed
event-payment-started = Redirected to the payment page
event-payment-received = Payment received
event-gift-cards-issued = { $count ->
    [one] Gift card sent by email
   *[other] Gift cards sent by email
}
event-vat-number-valid = VAT number { $number } is valid
event-vat-number-valid-name = VAT number { $number } is valid: { $name }
event-vat-number-invalid = VAT number { $number } is not valid
event-vat-number-invalid-name = VAT number { $number } is not valid: { $name }
event-transfer-reminder-sent = Payment reminder sent
event-transfer-expired = No bank transfer arrived in time; the order expired
event-order-cancelled = Order cancelled
event-order-expired = Payment not received in time
event-checkout-cancelled = Cancelled before it was paid
event-order-reinstated = The payment arrived late; the items were still in stock
event-fulfilment-shipped = Shipped
event-fulfilment-shipped-carrier = Shipped with { $carrier }
event-fulfilment-shipped-number = Shipped, number { $number }
event-fulfilment-shipped-carrier-number = Shipped with { $carrier }, number { $number }
event-fulfilment-resent = Shipped again
event-fulfilment-resent-carrier = Shipped again with { $carrier }
event-fulfilment-resent-number = Shipped again, number { $number }
event-fulfilment-resent-carrier-number = Shipped again with { $carrier }, number { $number }
event-fulfilment-delivered = Shipment delivered
event-fulfilment-picked-up = Picked up
event-fulfilment-failed = Shipment not delivered
event-fulfilment-not-picked-up = Not picked up
event-fulfilment-cancelled = Shipment closed: it will not be shipped again
event-refund-created = { MONEY($amount) } refunded
event-refund-created-reason = { MONEY($amount) } refunded: { $reason }
event-refund-created-automatically = { $reason }: { MONEY($amount) } refunded automatically
event-refund-retried = Refund retried
event-return-requested = Return requested: { $items }
event-return-approved = Return approved: { $items }
event-return-declined = Return declined: { $answer }
event-return-received = Return received: { $items }
event-return-items-damaged = Damaged, not back in stock: { $items }
event-return-cancelled = Return cancelled: { $items }
event-webhook-processed = Webhook received: { $topic }
event-email-readdressed = Sent “{ $subject }” to { $to } instead of { $from }
event-order-email-changed = Changed the email address from { $from } to { $to }
event-invoice-buyer-erased = Removed the buyer, who was erased, from { $number } after its retention
event-text-erased = (erased)
event-order-flag-resolved = Resolved: { $reason }

# Why an order needs attention
event-review-disputed = The customer has disputed the payment. Please respond to the dispute.
event-review-paid-in-other-currency = The payment came in another currency than the order’s. Please refund it.
event-review-underpaid = The payment was less than the amount due. It will be refunded if the rest does not arrive in time.
event-review-charged-amount-differs = The payment provider charged a different amount than requested.
event-review-refund-failed = Refund failed: { $message }
event-review-refunded-at-provider = { MONEY($amount) } was refunded at { $provider }.
event-review-refunded-at-provider-items = { MONEY($amount) } was refunded at { $provider }. Please decide what happens to the items.
event-review-overdue-after-shipping = Part of the order was shipped, and the rest of the payment is overdue.
event-review-overdue-after-part-payment = Part of the payment has arrived, and the rest of the payment is overdue.
event-review-invalid-vat-number = VAT number { $number } is not valid. The tax on this order is still due.
event-review-invalid-vat-number-name = VAT number { $number } is not valid: { $name }. The tax on this order is still due.

# Why a refund was made
event-refund-items-returned = For the items you returned
event-refund-order-cancelled = The order was cancelled
event-refund-not-paid-in-time = The order was not paid in time
event-refund-paid-too-late = The payment arrived after the order expired
event-refund-overpaid = The payment was more than the amount due

# Who did it
event-actor-customer = Customer
event-actor-checkout = Checkout
event-actor-command-line = Command line
