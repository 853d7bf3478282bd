# Die Einstellungen des Shops.
admin-setting-title = Einstellungen

admin-setting-site = Website
admin-setting-site-about = Was Besucher in der Kopfzeile, in Suchergebnissen und in E-Mails sehen.
admin-setting-site-name = Name der Website
admin-setting-tagline = Slogan
admin-setting-announcement = Ankündigung
admin-setting-announcement-hint = Eine Zeile über der Kopfzeile jeder Seite.
admin-setting-contact-email = Kontakt-E-Mail
admin-setting-contact-email-hint = Unter dieser Adresse erreichen Kunden Sie, und an sie werden neue Bestellungen gemeldet.
admin-setting-footer-note = Fußzeile
admin-setting-footer-note-hint = Ganz unten: Firmenname, Anschrift, Registereintrag.
admin-setting-accent = Akzentfarbe
admin-setting-accent-hint = Schaltflächen und Links, als sechs Hexadezimalziffern wie 1f5a46. Leer: die Standardfarbe. Wird abgedunkelt oder aufgehellt, wo sie schlecht lesbar wäre.

admin-setting-place = Standort und Sprache
admin-setting-place-about = Bestimmt, welche Steuern gelten und wie Datumsangaben und Preise geschrieben werden.
admin-setting-country = Land
admin-setting-region = Bundesland oder Region
admin-setting-region-hint = Nur, wenn Ihre Steuern davon abhängen: wird für Bestellungen zur Abholung verwendet.
admin-setting-postcode = Postleitzahl
admin-setting-currency = Währung
admin-setting-currency-hint = Kann nach der ersten Bestellung nicht mehr geändert werden.
admin-setting-time-zone = Zeitzone
admin-setting-language = Sprache
admin-setting-language-hint = Die Sprache aller Seiten, E-Mails und Dokumente. Sie bestimmt auch, wie Preise und Datumsangaben geschrieben werden.

admin-setting-front-page = Startseite
admin-setting-front-page-about = Die Überschrift und die Geschichte weiter unten. Leere Teile werden nicht angezeigt.
admin-setting-hero-title = Überschrift
admin-setting-hero-text = Text unter der Überschrift
admin-setting-hero-action = Schaltfläche
admin-setting-hero-action-hint = Führt zum Shop.
admin-setting-story-title = Überschrift der Geschichte
admin-setting-story-text = Geschichte

admin-setting-taxes = Steuern
admin-setting-taxes-about = Fragen Sie einmal Ihre Steuerberatung; danach brauchen Sie diese Seite nicht mehr.
admin-setting-prices-include-tax = Preise enthalten Steuern
admin-setting-prices-include-tax-hint = Die Preise, die Sie eingeben, sind die Preise, die Kunden zahlen.
admin-setting-tax-rounding = Steuern runden
admin-setting-shipping-tax = Steuer auf den Versand
admin-setting-shipping-tax-standard = Regelsteuersatz
admin-setting-shipping-tax-highest = Höchster Satz im Warenkorb
admin-setting-shipping-tax-proportional = Anteilig nach den Artikeln
admin-setting-cross-border = Bestellungen in andere Länder
admin-setting-vat-exemption = Keine Steuer für Unternehmen in anderen EU-Ländern
admin-setting-vat-exemption-hint = Für Kunden, die ihre Firma und eine korrekt aufgebaute USt-IdNr. angeben. Sie müssen prüfen, ob die Nummer gültig ist: Jede solche Bestellung erinnert Sie daran, bis Sie es getan haben. Aus: Alle zahlen Steuern.
admin-setting-vat-lookup = USt-IdNrn. abfragen
admin-setting-vat-lookup-hint = Prüft jede Nummer über VIES, den Dienst der Europäischen Kommission. Wenn VIES nicht antwortet, bleibt die Nummer ungeprüft.

admin-setting-invoices = Rechnungen
admin-setting-invoices-about = Die Angaben des Verkäufers. Bereits ausgestellte Dokumente ändern sich nicht.
admin-setting-business-address = Geschäftsanschrift
admin-setting-business-address-hint = Firmierung, Straße, Postleitzahl und Ort, Land, je eine Angabe pro Zeile.
admin-setting-vat-number = USt-IdNr.

admin-setting-orders = Bestellungen
admin-setting-orders-about = Wie Bestellungen nummeriert, reserviert und bezahlt werden.
admin-setting-stock-hold = Lagerbestand reservieren (Minuten)
admin-setting-stock-hold-hint = Wie lange Lagerbestand für eine unbezahlte Bestellung reserviert bleibt.
admin-setting-transfer-hold = Lagerbestand bei Überweisung reservieren (Tage)
admin-setting-transfer-hold-hint = Unbezahlte Bestellungen verfallen nach dieser Zeit. Der Kunde erhält vorher eine Erinnerung.
admin-setting-order-number-start = Erste Bestellnummer
admin-setting-refund-limit = Erstattungen bestätigen über
admin-setting-refund-limit-hint = Wird für eine Bestellung insgesamt mehr erstattet, geben Sie Ihr Passwort noch einmal ein. In ganzen Einheiten der Währung.
admin-setting-bank-account = Bankverbindung
admin-setting-bank-account-hint = Kontoinhaber, IBAN und Bank, je eine Angabe pro Zeile. Wird Kunden angezeigt, die per Überweisung zahlen. Leer: keine Überweisungen.
