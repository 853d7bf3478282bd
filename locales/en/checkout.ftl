# The checkout page.

checkout-title = Checkout
checkout-title-error = Error: Checkout
checkout-title-wait = One moment: Checkout
checkout-description = Where your order goes, how it is sent and how you pay, on one page.
checkout-check-form = Please check the form

# Contact.

checkout-contact = Contact
checkout-email = Email
checkout-email-hint = For your receipt and the tracking link.
checkout-phone = Phone
checkout-phone-hint = Only used if the carrier has a question about your delivery.

# Shipping address.

checkout-address = Shipping address
checkout-country = Country
checkout-name = Full name
checkout-for-company = Order for a company
checkout-company = Company
checkout-vat-number = VAT number
checkout-vat-number-hint = For businesses, together with the company.
checkout-pickup = You are picking up this order, so we need no address.
checkout-line1 = Address
checkout-line1-hint = Street and number
checkout-add-line2 = Add apartment, suite, etc.
checkout-line2 = Apartment, suite, etc.
checkout-postcode = Postcode
checkout-city = City
checkout-region = State or region
checkout-region-hint = Leave this as it is if your address has none.
checkout-choose-region = Choose one

# Shipping and payment methods.

checkout-shipping-method = Shipping method
checkout-pickup-method = Pick it up in person
checkout-too-heavy = Remove something from your cart, or contact us.
checkout-no-shipping = We cannot ship this order to the address above. Choose another country, or contact us.
checkout-kilograms = { $weight } kg
checkout-payment = Payment
checkout-nothing-to-pay = Nothing to pay.
checkout-no-payments = This shop cannot take payments yet.
checkout-no-payment-method = None of our payment methods is available for this order.
# A badge: no money is charged.
checkout-test = Test

# The end of the form.

checkout-note-section = Note
checkout-note = Note to the shop
checkout-update-totals = Update totals
# The order button if gift cards pay for everything. German law prescribes the wording.
checkout-order = Order
# The order button if the order costs nothing.
checkout-order-free = Order
# The order button otherwise. German law prescribes the wording.
checkout-order-and-pay-html = Order and pay { $amount }
checkout-no-orders = This shop cannot take orders yet.
checkout-no-payment-method-hint = None of our payment methods is available for this order. Please choose another shipping method, or contact us.
# $pages are links to pages of the shop, joined by the two list messages.
checkout-agreement-html = By ordering you agree to our { $pages }.
checkout-page-html = <a href="{ $href }">{ $title }</a>
checkout-list-html = { $first }, { $next }
checkout-list-end-html = { $first } and { $last }

# Order summary.

checkout-summary = Order summary
# A number on a picture; screen readers also hear what it counts.
checkout-quantity-html = <span class="sr">Quantity </span>{ NUMBER($quantity) }

# Notices: headings and texts.

checkout-review-order = Please review your order
checkout-quote-changed = The total, shipping or taxes have changed. Please review your order, then place it again.
checkout-cart-changed = Your cart has changed. Please review it, then place your order again.
checkout-no-payments-title = This shop cannot take payments yet
checkout-no-payments-staff-html = Customers cannot order until you set up a payment method. <a href="{ $href }">Add your bank account</a>
checkout-no-payments-buyer = Orders cannot be placed right now. Please come back later.
checkout-review-cart = Please review your cart
checkout-line-unavailable = { $name } is no longer available.
checkout-line-sold-out = { $name } is sold out.
checkout-line-low-stock = { $name } has only { NUMBER($left) } left in stock.
# A button; screen readers also hear what it removes.
checkout-remove-html = Remove<span class="sr"> { $name }</span>
checkout-back-to-cart = Back to the cart
checkout-wait-title = One moment
checkout-wait = { $seconds ->
    [one] We are receiving many orders right now, or several from your network. Please wait { $seconds } second, then place your order again. Everything you entered is still here.
   *[other] We are receiving many orders right now, or several from your network. Please wait { $seconds } seconds, then place your order again. Everything you entered is still here.
}
checkout-code = Discount code
checkout-code-unused = Your discount code { $code } was not applied. { $reason }
checkout-gift-card = Gift card
# $card is order-gift-card.
checkout-card-unused = { $card } was not applied. { $reason }

# Names of the shipping method and the tax of a new shop; the owner can change them.
checkout-default-shipping-name = Standard parcel
checkout-default-tax-name = VAT
checkout-by-email = By email
