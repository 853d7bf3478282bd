# Payment methods, the test provider's card page, and the waiting page before a payment.

payment-bank-transfer = Bank transfer
payment-cash = Cash on pickup
payment-card = Card
payment-test-card = Test card
payment-none = Nothing to pay

# Notes at the checkout.

payment-card-note = On the secure page of our payment provider.
payment-test-card-note = For testing: no card is charged.
payment-bank-transfer-note = We email you our bank details after you order.
payment-cash-note = You pay when you pick up your order.

# How an order is paid that gift cards pay, or pay a part of.

payment-gift-card = Gift card
payment-gift-card-and-bank-transfer = Gift card, bank transfer
payment-gift-card-and-cash = Gift card, cash on pickup
payment-gift-card-and-card = Gift card, card
payment-gift-card-and-test-card = Gift card, test card

# Buttons of several pages.

payment-pay-now = Pay now

# The test provider's page.

payment-title = Pay
payment-title-error = Error: Pay
payment-not-charged = Nothing was charged
# $payer is the buyer's email address.
payment-for-html = For <strong>{ $payer }</strong>
payment-card-number = Card number
payment-card-number-hint = 16 digits, spaces are fine
payment-pay = Pay
payment-test-cards = Test cards
# The next two follow a card number.
payment-test-card-approved = is approved
payment-test-card-declined = is declined
payment-cancel = Cancel and return to the order

# The waiting page.

payment-wait-title = One moment
payment-wait-notice = Please wait
payment-wait = { $seconds ->
    [one] We are receiving many payments right now, or several from your network. Please wait { $seconds } second, then press “Pay now” again. Your order is held for you.
   *[other] We are receiving many payments right now, or several from your network. Please wait { $seconds } seconds, then press “Pay now” again. Your order is held for you.
}
