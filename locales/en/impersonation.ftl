# The banner while a staff member uses the site as a customer.
impersonation-banner = You are using the site as { $name }.
impersonation-label = Use as customer
impersonation-leave = Stop
