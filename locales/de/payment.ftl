# Payment methods, the test provider's card page, and the waiting page before a payment.

payment-bank-transfer = Banküberweisung
payment-cash = Barzahlung bei Abholung
payment-card = Karte
payment-test-card = Testkarte
payment-none = Nichts zu bezahlen

# Notes at the checkout.

payment-card-note = Auf der sicheren Seite unseres Zahlungsanbieters.
payment-test-card-note = Zum Testen: Es wird keine Karte belastet.
payment-bank-transfer-note = Nach der Bestellung senden wir Ihnen unsere Bankverbindung per E-Mail.
payment-cash-note = Sie bezahlen, wenn Sie Ihre Bestellung abholen.

# How an order is paid that gift cards pay, or pay a part of.

payment-gift-card = Geschenkgutschein
payment-gift-card-and-bank-transfer = Geschenkgutschein, Banküberweisung
payment-gift-card-and-cash = Geschenkgutschein, Barzahlung bei Abholung
payment-gift-card-and-card = Geschenkgutschein, Karte
payment-gift-card-and-test-card = Geschenkgutschein, Testkarte

# Buttons of several pages.

payment-pay-now = Jetzt bezahlen

# The test provider's page.

payment-title = Bezahlen
payment-title-error = Fehler: Bezahlen
payment-not-charged = Es wurde nichts abgebucht
# $payer is the buyer's email address.
payment-for-html = Für <strong>{ $payer }</strong>
payment-card-number = Kartennummer
payment-card-number-hint = 16 Ziffern, gern mit Leerzeichen
payment-pay = Bezahlen
payment-test-cards = Testkarten
# The next two follow a card number.
payment-test-card-approved = wird akzeptiert
payment-test-card-declined = wird abgelehnt
payment-cancel = Abbrechen und zurück zur Bestellung

# The waiting page.

payment-wait-title = Einen Moment
payment-wait-notice = Bitte warten Sie
payment-wait = { $seconds ->
    [one] Wir erhalten gerade viele Zahlungen, oder mehrere aus Ihrem Netzwerk. Bitte warten Sie { $seconds } Sekunde und klicken Sie dann erneut auf „Jetzt bezahlen“. Ihre Bestellung bleibt für Sie reserviert.
   *[other] Wir erhalten gerade viele Zahlungen, oder mehrere aus Ihrem Netzwerk. Bitte warten Sie { $seconds } Sekunden und klicken Sie dann erneut auf „Jetzt bezahlen“. Ihre Bestellung bleibt für Sie reserviert.
}
