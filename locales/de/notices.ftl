# What a page says after something was done. Each id is a variant of `Message`.

## Several messages after one another

sequence = { MESSAGE($first) } { MESSAGE($next) }
done-in-part = { MESSAGE($done) } Aber: { MESSAGE($problem) }

## Accounts and setup

registration-sent = Wir haben Ihnen eine E-Mail gesendet. Öffnen Sie den Link darin, um die Registrierung abzuschließen.
account-ready = Ihr Konto ist fertig. Bitte melden Sie sich an.
reset-link-sent = Wenn die Adresse ein Konto hat, haben wir ihr einen Link gesendet. Er gilt 15 Minuten.
login-code-sent = Wenn die Adresse ein Konto hat, haben wir ihr einen Code gesendet.
order-link-sent = Wenn Nummer und Adresse zusammengehören, haben wir den Link an die Adresse gesendet.
password-updated = Ihr Passwort wurde geändert. Alle anderen Geräte sind abgemeldet.
email-change-sent = Wir haben einen Link an die neue Adresse gesendet. Öffnen Sie ihn, um die Änderung zu bestätigen.
account-email-changed = Ihre E-Mail-Adresse wurde geändert.
account-email-reverted = Die Änderung wurde zurückgenommen. Bitte wählen Sie jetzt ein neues Passwort.
address-saved = Adresse gespeichert.
address-deleted = Adresse gelöscht.
session-ended = Abgemeldet.
profile-saved = Profil gespeichert.
consents-saved = Ihre Auswahl ist gespeichert.
cart-items-reduced = Ihre Warenkörbe wurden zusammengelegt. Einige Mengen wurden verringert: { $items }.
password-changed = Ihr Passwort wurde geändert. Bitte melden Sie sich an.
two-factor-on = Die Anmeldung in zwei Schritten ist eingeschaltet.
two-factor-off = Die Anmeldung in zwei Schritten ist ausgeschaltet.
app-setup-expired = Die Einrichtung ist abgelaufen. Bitte beginnen Sie noch einmal.
passkey-added = Passkey hinzugefügt.
passkey-saved = Passkey gespeichert.
passkey-removed = Passkey entfernt.
identity-linked = { $provider } ist mit Ihrem Konto verknüpft.
identity-unlinked = Die Verknüpfung wurde entfernt.
identity-provider-saved = Identitätsanbieter gespeichert.
identity-provider-deleted = Identitätsanbieter gelöscht.
log-in-again = Bitte melden Sie sich noch einmal an.
site-opened = Ihre Website ist online. Das sehen Ihre Besucher.

## Cart and payment

items-back-in-cart = Ihre Artikel liegen wieder im Warenkorb.
order-no-longer-pending = Diese Bestellung wartet nicht mehr auf ihre Zahlung. Den Link dazu finden Sie in Ihrer E-Mail.
order-no-longer-payable = Diese Bestellung kann nicht mehr bezahlt werden. Bitte bestellen Sie erneut.
too-many-payment-attempts = Zu viele Zahlungsversuche. Bitte kontaktieren Sie uns, wir helfen Ihnen beim Bezahlen Ihrer Bestellung.
payment-page-unavailable = Die Zahlungsseite konnte nicht geöffnet werden. Bitte prüfen Sie den Status Ihrer Bestellung.
payment-page-failed = Ihre Bestellung ist sicher, aber die Zahlungsseite konnte nicht geöffnet werden. Bitte versuchen Sie es in einer Minute erneut.
payment-page-open = Die Zahlungsseite konnte nicht geschlossen werden. Bitte versuchen Sie es in einer Minute erneut.
document-pending = Das Dokument wird gerade erstellt. Bitte versuchen Sie es in einer Minute erneut.
return-requested = Wir haben Ihre Anfrage erhalten und melden uns per E-Mail.
return-cancelled = Die Rücksendung ist storniert.
return-no-longer-possible = Das ist nicht mehr möglich. Bitte prüfen Sie den Verlauf.

## Orders

order-changed = Das ist nicht mehr möglich: Die Bestellung hat sich geändert. Bitte prüfen Sie sie.
order-cancelled = Die Bestellung { $number } ist storniert.
order-paid = Die Bestellung { $number } ist als bezahlt markiert.
paid-items-sold = Die Artikel wurden inzwischen verkauft: Bitte erstatten Sie die Zahlung, wie bei der Bestellung vermerkt.
order-fulfilled = Bestellung versendet.
note-added = Notiz hinzugefügt.
refund-started = Die Erstattung ist unterwegs.
refund-recorded = Erstattung erfasst. Bitte erstatten Sie Überweisungen und Barzahlungen selbst.
refund-retried = Die Erstattung wird erneut versucht.
vat-result-saved = Im Verlauf der Bestellung gespeichert.
shipment-delivered = Gespeichert. Der Kunde kann es sehen.
shipment-failed = Gespeichert. Versenden Sie sie erneut, oder erstatten Sie sie und schließen Sie sie ab.
shipment-closed = Die Sendung ist abgeschlossen.
shipment-resent = Sendung erneut versendet.
return-approved = Der Kunde erhält eine E-Mail mit der Rücksendeadresse.
return-declined = Der Kunde erhält eine E-Mail mit Ihrer Antwort.
return-received = Rücksendung eingegangen. Der nächste Schritt ist die Erstattung.

## Attention, emails and webhooks

flag-resolved = Erledigt. Das ist im Verlauf der Bestellung vermerkt.
job-retried = Es wird erneut versucht.
handled-by-someone-else = Jemand anderes hat dies erledigt, oder etwas hat sich geändert. Bitte prüfen Sie es.
email-not-sent = Nicht gesendet. { MESSAGE($reason) }
email-example-address = Dies ist eine Beispieladresse, an die keine E-Mail gesendet wird.
email-without-server = Als sie erstellt wurde, war kein Mailserver eingerichtet.
email-queued = E-Mail eingereiht.
email-queued-to = E-Mail an { $recipient } eingereiht.
email-being-sent = Sie wird gerade gesendet. Bitte sehen Sie in einer Minute erneut nach.
email-dismissed = Erledigt. Die E-Mail bleibt ungesendet im Postausgang.
email-handled-by-someone-else = Jemand anderes hat dies erledigt. Bitte prüfen Sie es.
webhook-replayed = Das Ereignis wird erneut verarbeitet.
webhook-waiting = Es wartet bereits auf die Verarbeitung.

## Products, stock and pictures

product-saved = Produkt gespeichert.
stock-saved = Lagerbestand gespeichert.
animations-stilled = Animationen werden zu Standbildern: { $files }.
pictures-uploaded =
    { $count ->
        [one] { $count } Bild hochgeladen.
       *[other] { $count } Bilder hochgeladen.
    }
picture-saved = Bild gespeichert.
picture-deleted = Bild gelöscht.
picture-in-use = Dieses Bild wird verwendet. Entfernen Sie es zuerst dort.

## Posts and tags

draft-saved = Entwurf gespeichert.
post-published = Beitrag veröffentlicht.
post-unpublished = Veröffentlichung zurückgenommen. Der Text bleibt hier erhalten.
post-deleted = Beitrag gelöscht.
duplicate-tags-dropped = Doppelte Schlagwörter wurden weggelassen: { $tags }.
comments-hidden =
    { $count ->
        [one] { $count } Kommentar wird nicht angezeigt.
       *[other] { $count } Kommentare werden nicht angezeigt.
    }
comments-open =
    { $count ->
        [one] { $count } Kommentar hat kein Ende (-->) und verbirgt den Rest seines Absatzes.
       *[other] { $count } Kommentare haben kein Ende (-->) und verbergen den Rest ihrer Absätze.
    }
raw-html-shown = Rohes HTML wird als Text angezeigt.
pictures-foreign =
    { $count ->
        [one] { $count } Bild ist nicht in der Bibliothek: Nur sein Alternativtext wird angezeigt.
       *[other] { $count } Bilder sind nicht in der Bibliothek: Nur ihr Alternativtext wird angezeigt.
    }
tag-saved = Schlagwort gespeichert.
tags-merged = Schlagwörter zusammengeführt: Die Beiträge haben jetzt das Schlagwort { $tag }.
tag-deleted = Schlagwort gelöscht.

## Discounts, gift cards, shipping, taxes and settings

discount-saved = Rabatt gespeichert.
gift-card-issued = Der Code lautet { $code }. Kopieren Sie ihn jetzt: Er wird nicht noch einmal angezeigt.
gift-card-emailed = Der Code lautet { $code }. Er wird per E-Mail an { $recipient } gesendet.
balance-changed = Guthaben geändert.
gift-card-blocked = Dieser Geschenkgutschein ist gesperrt.
expiry-saved = Ablaufdatum gespeichert.
shipping-method-saved = Versandart gespeichert.
shipping-method-deleted = Versandart gelöscht.
tax-rate-saved = Steuersatz gespeichert.
tax-rate-deleted = Steuersatz gelöscht.
tax-rules-saved = Regeln gespeichert.
tax-rules-removed = Regeln entfernt.
settings-saved = Einstellungen gespeichert.
currency-changed-shipping =
    { $methods ->
        [one] Mit der neuen Währung haben sich die Preise von { $methods } Versandart geändert. Bitte prüfen Sie sie.
       *[other] Mit der neuen Währung haben sich die Preise von { $methods } Versandarten geändert. Bitte prüfen Sie sie.
    }
currency-changed-discounts =
    { $discounts ->
        [one] Mit der neuen Währung wurde { $discounts } Rabatt deaktiviert. Bitte prüfen Sie ihn.
       *[other] Mit der neuen Währung wurden { $discounts } Rabatte deaktiviert. Bitte prüfen Sie sie.
    }
currency-changed-both =
    Mit der neuen Währung haben sich die Preise von { $methods ->
        [one] { $methods } Versandart
       *[other] { $methods } Versandarten
    } geändert, und { $discounts ->
        [one] { $discounts } Rabatt wurde
       *[other] { $discounts } Rabatte wurden
    } deaktiviert. Bitte prüfen Sie sie.

# Warnungen auf allen Seiten der Verwaltung.
test-payments-beside-stripe = Testzahlungen sind neben Stripe eingeschaltet: Jeder kann mit der Testkarte bezahlen und erhält Ware ohne Geld. Setzen Sie TRADEPOST_TEST_PAYMENTS=off, und starten Sie neu.
test-payments-in-public = Testzahlungen sind in einem öffentlichen Shop eingeschaltet: Jeder kann mit der Testkarte bezahlen und erhält Ware ohne Geld. Setzen Sie TRADEPOST_TEST_PAYMENTS=off, und starten Sie neu.
stripe-test-mode = STRIPE_SECRET_KEY ist ein Schlüssel für den Testmodus: Jeder kann mit Stripes Testkarten bezahlen und erhält Ware ohne Geld. Setzen Sie den Live-Schlüssel, und starten Sie neu.

## Mitarbeiter und Kunden

invitation-created = Die Einladung ist unterwegs. Dies ist ihr Link, der nur jetzt angezeigt wird: { $link }
invitation-sent-again = Die Einladung wurde erneut gesendet. Der frühere Link gilt nicht mehr.
invitation-withdrawn = Die Einladung ist zurückgezogen.
invitation-closed = Diese Einladung wurde inzwischen angenommen oder zurückgezogen.
staff-saved = Gespeichert.
ownership-transferred = { $name } ist jetzt Inhaber, und Sie sind Administrator.
ownership-not-transferred = Die Inhaberschaft wurde nicht übertragen: Jemand anderes hat eines der Konten geändert.
staff-welcome = Willkommen. Bitte melden Sie sich mit Ihrem neuen Passwort an.
customer-erased = Der Kunde ist gelöscht.
customers-merged = Die Kunden sind zusammengeführt.
impersonation-ended = Sie verwenden wieder Ihr eigenes Konto.
