# Emails about a change of an account, to its owner.

account-notice-totp-added-subject = Eine Authenticator-App wurde zu Ihrem Konto hinzugefügt
account-notice-totp-added = Am { $date } wurde eine Authenticator-App zu Ihrem Konto bei { $site } hinzugefügt. Ab jetzt brauchen Sie zur Anmeldung auch ihren Code.
account-notice-totp-removed-subject = Die Authenticator-App wurde aus Ihrem Konto entfernt
account-notice-totp-removed = Am { $date } wurde die Authenticator-App aus Ihrem Konto bei { $site } entfernt.
account-notice-passkey-added-subject = Ein Passkey wurde zu Ihrem Konto hinzugefügt
account-notice-passkey-added = Am { $date } wurde der Passkey „{ $name }“ zu Ihrem Konto bei { $site } hinzugefügt.
account-notice-passkey-removed-subject = Ein Passkey wurde aus Ihrem Konto entfernt
account-notice-passkey-removed = Am { $date } wurde der Passkey „{ $name }“ aus Ihrem Konto bei { $site } entfernt.
account-notice-identity-linked-subject = Ein neuer Weg zur Anmeldung in Ihrem Konto
account-notice-identity-linked = Am { $date } wurde die Anmeldung über { $provider } mit Ihrem Konto bei { $site } verknüpft. Wer sie dort nutzen kann, kann sich jetzt in Ihrem Konto anmelden.
account-notice-identity-unlinked-subject = Ein Weg zur Anmeldung in Ihrem Konto wurde entfernt
account-notice-identity-unlinked = Am { $date } wurde die Anmeldung über { $provider } aus Ihrem Konto bei { $site } entfernt.
account-notice-factors-cleared-subject = Die Anmeldung in zwei Schritten wurde für Ihr Konto ausgeschaltet
account-notice-factors-cleared = Am { $date } hat der Betreiber von { $site } alle Authenticator-Apps, Passkeys und Wiederherstellungscodes aus Ihrem Konto entfernt. Jetzt genügt Ihr Passwort zur Anmeldung.
account-notice-code-used-subject = Mit einem Wiederherstellungscode wurde auf Ihr Konto zugegriffen
account-notice-code-used = Am { $date } hat sich jemand mit einem Wiederherstellungscode bei Ihrem Konto bei { $site } angemeldet. { $left ->
    [one] { $left } Code ist übrig.
   *[other] { $left } Codes sind übrig.
}
account-notice-not-you = Wenn Sie das nicht waren, hat vielleicht jemand anderes Zugang zu Ihrem Konto. Wählen Sie sofort ein neues Passwort, prüfen Sie Ihre Authenticator-App und Ihre Passkeys, und antworten Sie auf diese E-Mail.
account-notice-button = Konto prüfen
account-notice-password-subject = Ihr Passwort wurde geändert
account-notice-password = Das Passwort Ihres Kontos bei { $site } wurde am { $date } geändert, und alle anderen Geräte wurden abgemeldet.
account-notice-device-subject = Neue Anmeldung in Ihrem Konto
account-notice-device = Jemand hat sich am { $date } in Ihrem Konto bei { $site } angemeldet. Gerät: { $device }. Wenn Sie das waren, müssen Sie nichts tun.
