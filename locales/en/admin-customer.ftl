# Customers: the list, and one customer.
admin-customer-title = Customers
admin-customer-caption = Customers, most recently active first
admin-customer-export = Export
admin-customer-accounts = With account
admin-customer-guests = Guests
admin-customer-column-name = Name
admin-customer-column-email = Email
admin-customer-column-orders = Orders
admin-customer-column-spent = Spent
admin-customer-column-last-order = Last order
admin-customer-nameless = No name
admin-customer-none-found = No customer found
admin-customer-none-yet = No customers yet
admin-customer-none-yet-hint = Anyone who orders or creates an account is listed here.
admin-customer-all = All customers
admin-customer-tagged = Only customers with the tag { $tag }

## One customer
admin-customer-guest = Guest
admin-customer-account = Account
admin-customer-since = Customer since { $date }
admin-customer-summary = { $orders ->
    [0] No orders yet
    [one] { $orders } order, { $spent } spent
   *[other] { $orders } orders, { $spent } spent
}
admin-customer-addresses = Addresses
admin-customer-emails = Emails
admin-customer-timeline = Timeline
admin-customer-no-orders = No orders yet.
admin-customer-note = Note
admin-customer-note-hint = Only staff read it.
admin-customer-tags = Tags
admin-customer-not-saved = Not saved yet
admin-customer-suspend = Suspend account
admin-customer-suspend-hint = The customer is logged out everywhere and cannot log in. Orders continue.
admin-customer-activate = Activate account
admin-customer-merge = Merge with another customer
admin-customer-merge-hint = The orders, tags and notes of the other customer move here, and the other is deleted with its account. This cannot be undone.
admin-customer-merge-email = Email of the other customer
admin-customer-merge-button = Merge
admin-customer-not-merged = Not merged
admin-customer-impersonate = Use the site as this customer
admin-customer-impersonate-hint = For 30 minutes you see the site as they do. You cannot pay or change passwords or privacy settings. This is logged with your reason.
admin-customer-reason = Reason
admin-customer-impersonate-button = Use the site as this customer
admin-customer-not-impersonated = Not started
admin-customer-not-erased = Not erased
admin-customer-consent = Agreed to news by email
admin-customer-privacy = Personal data
admin-customer-data-hint = Everything that is stored about this person, to give to them.
admin-customer-data = Download the data
admin-customer-erase-hint = Deletes the account and everything that names the person, also in orders, emails and notes, at their request. Only invoices keep name and address as long as the law demands. This cannot be undone.
admin-customer-erase = Erase this customer
