# Kunden: die Liste und ein Kunde.
admin-customer-title = Kunden
admin-customer-caption = Kunden, die zuletzt gesehenen zuerst
admin-customer-export = Exportieren
admin-customer-accounts = Mit Konto
admin-customer-guests = Gäste
admin-customer-column-name = Name
admin-customer-column-email = E-Mail
admin-customer-column-orders = Bestellungen
admin-customer-column-spent = Umsatz
admin-customer-column-last-order = Letzte Bestellung
admin-customer-nameless = Ohne Namen
admin-customer-none-found = Kein Kunde gefunden
admin-customer-none-yet = Noch keine Kunden
admin-customer-none-yet-hint = Wer bestellt oder ein Konto erstellt, steht hier.
admin-customer-all = Alle Kunden
admin-customer-tagged = Nur Kunden mit dem Schlagwort { $tag }

## Ein Kunde
admin-customer-guest = Gast
admin-customer-account = Konto
admin-customer-since = Kunde seit { $date }
admin-customer-summary = { $orders ->
    [0] Noch keine Bestellungen
    [one] { $orders } Bestellung, { $spent } Umsatz
   *[other] { $orders } Bestellungen, { $spent } Umsatz
}
admin-customer-addresses = Adressen
admin-customer-emails = E-Mails
admin-customer-timeline = Verlauf
admin-customer-no-orders = Noch keine Bestellungen.
admin-customer-note = Notiz
admin-customer-note-hint = Nur Mitarbeiter lesen sie.
admin-customer-tags = Schlagwörter
admin-customer-not-saved = Noch nicht gespeichert
admin-customer-suspend = Konto sperren
admin-customer-suspend-hint = Der Kunde wird überall abgemeldet und kann sich nicht anmelden. Bestellungen laufen weiter.
admin-customer-activate = Konto freigeben
admin-customer-merge = Mit einem anderen Kunden zusammenführen
admin-customer-merge-hint = Bestellungen, Schlagwörter und Notizen des anderen Kunden kommen hierher, und der andere wird mit seinem Konto gelöscht. Das lässt sich nicht rückgängig machen.
admin-customer-merge-email = E-Mail des anderen Kunden
admin-customer-merge-button = Zusammenführen
admin-customer-not-merged = Nicht zusammengeführt
admin-customer-impersonate = Die Website als dieser Kunde verwenden
admin-customer-impersonate-hint = Sie sehen die Website 30 Minuten lang wie dieser Kunde. Bezahlen, Passwörter und Datenschutz sind gesperrt. Es wird mit Ihrem Grund protokolliert.
admin-customer-reason = Grund
admin-customer-impersonate-button = Die Website als dieser Kunde verwenden
admin-customer-not-impersonated = Nicht begonnen
admin-customer-not-erased = Nicht gelöscht
admin-customer-consent = Hat Neuigkeiten per E-Mail zugestimmt
admin-customer-privacy = Personenbezogene Daten
admin-customer-data-hint = Alles, was über diese Person gespeichert ist, um es ihr zu geben.
admin-customer-data = Daten herunterladen
admin-customer-erase-hint = Löscht auf Wunsch der Person das Konto und alles, was sie nennt, auch in Bestellungen, E-Mails und Notizen. Nur Rechnungen behalten Name und Adresse, solange das Gesetz es verlangt. Das lässt sich nicht rückgängig machen.
admin-customer-erase = Diesen Kunden löschen
