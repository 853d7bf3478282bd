# Passkeys: the list, one of them, and the log-in with one.

passkey-title = Passkeys verwalten
passkey-intro = Mit einem Passkey melden Sie sich mit Fingerabdruck, Gesicht oder einem Sicherheitsschlüssel an. Niemand kann ihn erraten, und er funktioniert nur auf dieser Website.
passkey-note = Mit einem Passkey in Ihrem Konto genügt das Passwort allein nicht mehr zur Anmeldung.
passkey-list = Ihre Passkeys
passkey-none = Sie haben noch keine Passkeys.
passkey-added-on = Hinzugefügt am { $date }
passkey-last-used = Zuletzt benutzt am { $date }
passkey-never-used = Noch nicht benutzt
passkey-add-title = Passkey hinzufügen
passkey-add = Passkey hinzufügen
passkey-not-added = Der Passkey wurde nicht hinzugefügt
passkey-needs-script = Ihr Browser kann hier keine Passkeys hinzufügen. Sie brauchen JavaScript, einen aktuellen Browser und eine Adresse mit https.
passkey-unavailable = Passkeys brauchen eine Website-Adresse mit einem Domainnamen. Fragen Sie den Inhaber der Website.
passkey-name = Bezeichnung
passkey-name-hint = Etwas, das Sie wiedererkennen, etwa der Name des Geräts
passkey-edit-title = Passkey bearbeiten
passkey-not-saved = Der Passkey wurde nicht gespeichert
passkey-remove = Diesen Passkey entfernen
passkey-remove-note = Auf allen anderen Geräten werden Sie abgemeldet. Löschen Sie ihn auch auf Ihrem Gerät.
passkey-back = Alle Passkeys
passkey-log-in = Mit einem Passkey anmelden
passkey-failed = Das hat nicht funktioniert. Bitte versuchen Sie es noch einmal.
