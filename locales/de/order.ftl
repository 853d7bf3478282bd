# The buyer's order page, and what other pages and emails share with it.

order-title = Bestellung { $number }
order-title-unnumbered = Ihre Bestellung
order-number-html = Bestellung <strong data-order-number="{ $number }">{ $number }</strong>

# The heading of the page.

order-heading-processing = Ihre Zahlung wird verarbeitet
order-heading-unpaid = Noch ein Schritt: Bezahlen Sie Ihre Bestellung
order-heading-expired = Diese Bestellung ist abgelaufen
order-heading-cancelled = Diese Bestellung wurde storniert
order-heading-returned = Ihre Bestellung wurde zurückgegeben
order-heading-partially-returned = Ein Teil Ihrer Bestellung wurde zurückgegeben
order-heading-lost = Ihre Bestellung konnte nicht zugestellt werden
order-heading-delivered = Ihre Bestellung wurde zugestellt
order-heading-fulfilled = Ihre Bestellung ist unterwegs
order-heading-partially-fulfilled = Ein Teil Ihrer Bestellung ist unterwegs
order-heading-thanks = Vielen Dank, { $name }

# What happens next, one paragraph each.

order-next-processing = Das kann einige Tage dauern. Wir schreiben Ihnen eine E-Mail, sobald die Zahlung eingeht.
order-next-transfer-expired = Ihre Überweisung ist nicht rechtzeitig eingegangen. Es wird nichts versendet, und Sie müssen nichts bezahlen.
order-next-transfer-late = Falls Sie das Geld bereits überwiesen haben, melden wir uns, sobald es eingeht.
order-next-transfer = Überweisen Sie den Betrag auf das unten genannte Konto, mit Ihrer Bestellnummer als Verwendungszweck.
order-next-bank-details = Wir senden Ihnen unsere Bankverbindung per E-Mail.
order-next-pack-when-paid = Wir packen Ihre Bestellung, sobald die Zahlung eingeht.
order-next-gift-card-when-paid = Wir senden Ihnen Ihren Geschenkgutschein per E-Mail, sobald die Zahlung eingeht.
order-next-pack = Wir packen Ihre Bestellung.
order-next-pickup = Wir schreiben Ihnen eine E-Mail, sobald sie zur Abholung bereitliegt.
order-next-ship = Wir schreiben Ihnen eine E-Mail, sobald sie versendet wird.
order-next-pay-on-pickup = Sie bezahlen bei der Abholung.

# Badges: the state of the order, of its payment and of its fulfilment.

order-state-processing = Zahlung in Bearbeitung
order-state-unpaid = Unbezahlt
order-state-expired = Abgelaufen
order-state-cancelled = Storniert
order-state-refunded = Erstattet
order-state-partially-refunded = Teilweise erstattet
order-state-paid = Bezahlt
order-state-pay-on-pickup = Zahlung bei Abholung
order-state-awaiting-payment = Zahlung ausstehend
order-state-picked-up = Abgeholt
order-state-shipped = Versendet
order-state-partially-shipped = Teilweise versendet
order-state-partially-returned = Teilweise zurückgegeben
order-state-returned = Zurückgegeben
order-state-being-prepared = In Vorbereitung

# Bank transfer.

order-transfer-html = Bitte überweisen Sie { $amount }
order-bank-details = Bankverbindung
order-reference = Verwendungszweck
order-due-by = Zahlbar bis

# Gift cards bought with the order.

order-gift-cards = { $count ->
    [one] Ihr Geschenkgutschein
   *[other] Ihre Geschenkgutscheine
}
order-gift-cards-hint = Geben Sie den Code im Warenkorb in das Feld für den Rabattcode ein. Jeder, der den Code kennt, kann ihn einlösen.
order-gift-cards-caption = Codes und Guthaben
order-gift-card-invalid = Nicht mehr gültig

# The sections.

order-lines = Ihre Bestellung
order-tracking = Sendungsverfolgung
order-track-shipment = Sendung verfolgen
order-fulfilment-delivered = Zugestellt
order-fulfilment-picked-up = Abgeholt
order-fulfilment-failed = Zustellung fehlgeschlagen
order-fulfilment-not-picked-up = Nicht abgeholt
order-documents = Dokumente
order-document-pdf = { $document } (PDF)
order-invoice = Rechnung { $number }
order-credit-note = Gutschrift { $number }
order-timeline = Verlauf
order-shipping-address = Lieferadresse
order-billing-address = Rechnungsadresse
order-details = Details
order-shipping-method = Versand: { $method }
order-payment-method = Zahlung: { $method }
order-help = Brauchen Sie Hilfe?
order-help-reply = Antworten Sie auf die E-Mail, die wir Ihnen gesendet haben.
order-help-reply-or-write-html = Antworten Sie auf die E-Mail, die wir Ihnen gesendet haben, oder schreiben Sie an <a href="mailto:{ $email }">{ $email }</a>.
order-help-write-html = Schreiben Sie an <a href="mailto:{ $email }">{ $email }</a>.
order-help-bookmark = Speichern Sie diese Seite als Lesezeichen: Ihre Adresse öffnet Ihre Bestellung ohne Anmeldung.

# Links from other pages.

order-back = Zurück zur Bestellung

# Labels that other pages and emails share.

# $last4 are the last characters of the code.
order-gift-card = Geschenkgutschein mit der Endung { $last4 }
order-amount-due = Zu zahlen
# What the customer wrote at the checkout.
order-note = Anmerkung zur Bestellung
# The last line of an address.
order-vat-number = USt-IdNr. { $number }
