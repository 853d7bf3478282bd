admin-dashboard-title = Dashboard
admin-dashboard-add-product = Add product
admin-dashboard-write-post = Write a post
admin-dashboard-needs = What needs you
admin-dashboard-needs-nothing = Nothing right now. Everything is packed, paid and published.

# What needs you
admin-dashboard-no-payments = This shop cannot take payments yet
admin-dashboard-no-payments-hint = Customers cannot order until you set up a payment method.
admin-dashboard-add-bank-account = Add your bank account
admin-dashboard-review = Review
admin-dashboard-returns =
    { $count ->
        [one] { $shown } return to approve or decline
       *[other] { $shown } returns to approve or decline
    }
admin-dashboard-returns-hint = Answer the request on the order’s page.
admin-dashboard-shipments =
    { $count ->
        [one] { $shown } shipment not delivered
       *[other] { $shown } shipments not delivered
    }
admin-dashboard-shipments-hint = Ship it again, or refund it and close it.
admin-dashboard-vat-numbers =
    { $count ->
        [one] { $shown } VAT number to check
       *[other] { $shown } VAT numbers to check
    }
admin-dashboard-vat-numbers-hint = No tax was charged because of it. Look it up on the order’s page.
admin-dashboard-declines = Many cards are being declined
admin-dashboard-declines-hint = { NUMBER($count) } since { $since }. Customers are asked to wait a moment before they pay.
admin-dashboard-failed-jobs =
    { $count ->
        [one] { $shown } background job failed
       *[other] { $shown } background jobs failed
    }
admin-dashboard-failed-jobs-hint = They will not be retried automatically.
admin-dashboard-undelivered-emails =
    { $count ->
        [one] { $shown } email was not delivered
       *[other] { $shown } emails were not delivered
    }
admin-dashboard-undelivered-emails-hint = Check the reason, then resend it or correct the address.
admin-dashboard-late-jobs = Background jobs are late
admin-dashboard-late-jobs-hint = { $queue }, since { $since }.
admin-dashboard-to-pack =
    { $count ->
        [one] { $shown } order to pack
       *[other] { $shown } orders to pack
    }
admin-dashboard-pack-orders =
    { $count ->
        [one] Pack order
       *[other] Pack orders
    }
admin-dashboard-to-pay =
    { $count ->
        [one] { $shown } order awaiting payment
       *[other] { $shown } orders awaiting payment
    }
admin-dashboard-to-pay-hint = Mark bank transfers and cash payments as paid once they have arrived.
admin-dashboard-check-payments = Check payments
admin-dashboard-emails-kept = Emails are kept, not sent
admin-dashboard-emails-kept-hint = Set SMTP_URL on the server and restart.
admin-dashboard-view-emails = View emails

# Sales
admin-dashboard-sales = Sales
admin-dashboard-today = Today
admin-dashboard-last-week = Last 7 days
admin-dashboard-order-count =
    { $count ->
        [one] { $count } order
       *[other] { $count } orders
    }
admin-dashboard-sales-chart = Sales per day, last 7 days

# Orders to pack
admin-dashboard-orders-to-pack = Orders to pack
admin-dashboard-column-order = Order
admin-dashboard-column-customer = Customer
admin-dashboard-column-placed = Placed

# The side
admin-dashboard-low-stock = Low stock
admin-dashboard-all-products = All products
admin-dashboard-available = { NUMBER($count) } available
admin-dashboard-sold-out = Sold out
admin-dashboard-drafts = Drafts
admin-dashboard-all-posts = All posts
admin-dashboard-setup = Finish setting up
admin-dashboard-steps = { NUMBER($done) } of { NUMBER($all) }
admin-dashboard-steps-done = { NUMBER($done) } of { NUMBER($all) } done
admin-dashboard-step-contact-email = Add a contact email
admin-dashboard-step-payments = Set up payments
admin-dashboard-step-shipping = Set up shipping
admin-dashboard-step-tax-rates = Set your tax rates
admin-dashboard-step-product = Add your first product
admin-dashboard-step-post = Publish your first post
