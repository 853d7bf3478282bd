### Emails. Messages that end in -html serve both parts of an email: the plain text part leaves the markup out.

## Shared by several emails

# Takes the place of the name of a buyer who has none: “Guten Tag liebe Kundin, lieber Kunde”.
email-nameless = liebe Kundin, lieber Kunde
email-labelled = { $label }:
email-row = { $label }: { $value }
email-thank-you = Vielen Dank, { $name }
email-see-order = Bestellung ansehen
email-open-order = Bestellung öffnen
email-reply = Stimmt etwas nicht? Antworten Sie einfach auf diese E-Mail.
email-shipping-to = Lieferung an { $address }.
email-pay-on-pickup = Sie bezahlen bei der Abholung: { $amount }.

## The table of an order

email-order = Bestellung { $number }
email-discount-code = Rabatt { $code }
email-shipping-row = Versand, { $method }

## Bank details

email-transfer-to = Bitte überweisen Sie { $amount } an
email-transfer-to-by = Bitte überweisen Sie { $amount } bis zum { $date } an
email-transfer-reference = Verwendungszweck

## Order confirmation

email-placed-subject = Ihre Bestellung { $number }
email-placed-preview = Vielen Dank. Das haben Sie bestellt.
email-placed-received-html = Wir haben Ihre Bestellung <strong>{ $number }</strong> erhalten.
email-placed-transfer = Sobald Ihre Überweisung eingegangen ist, packen wir Ihre Bestellung.
email-placed-transfer-code = Sobald Ihre Überweisung eingegangen ist, senden wir Ihnen den Code per E-Mail.
email-placed-bank-follows = Unsere Bankverbindung senden wir Ihnen per E-Mail.
email-placed-pickup = Wir schreiben Ihnen eine E-Mail, sobald sie zur Abholung bereitliegt.
email-placed-ships = Wir schreiben Ihnen eine E-Mail, sobald sie unterwegs ist.
email-placed-code = Der Code kommt in einer eigenen E-Mail.

## Payment received

email-paid-subject = Zahlung zur Bestellung { $number } eingegangen
email-paid-preview = Vielen Dank für Ihre Bestellung.
email-paid-title = Ihre Zahlung ist eingegangen
email-paid-pack-html = Vielen Dank, { $name }. Wir haben { $amount } für Ihre Bestellung <strong>{ $number }</strong> erhalten und packen sie als Nächstes.
email-paid-code-html = Vielen Dank, { $name }. Wir haben { $amount } für Ihre Bestellung <strong>{ $number }</strong> erhalten und senden Ihnen den Code per E-Mail.

## Refund

email-refunded-subject = Ihre Erstattung zur Bestellung { $number } ist unterwegs
email-refunded-preview = Die Erstattung erfolgt über Ihre ursprüngliche Zahlungsart.
email-refunded-title = Ihre Erstattung ist unterwegs
email-refunded-html = Guten Tag { $name }, wir haben Ihnen <strong>{ $amount }</strong> erstattet.
email-refunded-order-html = Guten Tag { $name }, wir haben Ihnen <strong>{ $amount }</strong> Ihrer Bestellung <strong>{ $number }</strong> erstattet.
email-refunded-gift-card = { $amount } haben wir Ihrem Geschenkgutschein gutgeschrieben.
email-refunded-transfer = Wir überweisen Ihnen den Betrag.
email-refunded-transfer-amount = { $amount } überweisen wir Ihnen.
email-refunded-card = Der Betrag wird in den nächsten Tagen der Karte gutgeschrieben, mit der Sie bezahlt haben.
email-refunded-card-amount = { $amount } werden in den nächsten Tagen der Karte gutgeschrieben, mit der Sie bezahlt haben.

## Shipped, or ready for pickup

email-shipped-subject = Ihre Bestellung { $number } ist unterwegs
email-shipped-subject-pickup = Ihre Bestellung { $number } liegt zur Abholung bereit
email-shipped-preview = Das ist darin.
email-shipped-title = Ihre Bestellung ist unterwegs
email-shipped-title-pickup = Ihre Bestellung liegt zur Abholung bereit
email-shipped-html = Guten Tag { $name }, eine Sendung Ihrer Bestellung <strong>{ $number }</strong> ist unterwegs.
email-shipped-pickup-html = Guten Tag { $name }, Ihre Bestellung <strong>{ $number }</strong> liegt zur Abholung bereit: { $method }.
email-shipped-with = Versendet mit { $carrier }.
email-shipped-items = Artikel in dieser Sendung
email-shipped-track = Sendung verfolgen

## Reminder of a bank transfer

email-reminder-subject = Zahlungserinnerung zu Ihrer Bestellung { $number }
email-reminder-preview = Ihre Überweisung ist noch nicht eingegangen.
email-reminder-title = Ihre Überweisung ist noch nicht eingegangen
email-reminder-html = Guten Tag { $name }, für Ihre Bestellung <strong>{ $number }</strong> steht Ihre Überweisung noch aus.
email-reminder-hold = Wir reservieren Ihre Artikel bis zum { $date }; danach läuft die Bestellung ab, und die Artikel gehen zurück in den Verkauf.
email-reminder-crossed = Wenn Sie das Geld bereits überwiesen haben, müssen Sie nichts weiter tun.
email-reminder-reply = Haben Sie es sich anders überlegt, oder stimmt etwas nicht? Antworten Sie einfach auf diese E-Mail.

## Expired order

email-expired-subject = Ihre Bestellung { $number } ist abgelaufen
email-expired-preview = Ihre Überweisung ist nicht eingegangen.
email-expired-title = Ihre Bestellung ist abgelaufen
email-expired-html = Guten Tag { $name }, die Überweisung für Ihre Bestellung <strong>{ $number }</strong> ist nicht rechtzeitig eingegangen. Die Bestellung ist deshalb abgelaufen.
email-expired-nothing = Es wird nichts versendet, und Sie müssen nichts bezahlen.
email-expired-late-money = Wenn Sie das Geld bereits überwiesen haben: Sobald es eingeht, versenden wir Ihre Artikel, falls sie noch auf Lager sind, oder erstatten Ihnen den Betrag.

## Cancelled order

email-cancelled-subject = Ihre Bestellung { $number } wurde storniert
email-cancelled-preview = Es wird nichts versendet.
email-cancelled-title = Ihre Bestellung wurde storniert
email-cancelled-html = Guten Tag { $name }, Ihre Bestellung <strong>{ $number }</strong> wurde storniert. Es wird nichts versendet.
email-cancelled-refund = Wir erstatten den Betrag über Ihre ursprüngliche Zahlungsart.
email-cancelled-unpaid = Sie müssen nichts bezahlen.

## New order, to the shop

email-new-order-subject = Neue Bestellung { $number } über { $amount }
email-new-order-preview = Sie haben eine neue Bestellung.
email-new-order-title = Neue Bestellung { $number }
email-new-order-buyer = { $name } ({ $email }) hat für { $amount } bestellt.
email-new-order-paid = { $method }: bezahlt.
email-new-order-paid-to-pack = { $method }: bezahlt, bereit zum Packen.
email-new-order-pays-on-pickup = { $method }: zahlt bei der Abholung.
email-new-order-unpaid = { $method }: noch nicht bezahlt.
email-new-order-gift-cards = Nur Geschenkgutscheine: Sie werden nach der Zahlung automatisch per E-Mail versendet.
email-new-order-pickup = Abholung: { $method }.

## Return requested, to the shop

email-return-requested-subject = Rücksendung zur Bestellung { $number } angefragt
email-return-requested-preview = Bitte genehmigen Sie die Rücksendung oder lehnen Sie sie ab.
email-return-requested-title = Rücksendung angefragt
email-return-requested-html = { $name } ({ $email }) möchte Artikel der Bestellung <strong>{ $number }</strong> zurücksenden.
email-return-requested-reason = Grund
email-return-requested-decide = Genehmigen Sie die Rücksendung dort oder lehnen Sie sie ab; die Kundin oder der Kunde erhält eine E-Mail.
email-return-requested-decide-link = Genehmigen Sie die Rücksendung dort oder lehnen Sie sie ab; die Kundin oder der Kunde erhält eine E-Mail:

## Return approved

email-return-items = Artikel der Rücksendung
email-return-approved-subject = Ihre Rücksendung zur Bestellung { $number } ist genehmigt
email-return-approved-preview = Hier steht, wohin Sie die Artikel senden.
email-return-approved-title = Ihre Rücksendung ist genehmigt
email-return-approved-html = Guten Tag { $name }, Sie können diese Artikel Ihrer Bestellung <strong>{ $number }</strong> zurücksenden. Sobald sie bei uns eingegangen sind, erstatten wir Ihnen den Betrag.
email-return-approved-contact = Bitte melden Sie sich bei uns. Dann nennen wir Ihnen die Adresse für die Rücksendung.
email-return-approved-send-to = Rücksendung an
email-return-approved-note = Bitte legen Sie einen Zettel mit Ihrer Bestellnummer { $number } bei.

## Return declined

email-return-declined-subject = Ihre Rücksendungsanfrage zur Bestellung { $number }
email-return-declined-preview = Hier steht der Grund.
email-return-declined-title = Ihre Rücksendung wurde abgelehnt
email-return-declined-html = Guten Tag { $name }, Sie möchten Artikel Ihrer Bestellung <strong>{ $number }</strong> zurücksenden. Leider können wir diese Rücksendung nicht annehmen.
email-return-declined-items = Artikel, die Sie zurücksenden möchten

## Gift card codes

email-gift-cards-subject = { $count ->
    [one] Ihr Geschenkgutschein von { $shop }
   *[other] Ihre Geschenkgutscheine von { $shop }
}
email-gift-cards-subject-issued = Ein Geschenkgutschein von { $shop } für Sie
email-gift-cards-preview = Der Code steht in dieser E-Mail.
email-gift-cards-use = Geben Sie den Code im Warenkorb in das Feld für den Rabattcode ein. Ein Restguthaben bleibt auf dem Gutschein. Wer den Code kennt, kann ihn einlösen: Bewahren Sie ihn gut auf.
email-gift-cards-codes = { $count ->
    [one] Der Code
   *[other] Die Codes
}
email-gift-cards-until = Gültig bis { $date }
email-gift-cards-row-until = { $code }: { $amount }, gültig bis { $date }
email-gift-cards-bought = Gekauft mit Bestellung { $number }.
email-gift-cards-bought-link = Gekauft mit Bestellung { $number }:
email-gift-cards-shop = Zum Shop
