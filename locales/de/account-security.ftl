# Password and sessions of an account.

account-security-change-password = Passwort ändern
account-security-current-password = Aktuelles Passwort
account-security-sessions = Wo Sie angemeldet sind
account-security-sessions-note = Melden Sie ab, was Sie nicht kennen, und ändern Sie Ihr Passwort.
account-security-this-device = Dieses Gerät
account-security-last-seen-html = Zuletzt verwendet: { $when }
account-security-network = Netzwerk { $network }
account-security-end-html = Abmelden<span class="sr">: { $device }</span>
account-security-end-all = Überall abmelden
account-security-device = { $browser } auf { $system }
account-security-unknown-device = Unbekanntes Gerät
account-security-factors = Mehr Sicherheit
account-security-two-factor = Zwei-Faktor-Authentifizierung
account-security-passkeys = Passkeys verwalten
