# Der Hinweis, während ein Mitarbeiter die Website als Kunde verwendet.
impersonation-banner = Sie verwenden die Website als { $name }.
impersonation-label = Verwendung als Kunde
impersonation-leave = Beenden
