admin-dashboard-title = Übersicht
admin-dashboard-add-product = Produkt anlegen
admin-dashboard-write-post = Beitrag schreiben
admin-dashboard-needs = Was zu tun ist
admin-dashboard-needs-nothing = Im Moment nichts. Alles ist gepackt, bezahlt und veröffentlicht.

# What needs you
admin-dashboard-no-payments = Dieser Shop kann noch keine Zahlungen annehmen
admin-dashboard-no-payments-hint = Kunden können erst bestellen, wenn Sie eine Zahlungsart eingerichtet haben.
admin-dashboard-add-bank-account = Bankkonto hinterlegen
admin-dashboard-review = Prüfen
admin-dashboard-returns =
    { $count ->
        [one] { $shown } Rücksendung zu genehmigen oder abzulehnen
       *[other] { $shown } Rücksendungen zu genehmigen oder abzulehnen
    }
admin-dashboard-returns-hint = Beantworten Sie die Anfrage auf der Seite der Bestellung.
admin-dashboard-shipments =
    { $count ->
        [one] { $shown } Sendung nicht zugestellt
       *[other] { $shown } Sendungen nicht zugestellt
    }
admin-dashboard-shipments-hint = Versenden Sie sie erneut, oder erstatten Sie sie und schließen Sie sie ab.
admin-dashboard-vat-numbers =
    { $count ->
        [one] { $shown } USt-IdNr. zu prüfen
       *[other] { $shown } USt-IdNrn. zu prüfen
    }
admin-dashboard-vat-numbers-hint = Ihretwegen wurde keine Steuer berechnet. Prüfen Sie sie auf der Seite der Bestellung.
admin-dashboard-declines = Viele Karten werden abgelehnt
admin-dashboard-declines-hint = { NUMBER($count) } seit { $since }. Kunden werden vor dem Bezahlen gebeten, einen Moment zu warten.
admin-dashboard-failed-jobs =
    { $count ->
        [one] { $shown } Hintergrundaufgabe fehlgeschlagen
       *[other] { $shown } Hintergrundaufgaben fehlgeschlagen
    }
admin-dashboard-failed-jobs-hint = Sie werden nicht automatisch erneut versucht.
admin-dashboard-undelivered-emails =
    { $count ->
        [one] { $shown } E-Mail wurde nicht zugestellt
       *[other] { $shown } E-Mails wurden nicht zugestellt
    }
admin-dashboard-undelivered-emails-hint = Prüfen Sie den Grund, und senden Sie die E-Mail erneut oder berichtigen Sie die Adresse.
admin-dashboard-late-jobs = Hintergrundaufgaben sind im Verzug
admin-dashboard-late-jobs-hint = { $queue }, seit { $since }.
admin-dashboard-to-pack =
    { $count ->
        [one] { $shown } Bestellung zu packen
       *[other] { $shown } Bestellungen zu packen
    }
admin-dashboard-pack-orders =
    { $count ->
        [one] Bestellung packen
       *[other] Bestellungen packen
    }
admin-dashboard-to-pay =
    { $count ->
        [one] { $shown } Bestellung wartet auf Zahlung
       *[other] { $shown } Bestellungen warten auf Zahlung
    }
admin-dashboard-to-pay-hint = Erfassen Sie Überweisungen und Barzahlungen, sobald sie eingegangen sind.
admin-dashboard-check-payments = Zahlungen prüfen
admin-dashboard-emails-kept = E-Mails werden aufbewahrt, nicht gesendet
admin-dashboard-emails-kept-hint = Setzen Sie SMTP_URL auf dem Server, und starten Sie neu.
admin-dashboard-view-emails = E-Mails ansehen

# Sales
admin-dashboard-sales = Umsatz
admin-dashboard-today = Heute
admin-dashboard-last-week = Letzte 7 Tage
admin-dashboard-order-count =
    { $count ->
        [one] { $count } Bestellung
       *[other] { $count } Bestellungen
    }
admin-dashboard-sales-chart = Umsatz pro Tag, letzte 7 Tage

# Orders to pack
admin-dashboard-orders-to-pack = Zu packende Bestellungen
admin-dashboard-column-order = Bestellung
admin-dashboard-column-customer = Kunde
admin-dashboard-column-placed = Bestellt

# The side
admin-dashboard-low-stock = Geringer Lagerbestand
admin-dashboard-all-products = Alle Produkte
admin-dashboard-available = { NUMBER($count) } verfügbar
admin-dashboard-sold-out = Ausverkauft
admin-dashboard-drafts = Entwürfe
admin-dashboard-all-posts = Alle Beiträge
admin-dashboard-setup = Einrichtung abschließen
admin-dashboard-steps = { NUMBER($done) } von { NUMBER($all) }
admin-dashboard-steps-done = { NUMBER($done) } von { NUMBER($all) } erledigt
admin-dashboard-step-contact-email = E-Mail-Adresse für den Kontakt angeben
admin-dashboard-step-payments = Zahlungen einrichten
admin-dashboard-step-shipping = Versand einrichten
admin-dashboard-step-tax-rates = Steuersätze festlegen
admin-dashboard-step-product = Erstes Produkt anlegen
admin-dashboard-step-post = Ersten Beitrag veröffentlichen
