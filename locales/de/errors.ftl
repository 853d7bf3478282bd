# Errors of forms, and why a request is refused. Each id is a variant of `Message`.

## Forms in general

already-submitted = Dieses Formular wurde bereits abgeschickt. Um es mit diesen Werten noch einmal abzuschicken, klicken Sie erneut auf die Schaltfläche.
form-unreadable = Dieses Formular konnte nicht gelesen werden. Bitte füllen Sie es erneut aus.
changed-since-opened = Dies wurde geändert, nachdem Sie das Formular geöffnet haben, vielleicht von einer anderen Person. Ihre Änderungen sind noch da, aber nicht gespeichert: Vergleichen Sie beide Fassungen und speichern Sie dann erneut, um die gespeicherte zu überschreiben.
too-many-changes = Gerade werden zu viele Änderungen gespeichert. Bitte versuchen Sie es in ein paar Sekunden erneut.
field-invalid = Bitte prüfen Sie dieses Feld.
choice-missing = Wählen Sie eine dieser Möglichkeiten.
whole-number-needed = Geben Sie eine ganze Zahl von { NUMBER($least) } bis { NUMBER($most) } ein.
too-long = Verwenden Sie höchstens { NUMBER($max) } Zeichen.
amount-malformed = Geben Sie einen Betrag in { $currency } ein, z. B. { AMOUNT($example) }.
amount-not-positive = Geben Sie einen Betrag größer als null ein.
country-missing = Wählen Sie ein Land.
currency-missing = Wählen Sie eine Währung.
name-missing = Geben Sie einen Namen ein.
name-too-long = Ein Name hat höchstens { NUMBER($max) } Zeichen.
reason-too-long = Eine Begründung hat höchstens { NUMBER($max) } Zeichen.
title-missing = Geben Sie einen Titel ein.
title-too-long = Ein Titel hat höchstens { NUMBER($max) } Zeichen. Bitte kürzen Sie ihn.
link-malformed = Geben Sie einen vollständigen Link ein, der mit https:// beginnt, oder lassen Sie das Feld leer.
link-too-long = Dieser Link ist zu lang.
date-malformed = Geben Sie ein Datum wie 2026-01-31 ein, oder lassen Sie das Feld leer.
date-time-malformed = Geben Sie Datum und Uhrzeit ein, z. B. 2026-12-01T09:00.

## Email addresses

email-missing = Geben Sie Ihre E-Mail-Adresse ein.
email-malformed = Geben Sie eine E-Mail-Adresse wie name@example.com ein.
email-malformed-optional = Geben Sie eine E-Mail-Adresse wie name@example.com ein, oder lassen Sie das Feld leer.
email-invisible = Diese Adresse enthält ein unsichtbares Zeichen. Bitte tippen Sie sie von Hand ein.
email-local-part = Vor dem @ sind nur Buchstaben ohne Umlaute und Akzente, Ziffern und Sonderzeichen möglich. Bitte verwenden Sie eine andere Adresse.
email-domain = Der Teil nach dem @ muss eine Domain wie example.com sein.

## Addresses of pages

slug-too-long = Eine Adresse hat höchstens { NUMBER($max) } Zeichen; diese hat { NUMBER($length) }. Versuchen Sie { $better }.
slug-malformed = Verwenden Sie Kleinbuchstaben, Ziffern und Bindestriche, z. B. { $better }.
slug-malformed-optional = Verwenden Sie Kleinbuchstaben, Ziffern und Bindestriche, oder lassen Sie das Feld leer.
product-slug-taken = Ein anderes Produkt hat diese Adresse. Bitte wählen Sie eine andere: { $free } ist frei.
post-slug-taken = Ein anderer Beitrag hat diese Adresse. Bitte wählen Sie eine andere: { $free } ist frei.

## Accounts and setup

too-many-addresses = Ein Konto behält höchstens { NUMBER($max) } Adressen. Bitte löschen Sie eine.
staff-cannot-be-erased = Das Konto einer Mitarbeiterin oder eines Mitarbeiters wird nicht hier gelöscht. Bitte fragen Sie die Inhaberin oder den Inhaber der Website.
customer-is-paying = Eine Zahlung läuft noch. Bitte versuchen Sie es in einer Stunde noch einmal.
customer-has-unfinished-orders = Diese Bestellungen brauchen die Adresse noch: { $orders }. Löschen ist möglich, sobald sie bezahlt, geliefert und erstattet sind und nichts mehr zu klären ist.
confirmation-missing = Bestätigen Sie, dass Sie verstanden haben.
order-number-missing = Geben Sie die Nummer Ihrer Bestellung ein.
login-code-wrong = Dieser Code ist falsch oder gilt nicht mehr. Bitte prüfen Sie ihn, oder fordern Sie einen neuen an.
password-missing = Geben Sie Ihr Passwort ein.
password-too-long = Dieses Passwort ist zu lang.
password-too-short = Verwenden Sie mindestens { NUMBER($least) } Zeichen. Ein paar Wörter hintereinander lassen sich leicht merken.
password-too-easy = Dieses Passwort ist zu leicht zu erraten. Versuchen Sie es mit ein paar Wörtern, die nichts miteinander zu tun haben.
password-incorrect = Das Passwort ist falsch.
login-incorrect = E-Mail-Adresse oder Passwort ist falsch. Bitte prüfen Sie beides.
passkeys-too-many = Ein Konto hat höchstens { NUMBER($max) } Passkeys. Bitte entfernen Sie zuerst einen.
passkey-known = Dieser Passkey gehört schon zu einem Konto.
passkey-refused = Dieser Passkey hat nicht funktioniert. Bitte versuchen Sie es noch einmal.
passkey-missing = Bitte benutzen Sie die Schaltfläche, und folgen Sie Ihrem Browser.
identity-login-expired = Diese Anmeldung gilt nicht mehr. Bitte beginnen Sie von vorn.
identity-login-cancelled = Sie haben die Anmeldung über { $provider } abgebrochen.
identity-login-failed = Die Anmeldung über { $provider } hat nicht funktioniert. Bitte versuchen Sie es noch einmal, oder melden Sie sich anders an.
identity-provider-unreachable = { $provider } antwortet gerade nicht. Bitte versuchen Sie es später noch einmal, oder melden Sie sich anders an.
identity-email-unverified = Der Dienst hat keine E-Mail-Adresse von Ihnen bestätigt. Bestätigen Sie sie dort, oder legen Sie hier ein Konto an.
identity-email-taken = Es gibt schon ein Konto mit Ihrer E-Mail-Adresse. Melden Sie sich wie gewohnt an, und verknüpfen Sie { $provider } dann auf der Seite „Sicherheit“.
identity-taken = Diese Anmeldung bei { $provider } gehört zu einem anderen Konto.
identity-only-way-in = Sie könnten sich nicht mehr anmelden. Wählen Sie zuerst ein Passwort.
account-suspended = Dieses Konto ist gesperrt. Bitte wenden Sie sich an uns.
issuer-missing = Geben Sie den Aussteller ein.
issuer-refused = Geben Sie eine Adresse ein, die mit https:// beginnt und im Internet liegt, ohne ? und #.
issuer-differs = Der Anbieter nennt sich anders. Übernehmen Sie den Aussteller genau, auch den Schrägstrich am Ende.
issuer-unreachable = Hier antwortet kein Identitätsanbieter. Prüfen Sie den Aussteller.
issuer-taken = Es gibt schon einen Identitätsanbieter mit diesem Aussteller.
client-id-missing = Geben Sie die Client-ID ein.
one-time-code-missing = Geben Sie den Code ein.
one-time-code-incorrect = Dieser Code stimmt nicht oder wurde schon benutzt. Warten Sie auf den nächsten, und geben Sie den ein.
login-code-incorrect = Dieser Code stimmt nicht oder wurde schon benutzt. Geben Sie den nächsten Code Ihrer App oder einen Wiederherstellungscode ein.
account-exists = Es gibt bereits ein Konto mit dieser E-Mail-Adresse.
owner-exists = Die Website hat bereits einen Inhaber.
site-title-missing = Geben Sie den Namen Ihrer Website ein.
own-name-missing = Geben Sie Ihren Namen ein.
content-missing = Wählen Sie, womit Sie beginnen.
too-many-attempts-seconds =
    Zu viele Versuche. Warten Sie { $seconds ->
        [one] { $seconds } Sekunde
       *[other] { $seconds } Sekunden
    } und versuchen Sie es dann erneut.
too-many-attempts-minutes = Zu viele Versuche. Warten Sie { NUMBER($minutes) } Minuten und versuchen Sie es dann erneut.

## Cart

quantity-too-high = Sie können höchstens { NUMBER($max) } Stück eines Artikels bestellen.
quantity-invalid = Bitte prüfen Sie die Menge.
order-too-large = Diese Bestellung ist zu groß.
cart-full = Ein Warenkorb kann höchstens { NUMBER($max) } verschiedene Artikel enthalten.
too-many-carts-seconds =
    Aus Ihrem Netzwerk wurden zu viele Warenkörbe angelegt. Warten Sie { $seconds ->
        [one] { $seconds } Sekunde
       *[other] { $seconds } Sekunden
    } und legen Sie den Artikel dann erneut in den Warenkorb.
too-many-carts-minutes = Aus Ihrem Netzwerk wurden zu viele Warenkörbe angelegt. Warten Sie { NUMBER($minutes) } Minuten und legen Sie den Artikel dann erneut in den Warenkorb.
variant-unavailable = Diese Variante ist nicht mehr erhältlich. Bitte wählen Sie eine andere.
variant-sold-out = Diese Variante ist ausverkauft. Bitte wählen Sie eine andere.
item-sold-out = Dieser Artikel ist gerade ausverkauft worden.
item-scarce = Nur noch { NUMBER($left) } verfügbar. Bitte verringern Sie die Menge.
option-missing = Bitte wählen Sie: { $option }.
option-unavailable = Diese Auswahl ist nicht erhältlich. Bitte wählen Sie: { $option }.
combination-unavailable = Diese Kombination ist nicht erhältlich. Bitte wählen Sie eine andere.

## Discount codes and gift cards on a cart

code-missing = Geben Sie einen Rabattcode ein.
code-too-long = Ein Code hat höchstens { NUMBER($max) } Zeichen.
code-unknown = Dieser Code ist ungültig. Bitte prüfen Sie die Schreibweise.
code-not-started = Dieser Code gilt ab { $start }.
code-expired = Dieser Code ist abgelaufen.
code-used-up = Dieser Code wurde bereits so oft wie möglich eingelöst.
code-used-up-by-customer = Sie haben diesen Code bereits so oft wie erlaubt eingelöst.
code-below-minimum = Dieser Code gilt ab einem Bestellwert von { MONEY($least) }.
code-not-applicable = Dieser Code gilt nicht für die Artikel in Ihrem Warenkorb.
gift-card-expired = Dieser Geschenkgutschein ist abgelaufen.
gift-card-empty = Dieser Geschenkgutschein hat kein Guthaben mehr.
gift-card-currency = Dieser Geschenkgutschein lautet auf eine andere Währung.
gift-cards-too-many = Sie können höchstens { NUMBER($max) } Geschenkgutscheine pro Bestellung verwenden.
gift-card-for-gift-cards = Ein Geschenkgutschein kann nicht mit einem Geschenkgutschein gekauft werden.

## Checkout

full-name-missing = Geben Sie Ihren vollständigen Namen ein.
company-missing = Geben Sie das Unternehmen ein, zu dem die USt-IdNr. gehört.
vat-number-malformed = Geben Sie eine EU-USt-IdNr. wie DE136695976 ein, oder lassen Sie das Feld leer.
street-missing = Geben Sie Straße und Hausnummer ein.
postcode-missing = Geben Sie Ihre Postleitzahl ein.
postcode-implausible = Geben Sie eine Postleitzahl für { COUNTRY($country) } ein, z. B. { $example }.
city-missing = Geben Sie Ihren Ort ein.
region-missing = Geben Sie Ihr Bundesland oder Ihre Region ein.
region-unknown = Wir kennen dieses Bundesland oder diese Region nicht. Bitte wählen Sie aus der Liste.
zip-of-other-state = Diese Postleitzahl liegt in { $state }. Bitte korrigieren Sie das Bundesland oder die Postleitzahl.
shipping-method-missing = Wählen Sie eine Versandart.
too-heavy-to-ship = Diese Bestellung wiegt { $weight }. Das ist mehr, als wir in dieses Land liefern können: { COUNTRY($country) }. Entfernen Sie etwas aus Ihrem Warenkorb.
no-shipping-to-country = In dieses Land liefern wir noch nicht: { COUNTRY($country) }.
payment-method-missing = Wählen Sie eine Zahlungsart.
cash-unavailable = Barzahlung ist nur möglich, wenn Sie Ihre Bestellung abholen. Wählen Sie eine andere Zahlungsart.
bank-transfer-unavailable = Dieser Shop nimmt keine Überweisungen an. Wählen Sie eine andere Zahlungsart.
card-unavailable = Dieser Betrag kann nicht mit Karte bezahlt werden. Wählen Sie eine andere Zahlungsart.
unpaid-quantity-too-high = Eine Bestellung, die später bezahlt wird, kann höchstens { NUMBER($max) } × { $item } enthalten. Verringern Sie die Menge, oder zahlen Sie mit Karte.
items-unavailable =
    { $count ->
        [one] { $items } ist nicht mehr erhältlich. Bitte entfernen Sie den Artikel aus Ihrem Warenkorb.
       *[other] { $items } sind nicht mehr erhältlich. Bitte entfernen Sie die Artikel aus Ihrem Warenkorb.
    }
cart-items-changed = Ihr Warenkorb hat sich geändert. Bitte prüfen Sie dies und bestellen Sie dann erneut: { $items }.
ordered-item-sold-out = { $item } ist gerade ausverkauft worden. Bitte entfernen Sie den Artikel aus Ihrem Warenkorb.
ordered-item-scarce = Von { $item } sind nur noch { NUMBER($left) } verfügbar. Bitte verringern Sie die Menge in Ihrem Warenkorb.
card-declined = Die Karte wurde abgelehnt. Es wurde nichts abgebucht; bitte versuchen Sie es mit einer anderen Karte.
card-number-malformed = Geben Sie eine 16-stellige Kartennummer ein, z. B. 4242 4242 4242 4242.
payment-page-expired = Diese Zahlungsseite ist abgelaufen. Es wurde nichts abgebucht.

## Returns

return-items-missing = Wählen Sie mindestens einen Artikel, den Sie zurücksenden möchten.
return-reason-missing = Teilen Sie uns mit, warum Sie die Ware zurücksenden möchten.
returns-too-many = Sie haben heute bereits zehn Rücksendungen angefragt. Bitte versuchen Sie es morgen erneut, oder kontaktieren Sie uns.
item-not-returnable = Dieser Artikel kann nicht zurückgesendet werden.
return-quantity-too-high = Von diesem Artikel können nur { NUMBER($left) } zurückgesendet werden.
return-answer-missing = Teilen Sie dem Kunden mit, warum die Rücksendung abgelehnt wird.
return-answer-too-long = Eine Antwort hat höchstens { NUMBER($max) } Zeichen.
condition-missing = Wählen Sie einen Zustand.
item-already-restocked = { $item } ist bereits zurück im Lagerbestand. Stornieren Sie diese Rücksendung.
item-already-refunded = { $item } wurde bereits erstattet.
item-partly-refunded = Nur noch { NUMBER($left) } × { $item } kann erstattet werden: Verwenden Sie dazu unten „Erstatten“.
return-worth-nothing = Diese Artikel waren kostenlos: Es gibt nichts zu erstatten.

## Orders

refunded-meanwhile = Inzwischen wurden { MONEY($amount) } erstattet: insgesamt { MONEY($total) }. Prüfen Sie, was noch offen ist, und senden Sie das Formular dann erneut ab.
refund-failed-meanwhile = Inzwischen ist eine Erstattung von { MONEY($amount) } fehlgeschlagen: insgesamt { MONEY($total) }. Prüfen Sie, was noch offen ist, und senden Sie das Formular dann erneut ab.
shipping-already-refunded = Die Versandkosten wurden bereits erstattet.
refund-items-missing = Wählen Sie mindestens einen Artikel oder die Versandkosten.
refund-too-high = Das ist mehr, als noch erstattet werden kann.
all-already-refunded = Davon wurde bereits alles erstattet.
refund-quantity-too-high = Nur noch { NUMBER($left) } kann erstattet werden.
gift-cards-used =
    { $unused ->
        [0] Dieser Geschenkgutschein wurde bereits eingelöst und kann nicht erstattet werden.
        [one] Nur { $unused } dieser Geschenkgutscheine ist noch nicht eingelöst.
       *[other] Nur { $unused } dieser Geschenkgutscheine sind noch nicht eingelöst.
    }
fulfilment-items-missing = Wählen Sie mindestens einen Artikel für den Versand.
gift-cards-by-email = Geschenkgutscheine werden per E-Mail verschickt.
fulfilment-quantity-too-high = So viele sind nicht mehr zu versenden.
carrier-too-long = Der Name des Versanddienstleisters hat höchstens { NUMBER($max) } Zeichen.
tracking-number-too-long = Eine Sendungsnummer hat höchstens { NUMBER($max) } Zeichen.
note-missing = Geben Sie eine Notiz ein.
note-too-long = Eine Notiz hat höchstens { NUMBER($max) } Zeichen.

## Products and stock

description-too-long = Eine Beschreibung hat höchstens { NUMBER($max) } Zeichen.
details-too-long = Es sind zu viele Details. Bitte behalten Sie die wichtigsten.
categories-too-long = Es sind zu viele Kategorien. Bitte behalten Sie die wichtigsten.
compare-at-price-too-low = Der Vergleichspreis muss höher als der Preis sein, oder leer.
gift-card-price-missing = Ein Geschenkgutschein ist so viel wert, wie er kostet. Geben Sie daher einen Betrag größer als null ein.
sku-too-long = Eine Artikelnummer hat höchstens { NUMBER($max) } Zeichen.
barcode-too-long = Ein Barcode hat höchstens { NUMBER($max) } Zeichen.
sku-taken-by-product = Ein anderes Produkt hat diese Artikelnummer.
sku-taken-by-variant = Eine andere Variante hat diese Artikelnummer.
option-name-missing = Geben Sie einen Namen für diese Option ein, z. B. Größe.
option-name-too-long = Der Name einer Option hat höchstens { NUMBER($max) } Zeichen.
option-name-taken = Eine andere Option heißt bereits { $name }.
option-values-missing = Geben Sie die Werte dieser Option ein, z. B. S, M, L.
option-value-too-long = Jeder Wert hat höchstens { NUMBER($max) } Zeichen. Trennen Sie die Werte mit Kommas.
option-value-twice = { $value } steht zweimal da.
variants-too-many = Diese Optionen ergeben { NUMBER($count) } Varianten. Ein Produkt kann höchstens { NUMBER($max) } haben.
stock-too-low = Es sind neue Bestellungen eingegangen, daher kann der Lagerbestand nicht so niedrig sein. Bitte zählen Sie erneut.
stock-reserved =
    { $reserved ->
        [one] { $reserved } Stück ist für Bestellungen reserviert, daher kann der Lagerbestand nicht niedriger sein. Stornieren oder erstatten Sie zuerst eine Bestellung.
       *[other] { $reserved } Stück sind für Bestellungen reserviert, daher kann der Lagerbestand nicht niedriger sein. Stornieren oder erstatten Sie zuerst eine Bestellung.
    }
stock-quantity-missing = Geben Sie eine Menge ein.
stock-reason-missing = Geben Sie einen Grund für den Lagerverlauf ein.
threshold-changed = Jemand anderes hat dies geändert: Der Wert ist jetzt { NUMBER($now) }. Speichern Sie erneut, um ihn zu überschreiben.
threshold-removed = Jemand anderes hat dies geändert: Das Feld ist jetzt leer. Speichern Sie erneut, um es zu überschreiben.

## Posts and tags

post-too-long = Dieser Text ist länger als eine Million Zeichen. Bitte teilen Sie ihn auf.
post-too-large = Dieser Text ist größer als 1 MB. Bitte teilen Sie ihn auf mehrere Beiträge auf.
summary-too-long = Eine Zusammenfassung hat höchstens { NUMBER($max) } Zeichen. Bitte kürzen Sie sie.
text-nested-too-deeply = Zeile { NUMBER($line) } ist mehr als { NUMBER($max) } Ebenen tief verschachtelt. Bitte verwenden Sie darin weniger >-Zeichen, Listenzeichen oder Sternchen.
text-too-complex = Dieser Text hat zu viele Zeilen, Links oder Tabellenzellen für eine Seite. Bitte teilen Sie ihn auf.
text-too-slow = Die Darstellung dieses Textes dauert zu lange. Bitte teilen Sie ihn auf.
post-tag-too-long = Ein Schlagwort hat höchstens { NUMBER($max) } Zeichen; { $start }… hat { NUMBER($length) }.
tags-too-many = Ein Beitrag hat höchstens { NUMBER($max) } Schlagwörter; dies sind { NUMBER($count) }. Bitte entfernen Sie einige.
tag-too-long = Ein Schlagwort hat höchstens { NUMBER($max) } Zeichen; dieses hat { NUMBER($length) }.
tag-with-comma = Ein Schlagwort kann kein Komma enthalten: Kommas trennen Schlagwörter.
tag-name-taken = Ein anderes Schlagwort hat diesen Namen. Speichern Sie erneut, um die beiden zusammenzuführen.

## Pictures

picture-description-too-long = Beschreiben Sie das Bild mit höchstens { NUMBER($max) } Zeichen.
pictures-description-too-long = Beschreiben Sie ein Bild mit höchstens { NUMBER($max) } Zeichen.
caption-too-long = Eine Bildunterschrift hat höchstens { NUMBER($max) } Zeichen.
credit-too-long = Der Bildnachweis hat höchstens { NUMBER($max) } Zeichen.
pictures-missing = Wählen Sie mindestens ein Bild.
files-too-many = Wählen Sie höchstens { NUMBER($max) } Dateien auf einmal.
file-too-large = { $file } hat { NUMBER($megabytes) } MB. Ein Bild kann höchstens { NUMBER($max) } MB groß sein.
file-refused = { $file }: { MESSAGE($reason) }
file-empty = Diese Datei ist leer.
file-heic = Dies ist ein HEIC-Foto, das Browser nicht anzeigen können. Exportieren Sie es als JPEG: Teilen Sie es auf dem iPhone mit „Optionen → Maximale Kompatibilität“, oder stellen Sie unter Einstellungen → Kamera → Formate „Maximale Kompatibilität“ ein.
file-avif = Dies ist ein AVIF-Bild. Bitte exportieren Sie es als JPEG, PNG oder WebP; AVIF erzeugt Tradepost selbst.
file-video = Dies ist ein Video oder ein unbekanntes Bildformat. Bitte wählen Sie eine JPEG-, PNG-, WebP- oder GIF-Datei.
file-tiff = Dies ist ein TIFF- oder Raw-Foto. Bitte exportieren Sie es als JPEG oder PNG.
file-pdf = Dies ist eine PDF-Datei. Bitte exportieren Sie die Seite als JPEG oder PNG.
file-svg = SVG-Zeichnungen können nicht hochgeladen werden. Bitte exportieren Sie die Zeichnung als PNG.
file-no-picture = Diese Datei ist kein Bild. Bitte wählen Sie eine JPEG-, PNG-, WebP- oder GIF-Datei.
picture-incomplete = Dieses Bild ist unvollständig: Das Ende fehlt. Bitte speichern Sie es neu, oder laden Sie es erneut hoch.
picture-too-large = Dieses Bild hat zu viele Pixel. Bitte verkleinern Sie es auf höchstens 30.000 Pixel je Seite und 40 Megapixel (200 als JPEG).
picture-damaged = Dieses Bild ist beschädigt und kann nicht gelesen werden. Bitte speichern Sie es neu.

## Discounts and gift cards in the admin

coupon-code-malformed = Verwenden Sie Buchstaben, Ziffern und Bindestriche, z. B. FRUEHLING-15.
coupon-code-taken = Diesen Code gibt es bereits.
coupon-percentage-malformed = Geben Sie einen Prozentsatz bis 100 ein, z. B. 15.
coupon-ends-too-early = Das Ende muss nach dem Beginn liegen.
coupon-limit-too-low =
    { $used ->
        [one] Dieser Code wurde bereits bei { $used } Bestellung eingelöst. Geben Sie { $used } oder mehr ein, oder lassen Sie das Feld leer.
       *[other] Dieser Code wurde bereits bei { $used } Bestellungen eingelöst. Geben Sie { $used } oder mehr ein, oder lassen Sie das Feld leer.
    }
gift-card-reason-missing = Geben Sie einen Grund für den Verlauf ein.
gift-card-balance-missing = Bitte laden Sie diese Seite neu: Das bisherige Guthaben fehlt.
gift-card-expiry-malformed = Geben Sie ein Datum ein, z. B. 2029-12-31, oder lassen Sie das Feld leer.
gift-card-expiry-past = Dieses Datum liegt in der Vergangenheit. Wählen Sie ein späteres, oder lassen Sie das Feld leer.
gift-card-expiry-changed = Jemand anderes hat dies geändert: siehe „Gültig bis“. Speichern Sie erneut, um es zu überschreiben.
gift-card-balance-same = Das ist bereits das Guthaben.
gift-card-balance-lower = Der Geschenkgutschein wurde inzwischen eingelöst, und das Guthaben ist jetzt niedriger.

## Shipping methods

shipping-name-missing = Geben Sie einen Namen ein, den Ihre Kunden verstehen.
shipping-weight-range = Dieser Wert muss höher als das Mindestgewicht sein.
tier-twice = Hier beginnt bereits eine andere Staffel.
tiers-missing = Füllen Sie mindestens eine Staffel aus, oder wählen Sie den Einheitspreis.
country-code-unknown = { $code } ist kein Ländercode. Verwenden Sie zweistellige Codes wie DE, AT, FR.
countries-missing = Geben Sie mindestens ein Land ein, oder einen Stern (*) für überall.

## Taxes

country-code-missing = Geben Sie einen zweistelligen Ländercode ein, z. B. DE.
tax-region-too-long = Eine Region hat höchstens { NUMBER($max) } Zeichen.
tax-region-unknown = Dieses Bundesland oder diese Region gibt es dort nicht ({ COUNTRY($country) }): { $region }. Geben Sie den Code oder den Namen ein, z. B. { $code } oder { $name }.
tax-name-missing = Geben Sie den Namen ein, der auf Rechnungen steht, z. B. MwSt. 19 %.
tax-percentage-malformed = Geben Sie einen Prozentsatz von 0 bis 100 mit höchstens 4 Nachkommastellen ein, z. B. 19 oder 8,875.
tax-period-backwards = Der letzte Tag darf nicht vor dem ersten liegen.
tax-rate-exists = Für diese Region und Steuerklasse gibt es bereits einen Satz.
postcode-pattern-malformed = { $pattern } ist keine Postleitzahl. Verwenden Sie 10115, 20* oder 1000...1999, getrennt durch Semikolons.
postcode-range-uneven = { $pattern } ist kein Bereich von Postleitzahlen. Beide Enden eines Bereichs haben gleich viele Buchstaben und Ziffern, z. B. 1000...1999.
postcode-range-backwards = { $pattern } läuft rückwärts. Ein Bereich geht aufwärts, z. B. 1000...1999.
postcode-pattern-foreign = { $pattern } passt zu keiner Postleitzahl dieses Landes ({ COUNTRY($country) }): Sie sehen aus wie { $example }.
tax-rules-missing = Wählen Sie mindestens eine Regel, die von der des Shops abweicht.
tax-rules-exist = Dieses Land hat bereits Regeln. Bearbeiten Sie stattdessen diese.

## Settings

site-name-missing = Geben Sie einen Namen der Website ein.
site-name-too-long = Der Name hat höchstens { NUMBER($max) } Zeichen.
tagline-too-long = Der Slogan hat höchstens { NUMBER($max) } Zeichen.
announcement-too-long = Die Ankündigung hat höchstens { NUMBER($max) } Zeichen.
footer-note-too-long = Die Fußzeile hat höchstens { NUMBER($max) } Zeichen.
accent-malformed = Geben Sie sechs Hex-Ziffern wie 1f5a46 ein, oder lassen Sie das Feld leer.
time-zone-missing = Wählen Sie eine Zeitzone.
language-missing = Wählen Sie eine Sprache.
region-too-long = Die Region hat höchstens { NUMBER($max) } Zeichen.
postcode-too-long = Die Postleitzahl hat höchstens { NUMBER($max) } Zeichen.
bank-account-too-long = Die Bankverbindung hat höchstens { NUMBER($max) } Zeichen.
business-address-too-long = Die Adresse hat höchstens { NUMBER($max) } Zeichen.
shop-vat-number-malformed = Geben Sie die USt-IdNr. mit Ländercode ein, z. B. DE136695976, oder lassen Sie das Feld leer.
vat-number-too-long = Eine USt-IdNr. hat höchstens { NUMBER($max) } Zeichen.
headline-too-long = Die Überschrift hat höchstens { NUMBER($max) } Zeichen.
text-too-long = Dieser Text hat höchstens { NUMBER($max) } Zeichen.
button-label-too-long = Die Beschriftung der Schaltfläche hat höchstens { NUMBER($max) } Zeichen.
story-too-long = Die Geschichte hat höchstens { NUMBER($max) } Zeichen.
products-keep-currency = Es gibt Produkte mit Preisen in { $currency }, daher kann die Währung nicht von { $currency } gewechselt werden.
gift-cards-keep-currency = Es gibt Geschenkgutscheine in { $currency }, daher kann die Währung nicht von { $currency } gewechselt werden.
orders-keep-currency = Es gibt Bestellungen in { $currency }, daher kann die Währung nicht von { $currency } gewechselt werden.

## Requests that are refused as a whole

role-not-allowed = Ihre Rolle erlaubt das nicht. Wenden Sie sich an den Inhaber der Website.
unpublishing-not-allowed = Nur wer veröffentlichen darf, kann die Veröffentlichung dieses Beitrags zurücknehmen.
deleting-not-allowed = Nur wer veröffentlichen darf, kann diesen Beitrag löschen.
publishing-not-allowed = Nur wer veröffentlichen darf, kann diesen Beitrag veröffentlichen.
post-of-someone-else = Dieser Beitrag gehört jemand anderem.
tag-editing-not-allowed = Schlagwörter gelten auch für Beiträge anderer. Bitten Sie jemanden aus der Redaktion, sie zu ändern.
setup-key-missing = Öffnen Sie die Einrichtungsadresse, die Tradepost ausgegeben hat: Sie enthält einen Schlüssel, der einmal und 30 Minuten lang gilt. Die neueste steht als letzte im Protokoll; ein Neustart gibt eine weitere aus.
vat-result-missing = Wählen Sie, ob die Nummer gültig ist.
webhook-signature-invalid = Die Signatur ist ungültig oder zu alt.
webhook-no-text = Das ist kein Text.
webhook-no-event = Das ist kein Ereignis.
form-incomplete = Das Formular ist nicht vollständig angekommen.
two-hosts = Die Anfrage nennt zwei Hosts.
address-too-long = Diese Adresse ist zu lang.
address-unreadable = Diese Adresse kann nicht gelesen werden.

## Mitarbeiter und Kunden

own-role-fixed = Niemand kann die eigene Rolle oder den eigenen Status ändern. Bitten Sie einen anderen Mitarbeiter.
role-too-high = Ihre eigene Rolle reicht dafür nicht aus. Fragen Sie den Inhaber der Website.
permission-incomplete = Ein Recht dieser Rolle setzt ein anderes voraus, das die Rolle nicht hat. Bitte erteilen Sie auch dieses, oder entziehen Sie beide.
staff-is-no-customer = Dies ist das Konto eines Mitarbeiters, nicht das eines Kunden.
account-is-suspended = Dieses Konto ist gesperrt. Geben Sie es zuerst frei.
customer-unknown = Es gibt keinen anderen Kunden mit dieser E-Mail-Adresse.
merge-into-account = Der andere Kunde hat ein Konto, dieser nicht. Öffnen Sie den anderen Kunden und führen Sie diesen mit ihm zusammen.
impersonation-not-allowed = Sie verwenden die Website als ein Kunde. Passwörter, E-Mail-Adressen, Datenschutz und Zahlungen sind allein dessen Sache.
impersonation-reason-missing = Geben Sie an, warum Sie die Website wie dieser Kunde sehen müssen.
