# The checkout page.

checkout-title = Kasse
checkout-title-error = Fehler: Kasse
checkout-title-wait = Einen Moment: Kasse
checkout-description = Wohin Ihre Bestellung geht, wie sie versendet wird und wie Sie bezahlen, auf einer Seite.
checkout-check-form = Bitte prüfen Sie das Formular

# Contact.

checkout-contact = Kontakt
checkout-email = E-Mail
checkout-email-hint = Für Ihre Bestellbestätigung und die Sendungsverfolgung.
checkout-phone = Telefon
checkout-phone-hint = Nur für Rückfragen des Versanddienstes zu Ihrer Lieferung.

# Shipping address.

checkout-address = Lieferadresse
checkout-country = Land
checkout-name = Vor- und Nachname
checkout-for-company = Für eine Firma bestellen
checkout-company = Firma
checkout-vat-number = USt-IdNr.
checkout-vat-number-hint = Für Unternehmen, zusammen mit der Firma.
checkout-pickup = Sie holen diese Bestellung ab, daher benötigen wir keine Adresse.
checkout-line1 = Adresse
checkout-line1-hint = Straße und Hausnummer
checkout-add-line2 = Adresszusatz hinzufügen
checkout-line2 = Adresszusatz
checkout-postcode = Postleitzahl
checkout-city = Ort
checkout-region = Bundesland oder Region
checkout-region-hint = Lassen Sie dies unverändert, wenn Ihre Adresse keine Region hat.
checkout-choose-region = Bitte auswählen

# Shipping and payment methods.

checkout-shipping-method = Versandart
checkout-pickup-method = Persönliche Abholung
checkout-too-heavy = Entfernen Sie etwas aus Ihrem Warenkorb oder kontaktieren Sie uns.
checkout-no-shipping = Wir können diese Bestellung nicht an die obige Adresse versenden. Wählen Sie ein anderes Land oder kontaktieren Sie uns.
checkout-kilograms = { $weight } kg
checkout-payment = Zahlung
checkout-nothing-to-pay = Es ist nichts zu bezahlen.
checkout-no-payments = Dieser Shop kann noch keine Zahlungen annehmen.
checkout-no-payment-method = Für diese Bestellung ist keine unserer Zahlungsarten verfügbar.
# A badge: no money is charged.
checkout-test = Test

# The end of the form.

checkout-note-section = Anmerkung
checkout-note = Anmerkung für den Shop
checkout-update-totals = Summen aktualisieren
# The order button if gift cards pay for everything. German law prescribes the wording.
checkout-order = Zahlungspflichtig bestellen
# The order button if the order costs nothing.
checkout-order-free = Bestellen
# The order button otherwise. German law prescribes the wording.
checkout-order-and-pay-html = Zahlungspflichtig bestellen { $amount }
checkout-no-orders = Dieser Shop kann noch keine Bestellungen annehmen.
checkout-no-payment-method-hint = Für diese Bestellung ist keine unserer Zahlungsarten verfügbar. Bitte wählen Sie eine andere Versandart oder kontaktieren Sie uns.
# $pages are links to pages of the shop, joined by the two list messages.
checkout-agreement-html = Mit Ihrer Bestellung stimmen Sie folgenden Bedingungen zu: { $pages }.
checkout-page-html = <a href="{ $href }">{ $title }</a>
checkout-list-html = { $first }, { $next }
checkout-list-end-html = { $first } und { $last }

# Order summary.

checkout-summary = Bestellübersicht
# A number on a picture; screen readers also hear what it counts.
checkout-quantity-html = <span class="sr">Menge </span>{ NUMBER($quantity) }

# Notices: headings and texts.

checkout-review-order = Bitte prüfen Sie Ihre Bestellung
checkout-quote-changed = Die Summe, der Versand oder die Steuern haben sich geändert. Bitte prüfen Sie Ihre Bestellung und senden Sie sie erneut ab.
checkout-cart-changed = Ihr Warenkorb hat sich geändert. Bitte prüfen Sie ihn und senden Sie Ihre Bestellung erneut ab.
checkout-no-payments-title = Dieser Shop kann noch keine Zahlungen annehmen
checkout-no-payments-staff-html = Kunden können erst bestellen, wenn Sie eine Zahlungsart eingerichtet haben. <a href="{ $href }">Bankverbindung hinterlegen</a>
checkout-no-payments-buyer = Bestellungen sind derzeit nicht möglich. Bitte versuchen Sie es später erneut.
checkout-review-cart = Bitte prüfen Sie Ihren Warenkorb
checkout-line-unavailable = { $name } ist nicht mehr erhältlich.
checkout-line-sold-out = { $name } ist ausverkauft.
checkout-line-low-stock = Von { $name } sind nur noch { NUMBER($left) } auf Lager.
# A button; screen readers also hear what it removes.
checkout-remove-html = Entfernen<span class="sr">: { $name }</span>
checkout-back-to-cart = Zurück zum Warenkorb
checkout-wait-title = Einen Moment
checkout-wait = { $seconds ->
    [one] Wir erhalten gerade viele Bestellungen, oder mehrere aus Ihrem Netzwerk. Bitte warten Sie { $seconds } Sekunde und senden Sie Ihre Bestellung dann erneut ab. Ihre Eingaben sind noch da.
   *[other] Wir erhalten gerade viele Bestellungen, oder mehrere aus Ihrem Netzwerk. Bitte warten Sie { $seconds } Sekunden und senden Sie Ihre Bestellung dann erneut ab. Ihre Eingaben sind noch da.
}
checkout-code = Rabattcode
checkout-code-unused = Ihr Rabattcode { $code } wurde nicht eingelöst. { $reason }
checkout-gift-card = Geschenkgutschein
# $card is order-gift-card.
checkout-card-unused = { $card } wurde nicht eingelöst. { $reason }

# Namen der Versandart und der Steuer eines neuen Shops; der Inhaber kann sie ändern.
checkout-default-shipping-name = Standardpaket
checkout-default-tax-name = MwSt.
checkout-by-email = Per E-Mail
