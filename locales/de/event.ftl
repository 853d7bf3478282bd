# Der Verlauf einer Bestellung
event-timeline = Verlauf
event-note-label = Notiz hinzufügen
event-note-hint = Nur Ihr Team sieht sie.
event-note-add = Notiz hinzufügen
event-note-not-added = Notiz noch nicht hinzugefügt
event-email = E-Mail an { $to }: { $subject }
event-email-undelivered = E-Mail an { $to }: { $subject }, nicht zugestellt

# Was geschehen ist
event-order-placed = Bestellung aufgegeben
event-payment-started = Zur Zahlungsseite weitergeleitet
event-payment-received = Zahlung eingegangen
event-gift-cards-issued = { $count ->
    [one] Geschenkgutschein per E-Mail versendet
   *[other] Geschenkgutscheine per E-Mail versendet
}
event-vat-number-valid = Die USt-IdNr. { $number } ist gültig
event-vat-number-valid-name = Die USt-IdNr. { $number } ist gültig: { $name }
event-vat-number-invalid = Die USt-IdNr. { $number } ist ungültig
event-vat-number-invalid-name = Die USt-IdNr. { $number } ist ungültig: { $name }
event-transfer-reminder-sent = Zahlungserinnerung versendet
event-transfer-expired = Keine Überweisung rechtzeitig eingegangen; die Bestellung ist abgelaufen
event-order-cancelled = Bestellung storniert
event-order-expired = Zahlung nicht rechtzeitig eingegangen
event-checkout-cancelled = Vor der Zahlung abgebrochen
event-order-reinstated = Die Zahlung kam verspätet; die Artikel waren noch auf Lager
event-fulfilment-shipped = Versendet
event-fulfilment-shipped-carrier = Versendet mit { $carrier }
event-fulfilment-shipped-number = Versendet, Nummer { $number }
event-fulfilment-shipped-carrier-number = Versendet mit { $carrier }, Nummer { $number }
event-fulfilment-resent = Erneut versendet
event-fulfilment-resent-carrier = Erneut versendet mit { $carrier }
event-fulfilment-resent-number = Erneut versendet, Nummer { $number }
event-fulfilment-resent-carrier-number = Erneut versendet mit { $carrier }, Nummer { $number }
event-fulfilment-delivered = Sendung zugestellt
event-fulfilment-picked-up = Abgeholt
event-fulfilment-failed = Sendung nicht zugestellt
event-fulfilment-not-picked-up = Nicht abgeholt
event-fulfilment-cancelled = Sendung abgeschlossen: Sie wird nicht erneut versendet
event-refund-created = { MONEY($amount) } erstattet
event-refund-created-reason = { MONEY($amount) } erstattet: { $reason }
event-refund-created-automatically = { $reason }: { MONEY($amount) } automatisch erstattet
event-refund-retried = Erstattung erneut versucht
event-return-requested = Rücksendung angefragt: { $items }
event-return-approved = Rücksendung genehmigt: { $items }
event-return-declined = Rücksendung abgelehnt: { $answer }
event-return-received = Rücksendung eingegangen: { $items }
event-return-items-damaged = Beschädigt, nicht wieder im Lagerbestand: { $items }
event-return-cancelled = Rücksendung storniert: { $items }
event-webhook-processed = Webhook empfangen: { $topic }
event-email-readdressed = „{ $subject }“ an { $to } statt an { $from } gesendet
event-order-email-changed = E-Mail-Adresse von { $from } in { $to } geändert
event-invoice-buyer-erased = Die gelöschte Person nach Ablauf der Aufbewahrungsfrist aus { $number } entfernt
event-text-erased = (gelöscht)
event-order-flag-resolved = Erledigt: { $reason }

# Warum eine Bestellung geprüft werden muss
event-review-disputed = Die Kundin oder der Kunde hat die Zahlung angefochten. Bitte nehmen Sie dazu Stellung.
event-review-paid-in-other-currency = Die Zahlung kam in einer anderen Währung als der der Bestellung. Bitte erstatten Sie sie.
event-review-underpaid = Es wurde weniger als der fällige Betrag gezahlt. Kommt der Rest nicht rechtzeitig, wird die Zahlung erstattet.
event-review-charged-amount-differs = Der Zahlungsanbieter hat einen anderen Betrag abgebucht als angefordert.
event-review-refund-failed = Erstattung fehlgeschlagen: { $message }
event-review-refunded-at-provider = { MONEY($amount) } wurden bei { $provider } erstattet.
event-review-refunded-at-provider-items = { MONEY($amount) } wurden bei { $provider } erstattet. Bitte entscheiden Sie, was mit den Artikeln geschieht.
event-review-overdue-after-shipping = Ein Teil der Bestellung wurde versendet, und der Rest der Zahlung ist überfällig.
event-review-overdue-after-part-payment = Ein Teil der Zahlung ist eingegangen, und der Rest ist überfällig.
event-review-invalid-vat-number = Die USt-IdNr. { $number } ist ungültig. Die Steuer für diese Bestellung ist noch fällig.
event-review-invalid-vat-number-name = Die USt-IdNr. { $number } ist ungültig: { $name }. Die Steuer für diese Bestellung ist noch fällig.

# Warum erstattet wurde
event-refund-items-returned = Für die zurückgesandten Artikel
event-refund-order-cancelled = Die Bestellung wurde storniert
event-refund-not-paid-in-time = Die Bestellung wurde nicht rechtzeitig bezahlt
event-refund-paid-too-late = Die Zahlung kam an, nachdem die Bestellung abgelaufen war
event-refund-overpaid = Es wurde mehr als der fällige Betrag gezahlt

# Wer es getan hat
event-actor-customer = Kunde
event-actor-checkout = Kasse
event-actor-command-line = Befehlszeile
