# What a page says after something was done. Each id is a variant of `Message`.

## Several messages after one another

sequence = { MESSAGE($first) } { MESSAGE($next) }
done-in-part = { MESSAGE($done) } But: { MESSAGE($problem) }

## Accounts and setup

registration-sent = We have sent you an email. Open its link to finish your registration.
account-ready = Your account is ready. Please log in.
reset-link-sent = If the address has an account, we have sent it a link. It works for 15 minutes.
login-code-sent = If the address has an account, we have sent it a code.
order-link-sent = If the order number and email address match, we have sent you the link.
password-updated = Your password was changed. All other devices are logged out.
email-change-sent = We have sent a link to the new address. Open it to confirm the change.
account-email-changed = Your email address was changed.
account-email-reverted = The change was undone. Please choose a new password now.
address-saved = Address saved.
address-deleted = Address deleted.
session-ended = Logged out.
profile-saved = Profile saved.
consents-saved = Your choices are saved.
cart-items-reduced = Your carts were merged. Some quantities were reduced: { $items }.
password-changed = Your password was changed. Please log in.
two-factor-on = Two-factor authentication is on.
two-factor-off = Two-factor authentication is off.
app-setup-expired = The setup has expired. Please start again.
passkey-added = Passkey added.
passkey-saved = Passkey saved.
passkey-removed = Passkey removed.
identity-linked = { $provider } is linked to your account.
identity-unlinked = The link was removed.
identity-provider-saved = Identity provider saved.
identity-provider-deleted = Identity provider deleted.
log-in-again = Please log in again.
site-opened = Your site is live. This is what visitors see.

## Cart and payment

items-back-in-cart = Your items are back in your cart.
order-no-longer-pending = That order is no longer awaiting payment. The link to it is in your email.
order-no-longer-payable = This order can no longer be paid. Please order again.
too-many-payment-attempts = Too many payment attempts. Please contact us, and we will help you pay for your order.
payment-page-unavailable = The payment page could not be opened. Please check the status of your order.
payment-page-failed = Your order is safe, but the payment page could not be opened. Please try again in a minute.
payment-page-open = The payment page could not be closed. Please try again in a minute.
document-pending = The document is being created. Please try again in a minute.
return-requested = We have received your request and will email you.
return-cancelled = The return is cancelled.
return-no-longer-possible = This is no longer possible. Please check the timeline.

## Orders

order-changed = This is no longer possible: the order has changed. Please check it.
order-cancelled = Order { $number } is cancelled.
order-paid = Order { $number } marked as paid.
paid-items-sold = The items have been sold in the meantime: please refund the payment, as noted on the order.
order-fulfilled = Order fulfilled.
note-added = Note added.
refund-started = The refund is on its way.
refund-recorded = Refund recorded. Please refund bank transfers and cash payments yourself.
refund-retried = Trying the refund again.
vat-result-saved = Saved in the order’s timeline.
shipment-delivered = Saved. The customer can see it.
shipment-failed = Saved. Ship it again, or refund it and close it.
shipment-closed = The shipment is closed.
shipment-resent = Shipped again.
return-approved = The customer gets an email with the return address.
return-declined = The customer gets an email with your answer.
return-received = Return received. The next step is to refund it.

## Attention, emails and webhooks

flag-resolved = Resolved. This is noted in the order’s timeline.
job-retried = Trying again.
handled-by-someone-else = Someone else has handled this, or something has changed. Please check.
email-not-sent = Not sent. { MESSAGE($reason) }
email-example-address = This is an example address, so no email is sent to it.
email-without-server = No mail server was configured when it was created.
email-queued = Email queued.
email-queued-to = Email queued to { $recipient }.
email-being-sent = It is being sent right now. Please check again in a minute.
email-dismissed = Done. The email stays in the outbox, unsent.
email-handled-by-someone-else = Someone else has handled this. Please check.
webhook-replayed = The event is being processed again.
webhook-waiting = It is already waiting to be processed.

## Products, stock and pictures

product-saved = Product saved.
stock-saved = Stock saved.
animations-stilled = Animations become still pictures: { $files }.
pictures-uploaded =
    { $count ->
        [one] { $count } picture uploaded.
       *[other] { $count } pictures uploaded.
    }
picture-saved = Picture saved.
picture-deleted = Picture deleted.
picture-in-use = This picture is in use. Remove it there first.

## Posts and tags

draft-saved = Draft saved.
post-published = Post published.
post-unpublished = Post unpublished. Its text is kept here.
post-deleted = Post deleted.
duplicate-tags-dropped = Duplicate tags were left out: { $tags }.
comments-hidden =
    { $count ->
        [one] { $count } comment is not shown.
       *[other] { $count } comments are not shown.
    }
comments-open =
    { $count ->
        [one] { $count } comment has no end (-->) and hides the rest of its paragraph.
       *[other] { $count } comments have no end (-->) and hide the rest of their paragraphs.
    }
raw-html-shown = Raw HTML is shown as text.
pictures-foreign =
    { $count ->
        [one] { $count } picture is not in the library: only its alternative text is shown.
       *[other] { $count } pictures are not in the library: only their alternative text is shown.
    }
tag-saved = Tag saved.
tags-merged = Tags merged: the posts are now tagged { $tag }.
tag-deleted = Tag deleted.

## Discounts, gift cards, shipping, taxes and settings

discount-saved = Discount saved.
gift-card-issued = The code is { $code }. Copy it now: it will not be shown again.
gift-card-emailed = The code is { $code }. It will be emailed to { $recipient }.
balance-changed = Balance changed.
gift-card-blocked = This gift card is blocked.
expiry-saved = Expiry date saved.
shipping-method-saved = Shipping method saved.
shipping-method-deleted = Shipping method deleted.
tax-rate-saved = Tax rate saved.
tax-rate-deleted = Tax rate deleted.
tax-rules-saved = Rules saved.
tax-rules-removed = Rules removed.
settings-saved = Settings saved.
currency-changed-shipping =
    { $methods ->
        [one] With the new currency, the prices of { $methods } shipping method have changed. Please check them.
       *[other] With the new currency, the prices of { $methods } shipping methods have changed. Please check them.
    }
currency-changed-discounts =
    { $discounts ->
        [one] With the new currency, { $discounts } discount has been deactivated. Please check them.
       *[other] With the new currency, { $discounts } discounts have been deactivated. Please check them.
    }
currency-changed-both =
    With the new currency, the prices of { $methods ->
        [one] { $methods } shipping method
       *[other] { $methods } shipping methods
    } have changed and { $discounts ->
        [one] { $discounts } discount has
       *[other] { $discounts } discounts have
    } been deactivated. Please check them.

# Warnings on all admin pages.
test-payments-beside-stripe = Test payments are on alongside Stripe: anyone can pay with the test card and get goods for free. Set TRADEPOST_TEST_PAYMENTS=off and restart.
test-payments-in-public = Test payments are on in a public shop: anyone can pay with the test card and get goods for free. Set TRADEPOST_TEST_PAYMENTS=off and restart.
stripe-test-mode = STRIPE_SECRET_KEY is a test mode key: anyone can pay with Stripe's test cards and get goods for free. Set the live key and restart.

## Staff and customers

invitation-created = The invitation is on its way. This is its link, which is shown only now: { $link }
invitation-sent-again = The invitation was sent again. The earlier link no longer works.
invitation-withdrawn = The invitation is withdrawn.
invitation-closed = This invitation was accepted or withdrawn in the meantime.
staff-saved = Saved.
ownership-transferred = { $name } is the owner now, and you are an admin.
ownership-not-transferred = The ownership was not transferred: someone else has changed one of the accounts.
staff-welcome = Welcome. Please log in with your new password.
customer-erased = The customer is erased.
customers-merged = The customers are merged.
impersonation-ended = You are back in your own account.
