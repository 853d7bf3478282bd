# Errors of forms, and why a request is refused. Each id is a variant of `Message`.

## Forms in general

already-submitted = This form was already submitted. To submit it again with these values, press the button again.
form-unreadable = This form could not be read. Please fill it in again.
changed-since-opened = This was changed after you opened the form, perhaps by someone else. Your changes are kept, but not saved yet: compare the two, then save again to overwrite the saved version.
too-many-changes = Too many changes are being saved right now. Please try again in a few seconds.
field-invalid = Please check this field.
choice-missing = Choose one of these.
whole-number-needed = Enter a whole number from { NUMBER($least) } to { NUMBER($most) }.
too-long = Use at most { NUMBER($max) } characters.
amount-malformed = Enter an amount in { $currency }, such as { AMOUNT($example) }.
amount-not-positive = Enter an amount greater than zero.
country-missing = Choose a country.
currency-missing = Choose a currency.
name-missing = Enter a name.
name-too-long = Use at most { NUMBER($max) } characters.
reason-too-long = Use at most { NUMBER($max) } characters.
title-missing = Enter a title.
title-too-long = Use at most { NUMBER($max) } characters.
link-malformed = Enter a full link that begins with https://, or leave it empty.
link-too-long = This link is too long.
date-malformed = Enter a date such as 2026-01-31, or leave it empty.
date-time-malformed = Enter a date and time, such as 2026-12-01T09:00.

## Email addresses

email-missing = Enter your email address.
email-malformed = Enter an email address like name@example.com.
email-malformed-optional = Enter an email address like name@example.com, or leave it empty.
email-invisible = This address contains an invisible character. Please type it by hand.
email-local-part = Before the @, only unaccented letters, digits and symbols are supported. Please use another address.
email-domain = The part after the @ must be a domain like example.com.

## Addresses of pages

slug-too-long = Use at most { NUMBER($max) } characters; this address has { NUMBER($length) }. Try { $better }.
slug-malformed = Use lowercase letters, digits and hyphens, such as { $better }.
slug-malformed-optional = Use lowercase letters, digits and hyphens, or leave it empty.
product-slug-taken = Another product has this address. Please choose a different one: { $free } is available.
post-slug-taken = Another post has this address. Please choose a different one: { $free } is available.

## Accounts and setup

too-many-addresses = You can save at most { NUMBER($max) } addresses. Please delete one.
staff-cannot-be-erased = A staff account cannot be deleted here. Please ask the owner of the site.
customer-is-paying = A payment is still in progress. Please try again in an hour.
customer-has-unfinished-orders = These orders still need the address: { $orders }. They can be erased once they are paid, delivered and refunded, and need no attention.
confirmation-missing = Confirm that you understand.
order-number-missing = Enter the number of your order.
login-code-wrong = This code is wrong or no longer works. Please check it, or ask for a new one.
password-missing = Enter your password.
password-too-long = This password is too long.
password-too-short = Use at least { NUMBER($least) } characters. A few words in a row are easy to remember.
password-too-easy = This password is too easy to guess. Try a few unrelated words.
password-incorrect = Incorrect password.
login-incorrect = Incorrect email or password. Please check both.
passkeys-too-many = You can have at most { NUMBER($max) } passkeys. Remove one first.
passkey-known = This passkey is already on an account.
passkey-refused = This passkey did not work. Please try again.
passkey-missing = Use the button and follow your browser’s instructions.
identity-login-expired = This log-in is no longer valid. Please start again.
identity-login-cancelled = You cancelled the log-in with { $provider }.
identity-login-failed = The log-in with { $provider } did not work. Please try again, or log in another way.
identity-provider-unreachable = { $provider } does not respond at the moment. Please try again later, or log in another way.
identity-email-unverified = The service has not confirmed an email address of yours. Confirm it there, or create an account here.
identity-email-taken = There is an account with your email address already. Log in as usual, then link { $provider } on your Security page.
identity-taken = This login at { $provider } belongs to another account.
identity-only-way-in = You could not log in any more. Choose a password first.
account-suspended = This account is suspended. Please contact us.
issuer-missing = Enter the issuer.
issuer-refused = Enter an address that begins with https:// and is on the internet, without ? and #.
issuer-differs = The provider calls itself something else. Copy the issuer exactly, also the slash at its end.
issuer-unreachable = No identity provider answers here. Check the issuer.
issuer-taken = There is an identity provider with this issuer already.
client-id-missing = Enter the client ID.
one-time-code-missing = Enter the code.
one-time-code-incorrect = This code is not correct, or it has been used. Wait for the next one, and enter that.
login-code-incorrect = This code is not correct, or it has been used. Enter the next code of your app, or a recovery code.
account-exists = An account with this email already exists.
owner-exists = The site already has an owner.
site-title-missing = Enter the name of your site.
own-name-missing = Enter your name.
content-missing = Choose what to start with.
too-many-attempts-seconds =
    Too many attempts. Wait { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }, then try again.
too-many-attempts-minutes = Too many attempts. Wait { NUMBER($minutes) } minutes, then try again.

## Cart

quantity-too-high = You can order at most { NUMBER($max) } of one item.
quantity-invalid = Please check the quantity.
order-too-large = This order is too large.
cart-full = A cart can hold at most { NUMBER($max) } different items.
too-many-carts-seconds =
    Too many carts were created from your network. Wait { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }, then add it again.
too-many-carts-minutes = Too many carts were created from your network. Wait { NUMBER($minutes) } minutes, then add it again.
variant-unavailable = This variant is no longer available. Please choose another.
variant-sold-out = This variant is sold out. Please choose another.
item-sold-out = This item has just sold out.
item-scarce = Only { NUMBER($left) } left. Please reduce the quantity.
option-missing = Please choose: { $option }.
option-unavailable = This option is not available. Please choose: { $option }.
combination-unavailable = This combination is not available. Please choose another.

## Discount codes and gift cards on a cart

code-missing = Enter a discount code.
code-too-long = Use at most { NUMBER($max) } characters.
code-unknown = This code is not valid. Please check the spelling.
code-not-started = This code is valid from { $start }.
code-expired = This code has expired.
code-used-up = This code has reached its usage limit.
code-used-up-by-customer = You have already used this code as often as allowed.
code-below-minimum = This code is for orders of { MONEY($least) } or more.
code-not-applicable = This code does not apply to the items in your cart.
gift-card-expired = This gift card has expired.
gift-card-empty = This gift card has no balance left.
gift-card-currency = This gift card is in another currency.
gift-cards-too-many = You can use at most { NUMBER($max) } gift cards per order.
gift-card-for-gift-cards = A gift card cannot be bought with a gift card.

## Checkout

full-name-missing = Enter your full name.
company-missing = Enter the company that the VAT number belongs to.
vat-number-malformed = Enter an EU VAT number such as DE136695976, or leave it empty.
street-missing = Enter your street and house number.
postcode-missing = Enter your postcode.
postcode-implausible = Enter a postcode for { COUNTRY($country) } such as { $example }.
city-missing = Enter your city.
region-missing = Enter your state or region.
region-unknown = We do not know this state or region. Please choose it from the list.
zip-of-other-state = This ZIP code is in { $state }. Please correct the state or the ZIP code.
shipping-method-missing = Choose a shipping method.
too-heavy-to-ship = This order weighs { $weight }, which is more than we can ship to { COUNTRY($country) }. Remove something from your cart.
no-shipping-to-country = We do not ship to { COUNTRY($country) } yet.
payment-method-missing = Choose a payment method.
cash-unavailable = Cash on pickup is only available if you pick up your order. Choose another payment method.
bank-transfer-unavailable = This shop does not accept bank transfers. Choose another payment method.
card-unavailable = This amount cannot be paid by card. Choose another payment method.
unpaid-quantity-too-high = An order that is paid later can include at most { NUMBER($max) } of { $item }. Reduce the quantity, or pay by card.
items-unavailable =
    { $count ->
        [one] { $items } is no longer available. Please remove it from your cart.
       *[other] { $items } are no longer available. Please remove them from your cart.
    }
cart-items-changed = Your cart has changed. Please review this, then place your order again: { $items }.
ordered-item-sold-out = { $item } has just sold out. Please remove it from your cart.
ordered-item-scarce = Only { NUMBER($left) } of { $item } left. Please reduce the quantity in your cart.
card-declined = The card was declined. Nothing was charged; please try another card.
card-number-malformed = Enter a 16-digit card number, such as 4242 4242 4242 4242.
payment-page-expired = This payment page has expired. Nothing was charged.

## Returns

return-items-missing = Choose at least one item to return.
return-reason-missing = Tell us why you want to return it.
returns-too-many = You have requested ten returns today. Please try again tomorrow, or contact us.
item-not-returnable = This item cannot be returned.
return-quantity-too-high = Only { NUMBER($left) } of this item can be returned.
return-answer-missing = Tell the customer why the return is declined.
return-answer-too-long = Use at most { NUMBER($max) } characters.
condition-missing = Choose a condition.
item-already-restocked = { $item } has already been put back in stock. Cancel this return.
item-already-refunded = { $item } has already been refunded.
item-partly-refunded = Only { NUMBER($left) } × { $item } can still be refunded: use “Refund” below.
return-worth-nothing = These items were free: there is nothing to refund.

## Orders

refunded-meanwhile = In the meantime, { MONEY($amount) } was refunded: { MONEY($total) } in total. Check what is left, then submit again.
refund-failed-meanwhile = In the meantime, a refund of { MONEY($amount) } has failed: { MONEY($total) } in total. Check what is left, then submit again.
shipping-already-refunded = Shipping has already been refunded.
refund-items-missing = Choose at least one item, or shipping.
refund-too-high = This is more than can still be refunded.
all-already-refunded = All of it has already been refunded.
refund-quantity-too-high = Only { NUMBER($left) } can still be refunded.
gift-cards-used =
    { $unused ->
        [0] This gift card has been used, so it cannot be refunded.
        [one] Only { $unused } of these gift cards has not been used.
       *[other] Only { $unused } of these gift cards have not been used.
    }
fulfilment-items-missing = Choose at least one item to ship.
gift-cards-by-email = Gift cards are sent by email.
fulfilment-quantity-too-high = There are not that many left to ship.
carrier-too-long = Use at most { NUMBER($max) } characters.
tracking-number-too-long = Use at most { NUMBER($max) } characters.
note-missing = Enter a note.
note-too-long = Use at most { NUMBER($max) } characters.

## Products and stock

description-too-long = Use at most { NUMBER($max) } characters.
details-too-long = There are too many details. Please keep the most important ones.
categories-too-long = There are too many categories. Please keep the most important ones.
compare-at-price-too-low = The compare-at price must be higher than the price, or empty.
gift-card-price-missing = A gift card is worth its price, so enter an amount greater than zero.
sku-too-long = Use at most { NUMBER($max) } characters.
barcode-too-long = Use at most { NUMBER($max) } characters.
sku-taken-by-product = Another product has this SKU.
sku-taken-by-variant = Another variant has this SKU.
option-name-missing = Enter a name for this option, such as Size.
option-name-too-long = Use at most { NUMBER($max) } characters.
option-name-taken = Another option is already named { $name }.
option-values-missing = Enter the values of this option, such as S, M, L.
option-value-too-long = Use at most { NUMBER($max) } characters for each value. Separate them with commas.
option-value-twice = { $value } is listed twice.
variants-too-many = These options make { NUMBER($count) } variants. A product can have at most { NUMBER($max) }.
stock-too-low = New orders came in, so the stock cannot be this low. Please count again.
stock-reserved =
    { $reserved ->
        [one] { $reserved } unit is reserved for orders, so the stock cannot be lower. Cancel or refund an order first.
       *[other] { $reserved } units are reserved for orders, so the stock cannot be lower. Cancel or refund an order first.
    }
stock-quantity-missing = Enter a quantity.
stock-reason-missing = Enter a reason, for the stock history.
threshold-changed = Someone else has changed this: it is now { NUMBER($now) }. Save again to overwrite it.
threshold-removed = Someone else has changed this: it is now empty. Save again to overwrite it.

## Posts and tags

post-too-long = This text is longer than a million characters. Please split it.
post-too-large = This text is larger than 1 MB. Please split it into several posts.
summary-too-long = Use at most { NUMBER($max) } characters.
text-nested-too-deeply = Line { NUMBER($line) } is nested more than { NUMBER($max) } levels deep. Please use fewer > signs, list marks or stars in it.
text-too-complex = This text has too many lines, links or table cells to be shown on one page. Please split it.
text-too-slow = This text takes too long to be shown. Please split it.
post-tag-too-long = Use at most { NUMBER($max) } characters for a tag; { $start }… has { NUMBER($length) }.
tags-too-many = Use at most { NUMBER($max) } tags; these are { NUMBER($count) }. Please remove some.
tag-too-long = Use at most { NUMBER($max) } characters; this tag has { NUMBER($length) }.
tag-with-comma = A tag cannot contain a comma: commas separate tags.
tag-name-taken = Another tag has this name. Save again to merge the two.

## Pictures

picture-description-too-long = Describe the picture in at most { NUMBER($max) } characters.
pictures-description-too-long = Describe a picture in at most { NUMBER($max) } characters.
caption-too-long = Use at most { NUMBER($max) } characters.
credit-too-long = Use at most { NUMBER($max) } characters.
pictures-missing = Choose at least one picture.
files-too-many = Choose at most { NUMBER($max) } files at a time.
file-too-large = { $file } is { NUMBER($megabytes) } MB. A picture can be at most { NUMBER($max) } MB.
file-refused = { $file }: { MESSAGE($reason) }
file-empty = This file is empty.
file-heic = This is a HEIC photo, which browsers cannot show. Export it as JPEG: on an iPhone share it with “Options → Most Compatible”, or set Settings → Camera → Formats to Most Compatible.
file-avif = This is an AVIF picture. Please export it as JPEG, PNG or WebP; Tradepost makes AVIF itself.
file-video = This is a video or an unknown kind of picture. Please choose a JPEG, PNG, WebP or GIF file.
file-tiff = This is a TIFF or raw photo. Please export it as JPEG or PNG.
file-pdf = This is a PDF file. Please export the page as JPEG or PNG.
file-svg = SVG drawings cannot be uploaded. Please export it as PNG.
file-no-picture = This file is not a picture. Please choose a JPEG, PNG, WebP or GIF file.
picture-incomplete = This picture is incomplete: its end is missing. Please save or upload it again.
picture-too-large = This picture has too many pixels. Please make it at most 30,000 pixels on a side, and 40 megapixels (200 as JPEG).
picture-damaged = This picture is damaged and cannot be read. Please save it again.

## Discounts and gift cards in the admin

coupon-code-malformed = Use letters, digits and hyphens, such as SPRING-15.
coupon-code-taken = This code already exists.
coupon-percentage-malformed = Enter a percentage up to 100, such as 15.
coupon-ends-too-early = This must be later than the start.
coupon-limit-too-low = This code has already been used on { NUMBER($used) } orders. Enter { NUMBER($used) } or more, or leave it empty.
gift-card-reason-missing = Enter a reason, for the history.
gift-card-balance-missing = Please reload this page: the previous balance is missing.
gift-card-expiry-malformed = Enter a date, such as 2029-12-31, or leave it empty.
gift-card-expiry-past = This date is in the past. Choose a later one, or leave it empty.
gift-card-expiry-changed = Someone else has changed this: see “Expires”. Save again to overwrite it.
gift-card-balance-same = This is already the balance.
gift-card-balance-lower = It has been used in the meantime, and the balance is lower now.

## Shipping methods

shipping-name-missing = Enter a name that customers will understand.
shipping-weight-range = This must be more than the minimum weight.
tier-twice = Another tier already starts here.
tiers-missing = Fill in at least one tier, or choose the flat rate.
country-code-unknown = { $code } is not a country code. Use two-letter codes such as DE, AT, FR.
countries-missing = Enter at least one country, or an asterisk (*) for everywhere.

## Taxes

country-code-missing = Enter a two-letter country code, such as DE.
tax-region-too-long = Use at most { NUMBER($max) } characters.
tax-region-unknown = { $region } is not a state or region of { COUNTRY($country) }. Enter its code or name, such as { $code } or { $name }.
tax-name-missing = Enter the name shown on invoices, such as VAT 19 %.
tax-percentage-malformed = Enter a percentage from 0 to 100 with at most 4 decimals, such as 19 or 8.875.
tax-period-backwards = The last day must not be before the first.
tax-rate-exists = There is already a rate for this region and tax class.
postcode-pattern-malformed = { $pattern } is not a valid postcode. Use 10115, 20* or 1000...1999, separated by semicolons.
postcode-range-uneven = { $pattern } is not a valid range. The two ends of a range have the same number of letters and digits, such as 1000...1999.
postcode-range-backwards = { $pattern } is not a valid range. The lower end comes first, such as 1000...1999.
postcode-pattern-foreign = { $pattern } does not match any postcode in { COUNTRY($country) }: they look like { $example }.
tax-rules-missing = Choose at least one rule that differs from the shop’s.
tax-rules-exist = This country already has rules. Edit those instead.

## Settings

site-name-missing = Enter a site name.
site-name-too-long = Use at most { NUMBER($max) } characters.
tagline-too-long = Use at most { NUMBER($max) } characters.
announcement-too-long = Use at most { NUMBER($max) } characters.
footer-note-too-long = Use at most { NUMBER($max) } characters.
accent-malformed = Enter six hex digits such as 1f5a46, or leave it empty.
time-zone-missing = Choose a time zone.
language-missing = Choose a language.
region-too-long = Use at most { NUMBER($max) } characters.
postcode-too-long = Use at most { NUMBER($max) } characters.
bank-account-too-long = Use at most { NUMBER($max) } characters.
business-address-too-long = Use at most { NUMBER($max) } characters.
shop-vat-number-malformed = Enter the VAT number with its country, such as DE136695976, or leave it empty.
vat-number-too-long = Use at most { NUMBER($max) } characters.
headline-too-long = Use at most { NUMBER($max) } characters.
text-too-long = Use at most { NUMBER($max) } characters.
button-label-too-long = Use at most { NUMBER($max) } characters.
story-too-long = Use at most { NUMBER($max) } characters.
products-keep-currency = There are products with prices in { $currency }, so the currency cannot change from { $currency }.
gift-cards-keep-currency = There are gift cards in { $currency }, so the currency cannot change from { $currency }.
orders-keep-currency = There are orders in { $currency }, so the currency cannot change from { $currency }.

## Requests that are refused as a whole

role-not-allowed = Your role does not allow this. Ask the site owner.
unpublishing-not-allowed = Only someone who may publish can unpublish this post.
deleting-not-allowed = Only someone who may publish can delete this post.
publishing-not-allowed = Only someone who may publish can publish this post.
post-of-someone-else = This post belongs to someone else.
tag-editing-not-allowed = Tags are shared with other people’s posts. Ask an editor to change them.
setup-key-missing = Open the setup address that Tradepost printed: it contains a one-time key, valid for 30 minutes. Use the latest one in the log, or restart for a new one.
vat-result-missing = Choose whether the number is valid.
webhook-signature-invalid = The signature is not valid, or it is too old.
webhook-no-text = This is not text.
webhook-no-event = This is not an event.
form-incomplete = The form was not received completely.
two-hosts = The request names two hosts.
address-too-long = This address is too long.
address-unreadable = This address cannot be read.

## Staff and customers

own-role-fixed = You cannot change your own role or status. Ask another staff member.
role-too-high = Your own role is not high enough for this. Ask the site owner.
permission-incomplete = A permission of this role requires another one that the role does not have. Please grant that too, or revoke both.
staff-is-no-customer = This is a staff account, not a customer’s.
account-is-suspended = This account is suspended. Activate it first.
customer-unknown = There is no other customer with this email address.
merge-into-account = The other customer has an account and this one has none. Open the other customer, and merge this one into it.
impersonation-not-allowed = You are using the site as a customer. Only the customer can change passwords, email addresses or privacy settings, or pay.
impersonation-reason-missing = Enter why you need to see the site as this customer does.
