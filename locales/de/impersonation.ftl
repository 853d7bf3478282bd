# The banner while a staff member uses the site as a customer.
impersonation-banner = Sie verwenden die Website als { $name }.
impersonation-label = Verwendung als Kunde
impersonation-leave = Beenden
