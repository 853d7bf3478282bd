# The settings of the shop.
admin-setting-title = Settings

admin-setting-site = Site
admin-setting-site-about = What people see in the header, in search results and in emails.
admin-setting-site-name = Site name
admin-setting-tagline = Tagline
admin-setting-announcement = Announcement
admin-setting-announcement-hint = A line above the header of every page.
admin-setting-contact-email = Contact email
admin-setting-contact-email-hint = Where customers can reach you, and where new orders are reported.
admin-setting-footer-note = Footer note
admin-setting-footer-note-hint = At the very bottom: company name, address, registration.
admin-setting-accent = Accent colour
admin-setting-accent-hint = Buttons and links, as six hex digits such as 1f5a46. Empty: the default colour. Darkened or lightened where it would be hard to read.

admin-setting-place = Place and language
admin-setting-place-about = Decides which taxes apply and how dates and prices are written.
admin-setting-country = Country
admin-setting-region = State or region
admin-setting-region-hint = Only if your taxes depend on it: used for pickup orders.
admin-setting-postcode = Postcode
admin-setting-currency = Currency
admin-setting-currency-hint = Cannot change after the first order.
admin-setting-time-zone = Time zone
admin-setting-language = Language
admin-setting-language-hint = How prices are written, and what search engines are told. The interface stays in English.

admin-setting-front-page = Front page
admin-setting-front-page-about = The headline, and the story further down. Empty parts are not shown.
admin-setting-hero-title = Headline
admin-setting-hero-text = Text below the headline
admin-setting-hero-action = Button
admin-setting-hero-action-hint = Links to the shop.
admin-setting-story-title = Story headline
admin-setting-story-text = Story

admin-setting-taxes = Taxes
admin-setting-taxes-about = Ask your accountant once; you will not need this page again.
admin-setting-prices-include-tax = Prices include tax
admin-setting-prices-include-tax-hint = The prices you enter are what customers pay.
admin-setting-tax-rounding = Round taxes
admin-setting-shipping-tax = Tax on shipping
admin-setting-shipping-tax-standard = Standard rate
admin-setting-shipping-tax-highest = Highest rate in the cart
admin-setting-shipping-tax-proportional = Proportional to the items
admin-setting-cross-border = Orders to other countries
admin-setting-vat-exemption = No tax for businesses in other EU countries
admin-setting-vat-exemption-hint = For customers who enter their company and a well-formed VAT number. You must check that the number is valid: each such order reminds you until you have. Off: everyone pays tax.
admin-setting-vat-lookup = Look up VAT numbers
admin-setting-vat-lookup-hint = Checks each number with VIES, the European Commission’s service. If VIES does not respond, the number stays unchecked.

admin-setting-invoices = Invoices
admin-setting-invoices-about = The seller’s details. Documents that are already issued do not change.
admin-setting-business-address = Business address
admin-setting-business-address-hint = Legal name, street, postcode and town, country, one per line.
admin-setting-vat-number = VAT number

admin-setting-orders = Orders
admin-setting-orders-about = How orders are numbered, reserved and paid.
admin-setting-stock-hold = Hold stock (minutes)
admin-setting-stock-hold-hint = How long stock is reserved for an unpaid order.
admin-setting-transfer-hold = Hold stock for bank transfers (days)
admin-setting-transfer-hold-hint = Unpaid orders expire after this time. The customer gets a reminder before.
admin-setting-order-number-start = First order number
admin-setting-refund-limit = Confirm refunds above
admin-setting-refund-limit-hint = If an order is refunded more than this in all, you enter your password again. In whole units of the currency.
admin-setting-bank-account = Bank account
admin-setting-bank-account-hint = Account holder, IBAN and bank, one per line. Shown to customers who pay by bank transfer. Empty: no bank transfers.
