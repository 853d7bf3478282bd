# Two-factor authentication with an authenticator app, and the second step of the log-in.

two-factor-title = Anmeldung in zwei Schritten
two-factor-intro = Nach dem Passwort geben Sie noch einen Code aus einer App auf Ihrem Telefon ein. Wer nur Ihr Passwort kennt, kann sich nicht anmelden.
two-factor-set-up = Authenticator-App einrichten
two-factor-set-up-note = Sie brauchen dafür eine App auf Ihrem Telefon, die Einmalcodes erzeugt.
two-factor-scan-title = App einrichten
two-factor-scan = Scannen Sie dieses Bild mit einer Authenticator-App. Geben Sie dann den Code ein, den sie zeigt.
two-factor-picture = QR-Code für Ihre Authenticator-App
two-factor-secret = Wenn Sie ihn nicht scannen können, tippen Sie diesen Schlüssel in die App ein:
two-factor-code = Einmalcode
two-factor-code-hint = Die sechs Ziffern in der App
two-factor-turn-on = Einschalten
two-factor-not-on = Die Anmeldung in zwei Schritten ist noch nicht eingeschaltet
two-factor-app-title = Authenticator-App
two-factor-app-since = Eingeschaltet seit { $date }.
two-factor-turn-off = Ausschalten
two-factor-turn-off-note = Auf allen anderen Geräten werden Sie abgemeldet.
two-factor-passkeys-title = Ihre Passkeys
two-factor-passkeys = { $count ->
    [one] { $count } Passkey gehört zu Ihrem Konto.
   *[other] { $count } Passkeys gehören zu Ihrem Konto.
}
two-factor-passkeys-none = Mit einem Passkey melden Sie sich mit Fingerabdruck, Gesicht oder einem Sicherheitsschlüssel an.
two-factor-passkeys-manage = Passkeys verwalten
two-factor-codes-title = Wiederherstellungscodes
two-factor-codes-left = { $count ->
    [one] { $count } Wiederherstellungscode ist übrig.
   *[other] { $count } Wiederherstellungscodes sind übrig.
}
two-factor-codes-note = Mit jedem melden Sie sich einmal an, wenn Sie Ihr Telefon verlieren. Neue Codes ersetzen die alten.
two-factor-codes-create = Neue Wiederherstellungscodes erstellen

## The recovery codes, shown once

two-factor-codes-new-title = Ihre Wiederherstellungscodes
two-factor-codes-new-intro = Drucken Sie diese Seite, oder kopieren Sie die Codes an einen sicheren Ort: Sie werden nicht noch einmal gezeigt. Mit jedem melden Sie sich einmal an, wenn Sie Ihr Telefon verlieren.
two-factor-codes-list = Wiederherstellungscodes
two-factor-codes-gone = Wiederherstellungscodes werden nur einmal gezeigt. Wenn Sie sie verloren haben, erstellen Sie neue.
two-factor-codes-done = Ich habe sie gespeichert
two-factor-codes-back = Zu den Einstellungen

## The second step of the log-in

two-factor-log-in-title = Bestätigen Sie, dass Sie es sind
two-factor-log-in-intro = Geben Sie den Code aus Ihrer Authenticator-App oder einen Ihrer Wiederherstellungscodes ein.
two-factor-log-in-intro-passkey = Benutzen Sie Ihren Passkey, oder geben Sie einen Ihrer Wiederherstellungscodes ein.
two-factor-log-in-continue = Weiter
two-factor-log-in-passkey = Passkey benutzen
two-factor-log-in-cancel = Abbrechen
