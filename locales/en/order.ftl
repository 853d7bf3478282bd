# The buyer's order page, and what other pages and emails share with it.

order-title = Order { $number }
order-title-unnumbered = Your order
order-number-html = Order <strong data-order-number="{ $number }">{ $number }</strong>

# The heading of the page.

order-heading-processing = Your payment is being processed
order-heading-unpaid = One more step: pay for your order
order-heading-expired = This order has expired
order-heading-cancelled = This order was cancelled
order-heading-returned = Your order was returned
order-heading-partially-returned = Part of your order was returned
order-heading-lost = Your order could not be delivered
order-heading-delivered = Your order was delivered
order-heading-fulfilled = Your order is on its way
order-heading-partially-fulfilled = Part of your order is on its way
order-heading-thanks = Thank you, { $name }

# What happens next, one paragraph each.

order-next-processing = This can take a few days. We will email you as soon as the payment arrives.
order-next-transfer-expired = Your transfer did not arrive in time. Nothing will be shipped, and you do not have to pay.
order-next-transfer-late = If you have already sent the money, we will contact you as soon as it arrives.
order-next-transfer = Transfer the amount to the account below, with your order number as the reference.
order-next-bank-details = We will email you our bank details.
order-next-pack-when-paid = We will pack your order as soon as the payment arrives.
order-next-gift-card-when-paid = We will send your gift card by email as soon as the payment arrives.
order-next-pack = We will pack your order.
order-next-pickup = We will email you when it is ready for pickup.
order-next-ship = We will email you when it ships.
order-next-pay-on-pickup = You pay when you pick it up.

# Badges: the state of the order, of its payment and of its fulfilment.

order-state-processing = Payment processing
order-state-unpaid = Unpaid
order-state-expired = Expired
order-state-cancelled = Cancelled
order-state-refunded = Refunded
order-state-partially-refunded = Partially refunded
order-state-paid = Paid
order-state-pay-on-pickup = Pay on pickup
order-state-awaiting-payment = Awaiting payment
order-state-picked-up = Picked up
order-state-shipped = Shipped
order-state-partially-shipped = Partially shipped
order-state-partially-returned = Partially returned
order-state-returned = Returned
order-state-being-prepared = Being prepared

# Bank transfer.

order-transfer-html = Please transfer { $amount }
order-bank-details = Bank details
order-reference = Reference
order-due-by = Due by

# Gift cards bought with the order.

order-gift-cards = { $count ->
    [one] Your gift card
   *[other] Your gift cards
}
order-gift-cards-hint = Enter the code in your cart, in the discount code field. Anyone who has the code can use it.
order-gift-cards-caption = Codes and balances
order-gift-card-invalid = No longer valid

# The sections.

order-lines = Your order
order-tracking = Tracking
order-track-shipment = Track the shipment
order-fulfilment-delivered = Delivered
order-fulfilment-picked-up = Picked up
order-fulfilment-failed = Delivery failed
order-fulfilment-not-picked-up = Not picked up
order-documents = Documents
order-document-pdf = { $document } (PDF)
order-invoice = Invoice { $number }
order-credit-note = Credit note { $number }
order-timeline = Timeline
order-shipping-address = Shipping address
order-billing-address = Billing address
order-details = Details
order-shipping-method = Shipping: { $method }
order-payment-method = Payment: { $method }
order-help = Need help?
order-help-reply = Reply to the email we sent you.
order-help-reply-or-write-html = Reply to the email we sent you, or write to <a href="mailto:{ $email }">{ $email }</a>.
order-help-write-html = Write to <a href="mailto:{ $email }">{ $email }</a>.
order-help-bookmark = Bookmark this page: its address opens your order without logging in.

# Links from other pages.

order-back = Back to the order

# Labels that other pages and emails share.

# $last4 are the last characters of the code.
order-gift-card = Gift card ending { $last4 }
order-amount-due = Amount due
# What the customer wrote at the checkout.
order-note = Note from the customer
# The last line of an address.
order-vat-number = VAT number { $number }
