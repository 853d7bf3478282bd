# The list
admin-order-orders = Orders
admin-order-tab-to-pay = Awaiting payment
admin-order-tab-to-pack = To pack
admin-order-tab-done = Completed
admin-order-tab-cancelled = Cancelled
admin-order-list-caption = Orders, newest first
admin-order-column-order = Order
admin-order-column-placed = Placed
admin-order-column-customer = Customer
admin-order-column-items = Items
admin-order-column-payment = Payment
admin-order-column-fulfilment = Fulfilment
admin-order-none-found = No orders here
admin-order-all-orders = All orders
admin-order-none-yet = No orders yet
admin-order-none-yet-hint = The first one will appear here and in your inbox. Place a test order to see how it works.
admin-order-open-shop = Open the shop

# The head of the page
admin-order-unfinished-name = An unfinished order
admin-order-heading-html = Order <span data-order-number="{ $number }">{ $number }</span>
admin-order-status-page = Order status page
admin-order-placed-html = Placed { $when } in the online shop
admin-order-started-html = Started { $when } in the online shop
admin-order-needs-attention = This order needs attention

# Payment state
admin-order-payment-none = No payment due
admin-order-payment-not-paid = Not paid
admin-order-payment-on-pickup = Pays on pickup
admin-order-payment-unpaid = Unpaid
admin-order-payment-partially-paid = Partially paid
admin-order-payment-paid = Paid
admin-order-payment-processing = Processing
admin-order-payment-authorised = Authorised
admin-order-payment-overpaid = Overpaid
admin-order-payment-partially-refunded = Partially refunded
admin-order-payment-refunded = Refunded
admin-order-payment-disputed = Disputed

# Fulfilment state
admin-order-fulfilment-cancelled = Cancelled
admin-order-fulfilment-expired = Expired
admin-order-fulfilment-none = Nothing to fulfil
admin-order-fulfilment-unfulfilled = Unfulfilled
admin-order-fulfilment-partially-fulfilled = Partially fulfilled
admin-order-fulfilment-fulfilled = Fulfilled
admin-order-fulfilment-partially-returned = Partially returned
admin-order-fulfilment-returned = Returned

# The next step
admin-order-lapsed-heading = Has the payment arrived after all?
admin-order-lapsed-hint = No bank transfer arrived in time, and the order expired. If the money is in your account now, mark the order as paid: it is reinstated if its items are still in stock; otherwise the payment is marked to be refunded.
admin-order-next-payment = Next: payment
admin-order-next-payment-hint = { $method }, reference { $number }. Mark it as paid once the money is in your account.
admin-order-next-payment-due-html = { $method }, reference { $number }, { $due } outstanding. Mark it as paid once the money is in your account.
admin-order-mark-paid = Mark as paid
admin-order-not-fulfilled = Not fulfilled yet
admin-order-fulfilment-heading = Fulfilment
admin-order-next-pickup = Next: prepare for pickup
admin-order-next-shipping = Next: pack and ship
admin-order-pickup-hint = The customer gets an email that it is ready for pickup.
admin-order-shipping-hint = The customer gets an email with the tracking link.
admin-order-carrier = Carrier
admin-order-tracking-number = Tracking number
admin-order-tracking-link = Tracking link
admin-order-quantity-to-fulfil = Quantity to fulfil: { $item }
admin-order-unfulfilled-count = { NUMBER($count) } unfulfilled
admin-order-fulfil = Fulfil
admin-order-packing-slip = Packing slip

# Shipments
admin-order-not-resent = Not shipped again yet
admin-order-shipments =
    { $count ->
        [one] Shipment
       *[other] Shipments
    }
admin-order-shipment-shipped-html = shipped { $when }: { $contents }.
admin-order-shipment-ready-html = ready { $when }: { $contents }.
admin-order-track-shipment = Track shipment
admin-order-mark-delivered = Delivered
admin-order-mark-picked-up = Picked up
admin-order-mark-not-delivered = Not delivered
admin-order-mark-not-picked-up = Not picked up
admin-order-shipment-restocked = Its items are back in stock, so it cannot be shipped again.
admin-order-close-shipment = Close
admin-order-resend = Ship again
admin-order-resend-hint = Close it if it will not be shipped again, for example after a refund.
admin-order-shipment-on-its-way = On its way
admin-order-shipment-delivered = Delivered
admin-order-shipment-not-delivered = Not delivered
admin-order-shipment-not-delivered-closed = Not delivered, closed
admin-order-shipment-ready = Ready for pickup
admin-order-shipment-picked-up = Picked up
admin-order-shipment-not-picked-up = Not picked up
admin-order-shipment-not-picked-up-closed = Not picked up, closed

# Items
admin-order-items = Items
admin-order-items-caption = Items of this order
admin-order-column-picture = Picture
admin-order-column-product = Product
admin-order-column-price = Price
admin-order-column-quantity = Quantity
admin-order-partly-fulfilled = { NUMBER($fulfilled) } fulfilled, { NUMBER($left) } unfulfilled
admin-order-refunded-count = { NUMBER($count) } refunded

# Payment
admin-order-payment = Payment
admin-order-paid = Paid
admin-order-refunded = Refunded
admin-order-outstanding = Outstanding
admin-order-refund-pending-html = { $amount } refund pending
admin-order-refund-pending-hint = The payment provider is processing it.
admin-order-refund-declined-html = { $amount } could not be refunded
admin-order-refund-declined-hint = The payment provider says: { $error }
admin-order-retry-refund = Try again
admin-order-transaction-marked-paid = Marked as paid:
admin-order-transaction-test-card = Paid by test card:
admin-order-transaction-card = Paid by card:
admin-order-transaction-refund-manual = To be refunded manually:
admin-order-transaction-refund = Refunded to the card:
admin-order-transaction-refund-failed = Refund failed:
admin-order-transaction-authorised = Authorised:
admin-order-transaction-voided = Authorisation voided:
admin-order-transaction-disputed = Disputed:
admin-order-transaction-dispute-won = Dispute won:
admin-order-gift-card-hold = Reserved on gift card ending { $last4 }:
admin-order-gift-card-release = Released on gift card ending { $last4 }:
admin-order-gift-card-refund = Refunded to gift card ending { $last4 }:
admin-order-gift-card-use = Paid by gift card ending { $last4 }:

# Refund
admin-order-not-refunded = Nothing refunded yet
admin-order-refund = Refund
admin-order-refund-hint = Refunded to the original payment method; the customer gets an email. Unfulfilled items are removed from the order and are available again.
admin-order-quantity-to-refund = Quantity to refund: { $item }
admin-order-refundable-html = { NUMBER($count) } at { $price }
admin-order-reason = Reason
admin-order-customer-reads-it = The customer reads it.
admin-order-refund-shipping = Refund shipping
admin-order-restock = Put back in stock
admin-order-restock-hint = The shipped items have come back and can be sold again.

# Returns
admin-order-returns = Returns
admin-order-return-requested = Requested
admin-order-return-approved = Approved
admin-order-return-received = Received
admin-order-return-refunded = Refunded
admin-order-return-declined = Declined
admin-order-return-cancelled = Cancelled
admin-order-return-answer = Declined: { $answer }
admin-order-return-approve = Approve
admin-order-return-cancel = Cancel this return
admin-order-return-decline-reason = Reason for declining
admin-order-return-decline = Decline
admin-order-return-sellable = Can be sold again
admin-order-return-sellable-hint = Goes back in stock.
admin-order-return-damaged = Damaged
admin-order-return-damaged-hint = Does not go back in stock.
admin-order-return-receive = Mark as received
admin-order-return-refund = Issue refund
admin-order-return-item-in-stock = back in stock
admin-order-return-item-damaged = damaged
admin-order-return-already-refunded = It has already been refunded.
admin-order-return-not-paid = The order is not paid: there is nothing to refund.
admin-order-return-fully-refunded = The order has already been fully refunded.
admin-order-return-create = Create a return
admin-order-return-create-hint = It is approved immediately; the customer gets an email with the return address.
admin-order-quantity-to-return = Quantity to return: { $item }
admin-order-returnable-count = The customer has { NUMBER($count) }
admin-order-return-submit = Create return

# The side
admin-order-customer = Customer
admin-order-buyer-erased = Erased customer
admin-order-contact = Contact
admin-order-delivery = Delivery
admin-order-shipping-address = Shipping address
admin-order-billing-address = Billing address
admin-order-vat-number = VAT number
admin-order-vat-hint-html = No tax was charged because of it. It must be valid and belong to this company: <a class="link" href="{ $href }" rel="noreferrer">look it up in VIES</a>.
admin-order-vat-is-valid = It is valid
admin-order-vat-is-not-valid = It is not valid
admin-order-vat-not-checked = Not checked
admin-order-vat-valid = Valid
admin-order-vat-not-valid = Not valid
admin-order-documents = Documents
admin-order-cancel-heading = Cancel
admin-order-cancel-hint = Puts everything back in stock and emails the customer.
admin-order-cancel-refunds-hint = Puts everything back in stock, refunds the payment and emails the customer.
admin-order-cancel-question = Cancel order { $number }?
admin-order-cancel = Cancel order
