# The audit log: what was done, when and by whom.
event-log-title = Protokoll
event-log-caption = Was geschehen ist, das Neueste zuerst
event-log-empty = Nichts gefunden
event-log-empty-hint = Wählen Sie eine andere Zeit, eine andere Person oder ein anderes Thema.
event-log-all = Alles zeigen
event-log-column-when = Wann
event-log-column-who = Wer
event-log-column-what = Was
event-log-column-record = Betrifft
event-log-column-before = Vorher
event-log-column-after = Nachher
event-log-column-network = Netzwerk
event-log-actor = Wer
event-log-anybody = Alle
event-log-group = Betrifft
event-log-from = Von
event-log-until = Bis
event-log-record = Nur was hiermit geschah: { $record }
event-log-export = Exportieren
event-log-impersonated = { $staff } in deren Namen

event-log-group-any = Alles
event-log-group-people = Mitarbeiter und Kunden
event-log-group-orders = Bestellungen
event-log-group-catalog = Produkte und Gutscheine
event-log-group-content = Beiträge und Bilder
event-log-group-settings = Einstellungen

## Was ein Datensatz ist
event-log-record-account = Konto { $id }
event-log-record-invitation = Einladung { $id }
event-log-record-customer = Kunde { $id }
event-log-record-picture = Bild { $id }
event-log-record-post = Beitrag { $id }
event-log-record-product = Produkt { $id }
event-log-record-gift-card = Gutschein { $id }
event-log-record-webhook = Webhook-Nachricht { $id }
event-log-record-identity-provider = Identitätsanbieter { $id }

## Was getan wurde
event-log-site-set-up = Die Website wurde eingerichtet
event-log-secret-key-rotated = Geheimer Schlüssel ersetzt
event-log-account-created = Konto erstellt
event-log-signed-in = Angemeldet
event-log-reset-link-created = Link für ein neues Passwort erstellt
event-log-password-changed = Passwort geändert
event-log-account-updated = { $group ->
    [addresses] Adressen geändert
    [consents] Einwilligungen geändert
   *[other] Profil geändert
}
event-log-account-email-changed = E-Mail-Adresse von { $from } in { $to } geändert
event-log-account-email-reverted = Änderung der E-Mail-Adresse von { $from } in { $to } zurückgenommen
event-log-sessions-ended = Auf anderen Geräten abgemeldet
event-log-signed-in-on-new-device = Auf einem neuen Gerät angemeldet
event-log-orders-claimed = { $count ->
    [one] { $count } frühere Bestellung dem Konto hinzugefügt
   *[other] { $count } frühere Bestellungen dem Konto hinzugefügt
}
event-log-account-erased = Konto gelöscht
event-log-factor-added = Zweiter Faktor hinzugefügt
event-log-factor-removed = Zweiter Faktor entfernt
event-log-factors-cleared = Zweite Faktoren gelöscht
event-log-recovery-codes-created = Neue Wiederherstellungscodes erstellt
event-log-recovery-code-used = Wiederherstellungscode verwendet
event-log-passkey-renamed = Passkey von „{ $from }“ in „{ $to }“ umbenannt
event-log-identity-linked = Anmeldung über { $provider } verknüpft
event-log-identity-unlinked = Anmeldung über { $provider } getrennt
event-log-identity-provider-added = Identitätsanbieter hinzugefügt: { $name }
event-log-identity-provider-changed = Identitätsanbieter geändert: { $name }
event-log-identity-provider-deleted = Identitätsanbieter gelöscht: { $name }
event-log-invitation-sent = { $email } eingeladen als { $role }
event-log-invitation-withdrawn = Einladung von { $email } zurückgezogen
event-log-invitation-accepted = Einladung angenommen
event-log-role-changed = Rolle geändert
event-log-account-suspended = Konto gesperrt
event-log-account-activated = Konto freigegeben
event-log-ownership-transferred = Ist jetzt Inhaber
event-log-permissions-changed = Rechte von Rollen geändert
event-log-customer-changed = Notiz oder Schlagwörter geändert
event-log-customers-merged = Mit einem anderen Kunden zusammengeführt
event-log-customer-erased = { $orders ->
    [0] Kunde gelöscht
    [one] Kunde gelöscht, mit den persönlichen Daten von { $orders } Bestellung
   *[other] Kunde gelöscht, mit den persönlichen Daten von { $orders } Bestellungen
}
event-log-impersonation-started = Verwendet die Website als dieser Kunde: { $reason }
event-log-impersonation-ended = Verwendet die Website nicht mehr als dieser Kunde
event-log-picture-added = Bild hinzugefügt
event-log-post-published = Veröffentlicht
event-log-post-unpublished = Zurückgezogen
event-log-post-deleted = Gelöscht: { $title }
event-log-product-saved = Produkt gespeichert
event-log-settings-changed = { $group ->
    [taxes] Steuern geändert
    [shipping] Versand geändert
    [discounts] Rabatte geändert
    [secret_key] Geheimer Schlüssel angenommen
   *[other] Einstellungen geändert
}
event-log-gift-card-issued = Gutschein ausgestellt
event-log-webhook-received = Webhook empfangen
event-log-no-payment-due = Nichts zu bezahlen
event-log-vat-number-submitted = USt-IdNr. angegeben
event-log-yes = ja
event-log-no = nein
event-log-granted = erteilt
event-log-revoked = entzogen
