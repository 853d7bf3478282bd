# Log-in, the new password, and the first setup.

account-email = E-Mail
account-password = Passwort
account-password-hint = Mindestens 12 Zeichen. Ein ganzer Satz ist möglich.
account-log-in-failed = Die Anmeldung hat nicht geklappt
account-log-in-description = Melden Sie sich an, um Ihre Bestellungen und Daten zu sehen oder diese Website zu verwalten.
account-remember = Angemeldet bleiben
account-remember-hint = Auf diesem Gerät, 30 Tage lang. Nicht an einem gemeinsam genutzten Computer.

## Asked for the password again

account-step-up-title = Bestätigen Sie, dass Sie es sind
account-step-up-note = Hier ändern Sie etwas Wichtiges. Geben Sie Ihr Passwort noch einmal ein; danach fragen wir zehn Minuten lang nicht mehr.
account-step-up-failed = Das Passwort war nicht richtig
account-step-up-button = Weiter
account-step-up-no-password = Dies ändert etwas Wichtiges, und Ihr Konto hat kein Passwort. Melden Sie sich noch einmal an, dann haben Sie zehn Minuten Zeit dafür.

## The new password

account-new-password-title = Neues Passwort wählen
account-new-password-note = Auf allen anderen Geräten werden Sie abgemeldet.
account-new-password = Neues Passwort
account-set-password = Passwort speichern
account-no-password = Ihr Konto hat kein Passwort. Legen Sie zuerst eines fest: Wir senden Ihnen dafür einen Link per E-Mail.

## The first setup

account-setup-title = Ihre Website einrichten
account-setup-note = Ein Formular, und Sie haben einen Blog und einen Shop. Sie können später alles ändern.
account-site-name = Name der Website
account-your-name = Ihr Name
account-country = Land
account-country-hint = Das Land, aus dem Sie verkaufen. Danach richten sich die Steuern und das Datumsformat.
account-currency = Währung
account-currency-hint = Die Währung Ihrer Preise.
account-start-with = Beginnen mit
account-sample-shop = Beispielshop
account-sample-shop-hint = Eine Kaffeerösterei mit Produkten, Beiträgen und Bestellungen, um alles auszuprobieren.
account-empty-site = Leere Website
account-empty-site-hint = Noch keine Produkte und Beiträge.
account-create-site = Website erstellen
