### Invoices and credit notes as PDF.

document-continued = { $title }, Fortsetzung
document-page = { $number } · Seite { NUMBER($page) } von { NUMBER($pages) }

## Fields beside the address

document-vat-number = USt-IdNr. { $number }
document-bill-to = Rechnungsempfänger
document-invoice-number = Rechnungsnummer
document-credit-note-number = Gutschriftnummer
document-date = Datum
document-order = Bestellung
document-order-date = Bestelldatum
document-corrects = Korrigiert Rechnung

## Items

document-description = Beschreibung
document-quantity = Menge
document-price = Einzelpreis
document-amount = Betrag
document-shipping = Versand: { $method }
document-order-refunded = Bestellung { $number }, erstattet
document-order-cancelled = Bestellung { $number }, storniert

## Totals and payments

document-total-credited = Gutgeschriebener Betrag
document-gift-card = Geschenkgutschein
document-amount-due = Zu zahlen
document-paid-by-transfer = Bezahlt per Banküberweisung
document-paid-by-cash = Bar bei Abholung bezahlt
document-paid-by-card = Mit Karte bezahlt
document-paid-by-test-card = Mit Testkarte bezahlt

## Taxes

document-tax = Steuer
document-net = Netto
document-gross = Brutto
document-no-tax = Ohne Steuer

## Notes below the totals

document-paid = Bezahlt: { $method }.
document-refunded = Erstattet über die ursprüngliche Zahlungsart.
document-refunded-reason = Grund: { $reason }. Erstattet über die ursprüngliche Zahlungsart.
document-export = Lieferung außerhalb des Steuergebiets des Shops: Es wird keine Steuer berechnet.
document-voucher = Geschenkgutscheine werden bei der Einlösung versteuert, nicht beim Kauf.
# Mandatory: directive 2006/112/EC, article 226 (11a).
document-reverse-charge = Steuerschuldnerschaft des Leistungsempfängers.
