# The list
admin-coupon-discounts = Rabatte
admin-coupon-add = Rabatt anlegen
admin-coupon-none-yet = Noch keine Rabatte
admin-coupon-none-yet-hint = Ein Code, den Kunden im Warenkorb eingeben: ein prozentualer Rabatt, ein fester Betrag oder kostenloser Versand.
admin-coupon-count =
    { $count ->
        [one] { $count } Rabatt
       *[other] { $count } Rabatte
    }
admin-coupon-column-code = Code
admin-coupon-column-discount = Rabatt
admin-coupon-column-ends = Endet
admin-coupon-column-used = Eingelöst
admin-coupon-percent-off = { $percent } % Rabatt
admin-coupon-amount-off = { $amount } Rabatt
admin-coupon-used-of-limit = { NUMBER($used) } von { NUMBER($limit) }

# Status
admin-coupon-active = Aktiv
admin-coupon-inactive = Inaktiv
admin-coupon-scheduled = Geplant
admin-coupon-expired = Abgelaufen
admin-coupon-limit-reached = Limit erreicht

# The form
admin-coupon-edit = Rabatt bearbeiten
admin-coupon-new = Neuer Rabatt
admin-coupon-discount = Rabatt
admin-coupon-code = Code
admin-coupon-code-hint = Was Kunden im Warenkorb eingeben, z. B. SPRING-15.
admin-coupon-kind = Art
admin-coupon-kind-percent = Prozentsatz
admin-coupon-kind-fixed = Fester Betrag
admin-coupon-value = Wert
admin-coupon-value-hint = Ein Prozentsatz oder ein Betrag in { $currency }. Leer bei kostenlosem Versand.
admin-coupon-minimum = Mindestbestellwert
admin-coupon-minimum-hint = So viel müssen die Artikel mindestens wert sein.
admin-coupon-applies-to = Gilt für
admin-coupon-applies-to-hint = Wählen Sie nichts aus, wenn er für alles gelten soll.
admin-coupon-categories = Kategorien
admin-coupon-products = Produkte
admin-coupon-limits = Limits
admin-coupon-usage-limit = Einlösungen insgesamt
admin-coupon-customer-limit = Einlösungen pro Kunde
admin-coupon-customer-limit-hint = Kunden werden an ihrer E-Mail-Adresse erkannt.
admin-coupon-dates = Zeitraum
admin-coupon-starts-at = Beginnt am
admin-coupon-ends-at = Endet am
admin-coupon-time-hint = In der Zeitzone { $zone }.
