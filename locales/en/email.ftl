### Emails. Messages that end in -html serve both parts of an email: the plain text part leaves the markup out.

## Shared by several emails

# Takes the place of the name of a buyer who has none: “Hello there”.
email-nameless = there
email-labelled = { $label }:
email-row = { $label }: { $value }
email-thank-you = Thank you, { $name }
email-see-order = See your order
email-open-order = Open the order
email-reply = Something wrong? Just reply to this email.
email-shipping-to = Shipping to { $address }.
email-pay-on-pickup = Pay when you pick it up: { $amount }.

## The table of an order

email-order = Order { $number }
email-discount-code = Discount { $code }
email-shipping-row = Shipping, { $method }

## Bank details

email-transfer-to = Please transfer { $amount } to
email-transfer-to-by = Please transfer { $amount } by { $date } to
email-transfer-reference = Reference

## Order confirmation

email-placed-subject = Your order { $number }
email-placed-preview = Thank you. Here is what you ordered.
email-placed-received-html = We have received your order <strong>{ $number }</strong>.
email-placed-transfer = As soon as your transfer arrives, we will pack it.
email-placed-transfer-code = As soon as your transfer arrives, we will email you the code.
email-placed-bank-follows = We will email you our bank details.
email-placed-pickup = We will email you when it is ready for pickup.
email-placed-ships = We will email you when it ships.
email-placed-code = The code comes in a separate email.

## Payment received

email-paid-subject = Payment received for order { $number }
email-paid-preview = Thank you for your order.
email-paid-title = Your payment has arrived
email-paid-pack-html = Thank you, { $name }. We have received { $amount } for your order <strong>{ $number }</strong> and will pack it next.
email-paid-code-html = Thank you, { $name }. We have received { $amount } for your order <strong>{ $number }</strong> and will email you the code.

## Refund

email-refunded-subject = Your refund for order { $number } is on its way
email-refunded-preview = It goes to your original payment method.
email-refunded-title = Your refund is on its way
email-refunded-html = Hello { $name }, we have refunded <strong>{ $amount }</strong>.
email-refunded-order-html = Hello { $name }, we have refunded <strong>{ $amount }</strong> of your order <strong>{ $number }</strong>.
email-refunded-gift-card = { $amount } went back to your gift card.
email-refunded-transfer = We will transfer it to you.
email-refunded-transfer-amount = We will transfer { $amount } to you.
email-refunded-card = It will be credited to the card you paid with within a few days.
email-refunded-card-amount = { $amount } will be credited to the card you paid with within a few days.

## Shipped, or ready for pickup

email-shipped-subject = Your order { $number } is on its way
email-shipped-subject-pickup = Your order { $number } is ready for pickup
email-shipped-preview = Here is what is in it.
email-shipped-title = Your order is on its way
email-shipped-title-pickup = Your order is ready for pickup
email-shipped-html = Hello { $name }, a shipment from your order <strong>{ $number }</strong> is on its way.
email-shipped-pickup-html = Hello { $name }, your order <strong>{ $number }</strong> is ready for pickup: { $method }.
email-shipped-with = Shipped with { $carrier }.
email-shipped-items = Items in this shipment
email-shipped-track = Track your shipment

## Reminder of a bank transfer

email-reminder-subject = Payment reminder for your order { $number }
email-reminder-preview = Your transfer has not arrived yet.
email-reminder-title = Your transfer has not arrived yet
email-reminder-html = Hello { $name }, your order <strong>{ $number }</strong> is awaiting your bank transfer.
email-reminder-hold = We hold your items until { $date }; after that, the order expires and the items go back on sale.
email-reminder-crossed = If you have sent the money already, there is nothing to do.
email-reminder-reply = Changed your mind, or something wrong? Just reply to this email.

## Expired order

email-expired-subject = Your order { $number } has expired
email-expired-preview = Your transfer did not arrive.
email-expired-title = Your order has expired
email-expired-html = Hello { $name }, the transfer for your order <strong>{ $number }</strong> did not arrive in time, so the order has expired.
email-expired-nothing = Nothing will be shipped, and you do not have to pay anything.
email-expired-late-money = If you have already sent the money: once it arrives, we will ship your items if they are still in stock, or refund you otherwise.

## Cancelled order

email-cancelled-subject = Your order { $number } was cancelled
email-cancelled-preview = Nothing will be shipped.
email-cancelled-title = Your order was cancelled
email-cancelled-html = Hello { $name }, your order <strong>{ $number }</strong> was cancelled and nothing will be shipped.
email-cancelled-refund = We will refund your original payment method.
email-cancelled-unpaid = You do not have to pay anything.

## New order, to the shop

email-new-order-subject = New order { $number } for { $amount }
email-new-order-preview = You have a new order.
email-new-order-title = New order { $number }
email-new-order-buyer = { $name } ({ $email }) ordered for { $amount }.
email-new-order-paid = { $method }: paid.
email-new-order-paid-to-pack = { $method }: paid, ready to pack.
email-new-order-pays-on-pickup = { $method }: pays on pickup.
email-new-order-unpaid = { $method }: not paid yet.
email-new-order-gift-cards = Gift cards only: they are emailed automatically once paid.
email-new-order-pickup = Pickup: { $method }.

## Return requested, to the shop

email-return-requested-subject = Return requested for order { $number }
email-return-requested-preview = Please approve or decline it.
email-return-requested-title = Return requested
email-return-requested-html = { $name } ({ $email }) would like to return items of order <strong>{ $number }</strong>.
email-return-requested-reason = Reason
email-return-requested-decide = Approve or decline it there; the customer gets an email.
email-return-requested-decide-link = Approve or decline it there; the customer gets an email:

## Return approved

email-return-items = Items to return
email-return-approved-subject = Your return for order { $number } is approved
email-return-approved-preview = Here is where to send it.
email-return-approved-title = Your return is approved
email-return-approved-html = Hello { $name }, you can return these items of your order <strong>{ $number }</strong>. We will refund you once they arrive.
email-return-approved-contact = Please contact us, and we will tell you where to send it.
email-return-approved-send-to = Send it to
email-return-approved-note = Please enclose a note with your order number { $number }.

## Return declined

email-return-declined-subject = Your return request for order { $number }
email-return-declined-preview = Here is why.
email-return-declined-title = Your return was declined
email-return-declined-html = Hello { $name }, you asked to return items of your order <strong>{ $number }</strong>. We are sorry: we cannot accept this return.
email-return-declined-items = Items you asked to return

## Gift card codes

email-gift-cards-subject = { $count ->
    [one] Your gift card from { $shop }
   *[other] Your gift cards from { $shop }
}
email-gift-cards-subject-issued = A gift card from { $shop } for you
email-gift-cards-preview = The code is inside.
email-gift-cards-use = Enter the code in your cart, in the discount code field. Any remaining balance stays on the card. Anyone who has the code can use it, so keep it safe.
email-gift-cards-codes = { $count ->
    [one] The code
   *[other] The codes
}
email-gift-cards-until = Until { $date }
email-gift-cards-row-until = { $code }: { $amount }, until { $date }
email-gift-cards-bought = Bought with order { $number }.
email-gift-cards-bought-link = Bought with order { $number }:
email-gift-cards-shop = Go to the shop
