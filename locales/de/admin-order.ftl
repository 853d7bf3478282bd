# The list
admin-order-orders = Bestellungen
admin-order-tab-to-pay = Zahlung ausstehend
admin-order-tab-to-pack = Zu packen
admin-order-tab-done = Abgeschlossen
admin-order-tab-cancelled = Storniert
admin-order-list-caption = Bestellungen, neueste zuerst
admin-order-column-order = Bestellung
admin-order-column-placed = Bestellt
admin-order-column-customer = Kunde
admin-order-column-items = Artikel
admin-order-column-payment = Zahlung
admin-order-column-fulfilment = Ausführung
admin-order-none-found = Keine Bestellungen gefunden
admin-order-all-orders = Alle Bestellungen
admin-order-none-yet = Noch keine Bestellungen
admin-order-none-yet-hint = Die erste erscheint hier und in Ihrem Postfach. Geben Sie eine Testbestellung auf, um zu sehen, wie es funktioniert.
admin-order-open-shop = Shop öffnen

# The head of the page
admin-order-unfinished-name = Eine nicht abgeschlossene Bestellung
admin-order-heading-html = Bestellung <span data-order-number="{ $number }">{ $number }</span>
admin-order-status-page = Bestellstatus-Seite
admin-order-placed-html = Bestellt am { $when } im Onlineshop
admin-order-started-html = Begonnen am { $when } im Onlineshop
admin-order-needs-attention = Bei dieser Bestellung ist etwas zu erledigen

# Payment state
admin-order-payment-none = Keine Zahlung fällig
admin-order-payment-not-paid = Nicht bezahlt
admin-order-payment-on-pickup = Zahlung bei Abholung
admin-order-payment-unpaid = Unbezahlt
admin-order-payment-partially-paid = Teilweise bezahlt
admin-order-payment-paid = Bezahlt
admin-order-payment-processing = In Bearbeitung
admin-order-payment-authorised = Autorisiert
admin-order-payment-overpaid = Überbezahlt
admin-order-payment-partially-refunded = Teilweise erstattet
admin-order-payment-refunded = Erstattet
admin-order-payment-disputed = Angefochten

# Fulfilment state
admin-order-fulfilment-cancelled = Storniert
admin-order-fulfilment-expired = Abgelaufen
admin-order-fulfilment-none = Nichts auszuführen
admin-order-fulfilment-unfulfilled = Nicht ausgeführt
admin-order-fulfilment-partially-fulfilled = Teilweise ausgeführt
admin-order-fulfilment-fulfilled = Ausgeführt
admin-order-fulfilment-partially-returned = Teilweise zurückgegeben
admin-order-fulfilment-returned = Zurückgegeben

# The next step
admin-order-lapsed-heading = Ist die Zahlung doch noch eingegangen?
admin-order-lapsed-hint = Es ist keine Überweisung rechtzeitig eingegangen, und die Bestellung ist abgelaufen. Wenn das Geld jetzt auf Ihrem Konto ist, erfassen Sie die Zahlung: Sind die Artikel noch auf Lager, wird die Bestellung wiederhergestellt; andernfalls wird die Zahlung zur Erstattung vorgemerkt.
admin-order-next-payment = Nächster Schritt: Zahlung
admin-order-next-payment-hint = { $method }, Verwendungszweck { $number }. Erfassen Sie die Zahlung, sobald das Geld auf Ihrem Konto ist.
admin-order-next-payment-due-html = { $method }, Verwendungszweck { $number }, { $due } offen. Erfassen Sie die Zahlung, sobald das Geld auf Ihrem Konto ist.
admin-order-mark-paid = Zahlung erfassen
admin-order-not-fulfilled = Noch nicht ausgeführt
admin-order-fulfilment-heading = Ausführung
admin-order-next-pickup = Nächster Schritt: zur Abholung bereitlegen
admin-order-next-shipping = Nächster Schritt: packen und versenden
admin-order-pickup-hint = Der Kunde erhält eine E-Mail, dass die Bestellung zur Abholung bereitliegt.
admin-order-shipping-hint = Der Kunde erhält eine E-Mail mit dem Link zur Sendungsverfolgung.
admin-order-carrier = Versanddienstleister
admin-order-tracking-number = Sendungsnummer
admin-order-tracking-link = Link zur Sendungsverfolgung
admin-order-quantity-to-fulfil = Auszuführende Menge: { $item }
admin-order-unfulfilled-count = { NUMBER($count) } nicht ausgeführt
admin-order-fulfil = Ausführen
admin-order-packing-slip = Packzettel

# Shipments
admin-order-not-resent = Noch nicht erneut versendet
admin-order-shipments =
    { $count ->
        [one] Sendung
       *[other] Sendungen
    }
admin-order-shipment-shipped-html = versendet am { $when }: { $contents }.
admin-order-shipment-ready-html = bereit seit { $when }: { $contents }.
admin-order-track-shipment = Sendung verfolgen
admin-order-mark-delivered = Zugestellt
admin-order-mark-picked-up = Abgeholt
admin-order-mark-not-delivered = Nicht zugestellt
admin-order-mark-not-picked-up = Nicht abgeholt
admin-order-shipment-restocked = Die Artikel sind wieder im Lagerbestand; die Sendung kann daher nicht erneut versendet werden.
admin-order-close-shipment = Abschließen
admin-order-resend = Erneut versenden
admin-order-resend-hint = Schließen Sie die Sendung ab, wenn sie nicht erneut versendet wird, z. B. nach einer Erstattung.
admin-order-shipment-on-its-way = Unterwegs
admin-order-shipment-delivered = Zugestellt
admin-order-shipment-not-delivered = Nicht zugestellt
admin-order-shipment-not-delivered-closed = Nicht zugestellt, abgeschlossen
admin-order-shipment-ready = Bereit zur Abholung
admin-order-shipment-picked-up = Abgeholt
admin-order-shipment-not-picked-up = Nicht abgeholt
admin-order-shipment-not-picked-up-closed = Nicht abgeholt, abgeschlossen

# Items
admin-order-items = Artikel
admin-order-items-caption = Artikel dieser Bestellung
admin-order-column-picture = Bild
admin-order-column-product = Produkt
admin-order-column-price = Preis
admin-order-column-quantity = Menge
admin-order-partly-fulfilled = { NUMBER($fulfilled) } ausgeführt, { NUMBER($left) } nicht ausgeführt
admin-order-refunded-count = { NUMBER($count) } erstattet

# Payment
admin-order-payment = Zahlung
admin-order-paid = Bezahlt
admin-order-refunded = Erstattet
admin-order-outstanding = Offen
admin-order-refund-pending-html = Erstattung von { $amount } in Bearbeitung
admin-order-refund-pending-hint = Der Zahlungsanbieter bearbeitet sie.
admin-order-refund-declined-html = { $amount } konnten nicht erstattet werden
admin-order-refund-declined-hint = Der Zahlungsanbieter meldet: { $error }
admin-order-retry-refund = Erneut versuchen
admin-order-transaction-marked-paid = Zahlung erfasst:
admin-order-transaction-test-card = Mit Testkarte bezahlt:
admin-order-transaction-card = Mit Karte bezahlt:
admin-order-transaction-refund-manual = Von Hand zu erstatten:
admin-order-transaction-refund = Auf die Karte erstattet:
admin-order-transaction-refund-failed = Erstattung fehlgeschlagen:
admin-order-transaction-authorised = Autorisiert:
admin-order-transaction-voided = Autorisierung aufgehoben:
admin-order-transaction-disputed = Angefochten:
admin-order-transaction-dispute-won = Zahlungsanfechtung gewonnen:
admin-order-gift-card-hold = Reserviert auf Geschenkgutschein mit der Endung { $last4 }:
admin-order-gift-card-release = Freigegeben auf Geschenkgutschein mit der Endung { $last4 }:
admin-order-gift-card-refund = Erstattet auf Geschenkgutschein mit der Endung { $last4 }:
admin-order-gift-card-use = Bezahlt mit Geschenkgutschein mit der Endung { $last4 }:

# Refund
admin-order-not-refunded = Noch nichts erstattet
admin-order-refund = Erstatten
admin-order-refund-hint = Die Erstattung erfolgt über die ursprüngliche Zahlungsart; der Kunde erhält eine E-Mail. Nicht ausgeführte Artikel werden aus der Bestellung entfernt und sind wieder verfügbar.
admin-order-quantity-to-refund = Zu erstattende Menge: { $item }
admin-order-refundable-html = { NUMBER($count) } zu je { $price }
admin-order-reason = Grund
admin-order-customer-reads-it = Wird dem Kunden mitgeteilt.
admin-order-refund-shipping = Versandkosten erstatten
admin-order-restock = Wieder in den Lagerbestand aufnehmen
admin-order-restock-hint = Die versendeten Artikel sind zurückgekommen und können wieder verkauft werden.

# Returns
admin-order-returns = Rücksendungen
admin-order-return-requested = Angefragt
admin-order-return-approved = Genehmigt
admin-order-return-received = Eingegangen
admin-order-return-refunded = Erstattet
admin-order-return-declined = Abgelehnt
admin-order-return-cancelled = Storniert
admin-order-return-answer = Abgelehnt: { $answer }
admin-order-return-approve = Genehmigen
admin-order-return-cancel = Diese Rücksendung stornieren
admin-order-return-decline-reason = Grund der Ablehnung
admin-order-return-decline = Ablehnen
admin-order-return-sellable = Kann wieder verkauft werden
admin-order-return-sellable-hint = Kommt zurück in den Lagerbestand.
admin-order-return-damaged = Beschädigt
admin-order-return-damaged-hint = Kommt nicht zurück in den Lagerbestand.
admin-order-return-receive = Eingang erfassen
admin-order-return-refund = Erstatten
admin-order-return-item-in-stock = zurück im Lagerbestand
admin-order-return-item-damaged = beschädigt
admin-order-return-already-refunded = Die Rücksendung wurde bereits erstattet.
admin-order-return-not-paid = Die Bestellung ist nicht bezahlt: Es gibt nichts zu erstatten.
admin-order-return-fully-refunded = Die Bestellung wurde bereits vollständig erstattet.
admin-order-return-create = Rücksendung anlegen
admin-order-return-create-hint = Sie wird sofort genehmigt; der Kunde erhält eine E-Mail mit der Rücksendeadresse.
admin-order-quantity-to-return = Zurückzusendende Menge: { $item }
admin-order-returnable-count = Der Kunde hat { NUMBER($count) }
admin-order-return-submit = Rücksendung anlegen

# The side
admin-order-customer = Kunde
admin-order-buyer-erased = Gelöschter Kunde
admin-order-contact = Kontakt
admin-order-delivery = Lieferung
admin-order-shipping-address = Lieferadresse
admin-order-billing-address = Rechnungsadresse
admin-order-vat-number = USt-IdNr.
admin-order-vat-hint-html = Ihretwegen wurde keine Steuer berechnet. Sie muss gültig sein und zu dieser Firma gehören: <a class="link" href="{ $href }" rel="noreferrer">in VIES nachschlagen</a>.
admin-order-vat-is-valid = Sie ist gültig
admin-order-vat-is-not-valid = Sie ist nicht gültig
admin-order-vat-not-checked = Nicht geprüft
admin-order-vat-valid = Gültig
admin-order-vat-not-valid = Nicht gültig
admin-order-documents = Dokumente
admin-order-cancel-heading = Stornieren
admin-order-cancel-hint = Legt alles in den Lagerbestand zurück und benachrichtigt den Kunden per E-Mail.
admin-order-cancel-refunds-hint = Legt alles in den Lagerbestand zurück, erstattet die Zahlung und benachrichtigt den Kunden per E-Mail.
admin-order-cancel-question = Bestellung { $number } stornieren?
admin-order-cancel = Bestellung stornieren
