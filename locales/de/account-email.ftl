# Emails about accounts.

account-email-registration-subject = Bestätigen Sie Ihr Konto bei { $site }
account-email-registration-text = Bestätigen Sie, dass dies Ihre E-Mail-Adresse ist. Dann ist Ihr Konto fertig.
account-email-registration-link = Konto bestätigen
account-email-registration-note = Der Link gilt einen Tag. Wenn Sie kein Konto wollten, ignorieren Sie diese E-Mail: Ohne den Link entsteht keines.
account-email-existing-subject = Sie haben bereits ein Konto bei { $site }
account-email-existing-text = Jemand, vermutlich Sie, hat diese Adresse für ein neues Konto eingegeben. Es gibt schon eines: Melden Sie sich an, oder wählen Sie ein neues Passwort, falls Sie Ihres vergessen haben.
account-email-existing-note = Wenn Sie das nicht waren, müssen Sie nichts tun.
account-email-reset-subject = Neues Passwort für { $site } wählen
account-email-reset-text = Öffnen Sie den Link, um ein neues Passwort zu wählen.
account-email-reset-link = Neues Passwort wählen
account-email-reset-note = Der Link gilt einmal und 15 Minuten lang. Wenn Sie ihn nicht angefordert haben, ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.
account-email-code-subject = Bei { $site } anmelden
account-email-code-text = Geben Sie diesen Code auf der Seite ein, auf der Sie ihn angefordert haben, oder öffnen Sie den Link im selben Browser.
account-email-code-note = Beides gilt einmal und zehn Minuten lang. Wenn Sie es nicht angefordert haben, ignorieren Sie diese E-Mail, und geben Sie den Code niemandem.
account-email-change-subject = Bestätigen Sie Ihre neue E-Mail-Adresse für { $site }
account-email-change-text = Bestätigen Sie diese Adresse, dann wird sie die Adresse Ihres Kontos bei { $site }. Bis dahin ändert sich nichts.
account-email-change-link = Adresse bestätigen
account-email-change-note = Der Link gilt einen Tag. Wenn Sie ihn nicht angefordert haben, ignorieren Sie diese E-Mail.
account-email-changed-subject = Ihre E-Mail-Adresse bei { $site } wurde geändert
account-email-changed-text = Die E-Mail-Adresse Ihres Kontos bei { $site } ist jetzt { $email }.
account-email-changed-link = Änderung zurücknehmen
account-email-changed-note = Wenn Sie das nicht waren, nehmen Sie die Änderung innerhalb von drei Tagen zurück. Dann werden alle abgemeldet, und Sie wählen ein neues Passwort.
account-email-order-subject = Der Link zu Ihrer Bestellung { $number }
account-email-order-text = Mit diesem Link sehen Sie Ihre Bestellung, ihre Sendungen und ihre Rechnungen.
account-email-order-note = Wer den Link hat, sieht die Bestellung: Geben Sie ihn nicht weiter.
