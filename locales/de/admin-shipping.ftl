# Versandarten.
admin-shipping-title = Versand
admin-shipping-add = Versandart hinzufügen
admin-shipping-empty-title = Versand einrichten
admin-shipping-empty = Kunden können nur in Länder bestellen, für die es eine Versandart gibt.
admin-shipping-count = { $count ->
    [one] { $count } Versandart
   *[other] { $count } Versandarten
}
admin-shipping-column-name = Name
admin-shipping-column-weight = Gewicht
admin-shipping-column-free-over = Kostenlos ab
admin-shipping-column-price = Preis
admin-shipping-pickup = Abholung
admin-shipping-tier-count = { $count ->
    [one] { $count } Preisstaffel
   *[other] { $count } Preisstaffeln
}

admin-shipping-everywhere = Überall
admin-shipping-eu = Europäische Union
admin-shipping-more-countries = { $first }, { $second } und { NUMBER($more) } weitere
admin-shipping-weight-any = beliebig
admin-shipping-weight-up-to = bis { $most }
admin-shipping-weight-from = ab { $least }
admin-shipping-weight-between = { $least } bis { $most }
admin-shipping-grams = { NUMBER($grams) } g
admin-shipping-kilograms = { $kilograms } kg

admin-shipping-new-title = Neue Versandart
admin-shipping-edit-title = Versandart bearbeiten
admin-shipping-section = Versandart
admin-shipping-name = Name
admin-shipping-name-hint = Was Kunden auswählen, z. B. „Standard, 2 bis 4 Tage“.
admin-shipping-countries = Länder
admin-shipping-countries-hint = Ländercodes aus zwei Buchstaben, durch Kommas getrennt, z. B. DE, AT, FR. EU steht für die Europäische Union, ein Sternchen (*) für alle übrigen Länder.
admin-shipping-price = Preis
admin-shipping-price-hint = In { $currency }.
admin-shipping-free-over = Kostenlos ab
admin-shipping-free-over-hint = Ab diesem Bestellwert ist der Versand kostenlos.
admin-shipping-min-weight = Ab Gewicht in Gramm
admin-shipping-max-weight = Bis Gewicht in Gramm
admin-shipping-position = Position
admin-shipping-position-hint = Kleinere Zahlen stehen weiter oben.
admin-shipping-pickup-hint = Kunden holen die Bestellung ab. Keine Adresse nötig.
admin-shipping-price-tiers = Preisstaffeln
admin-shipping-price-tiers-hint = Der Preis oben gilt unterhalb der ersten Staffel; ab dort hat jede Staffel ihren eigenen Preis. Der Bestellwert wird nach Abzug von Rabatten gerechnet.
admin-shipping-tiers = Staffeln
admin-shipping-tiers-none = Einheitspreis
admin-shipping-tiers-weight = Staffeln nach Gewicht in Gramm
admin-shipping-tiers-subtotal = Staffeln nach Bestellwert
admin-shipping-tier-from = Staffel { NUMBER($tier) } ab
admin-shipping-tier-price = Preis der Staffel { NUMBER($tier) }
admin-shipping-delete-about = Kunden können sie nicht mehr auswählen. Bestehende Bestellungen behalten sie.
admin-shipping-delete-question = Diese Versandart löschen?
admin-shipping-delete = Versandart löschen
