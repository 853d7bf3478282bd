# Steuersätze und die Regeln einzelner Länder.
admin-tax-title = Steuern
admin-tax-add = Steuersatz hinzufügen
admin-tax-untaxed = Bestellungen in ein Land ohne Steuersatz werden nicht besteuert.
admin-tax-untaxed-in-eu = Bestellungen in ein Land ohne Steuersatz werden nicht besteuert. Innerhalb der Europäischen Union werden sie mit den Steuersätzen des Heimatlandes ({ $home }) besteuert. Das ist richtig, solange Sie an Verbraucher in allen anderen Mitgliedstaaten zusammen für weniger als 10.000 € im Jahr verkaufen. Darüber fügen Sie die Steuersätze jedes Landes hinzu, in das Sie liefern.
admin-tax-empty-title = Noch keine Steuersätze
admin-tax-count = { $count ->
    [one] { $count } Steuersatz
   *[other] { $count } Steuersätze
}
admin-tax-column-name = Name
admin-tax-column-region = Region
admin-tax-column-class = Klasse
admin-tax-column-priority = Priorität
admin-tax-column-rate = Satz
admin-tax-percent = { $rate } %
admin-tax-priority-compound = { NUMBER($priority) }, kumulativ

admin-tax-place-standard = { $place }, Regelsatz
admin-tax-place-reduced = { $place }, ermäßigt
admin-tax-place-zero = { $place }, Nullsatz
admin-tax-whole-country = Ganzes Land
admin-tax-postcodes = Postleitzahlen { $postcodes }
admin-tax-region-postcodes = { $region }, Postleitzahlen { $postcodes }

admin-tax-valid-from = ab { $first }
admin-tax-valid-until = bis { $last }
admin-tax-valid-between = { $first } bis { $last }
admin-tax-valid-from-not-today = ab { $first }, heute nicht gültig
admin-tax-valid-until-not-today = bis { $last }, heute nicht gültig
admin-tax-valid-between-not-today = { $first } bis { $last }, heute nicht gültig

admin-tax-no-reduced = { $country }: kein ermäßigter Satz, es gilt der Regelsatz.
admin-tax-no-reduced-everywhere = { $country }: ermäßigter Satz nicht im ganzen Land, andernorts gilt der Regelsatz.
admin-tax-no-standard = { $country }: kein Regelsatz, Produkte mit Regelsatz werden dort nicht besteuert.
admin-tax-no-standard-in-eu = { $country }: kein Regelsatz, es gelten die Sätze des Heimatlandes ({ $home }).

admin-tax-new-title = Neuer Steuersatz
admin-tax-edit-title = Steuersatz bearbeiten
admin-tax-section = Steuersatz
admin-tax-country = Land
admin-tax-country-hint = Ländercode aus zwei Buchstaben, z. B. DE.
admin-tax-region = Bundesland oder Region
admin-tax-region-hint = Code oder Name, z. B. NY oder New York. Leer: alle.
admin-tax-name = Name
admin-tax-name-hint = Erscheint auf Rechnungen.
admin-tax-rate = Satz in Prozent
admin-tax-rate-hint = Bis zu 4 Nachkommastellen.
admin-tax-class = Steuerklasse
admin-tax-postcode = Postleitzahlen
admin-tax-postcode-hint = Zum Beispiel 10115; 20*; 35000-35999. Leer: alle.
admin-tax-applies-to-shipping = Gilt für den Versand
admin-tax-validity-section = Gültigkeit und Kombination
admin-tax-first-day = Erster Tag
admin-tax-first-day-hint = Leer: schon immer.
admin-tax-last-day = Letzter Tag
admin-tax-last-day-hint = Leer: kein Enddatum.
admin-tax-priority = Priorität
admin-tax-priority-hint = Von Sätzen gleicher Priorität gilt der für die genaueste Region. Sätze verschiedener Priorität werden zusammengerechnet.
admin-tax-compound = Kumulativ
admin-tax-compound-hint = Gilt auch für die Steuern niedrigerer Prioritäten.
admin-tax-delete-about = Er gilt nicht mehr für neue Bestellungen. Bestehende Bestellungen behalten ihn.
admin-tax-delete-question = Diesen Steuersatz löschen?
admin-tax-delete = Steuersatz löschen

# Länder mit eigenen Regeln.
admin-tax-rules = Länder mit eigenen Regeln
admin-tax-rules-about-html = Bestellungen in alle Länder folgen den Regeln in den <a href="{ $settings }">Einstellungen</a>. Ein Land kann abweichen: Ihre Preise mit oder ohne seine Steuer, oder wie seine Steuer gerundet wird.
admin-tax-rules-add = Regeln für ein Land hinzufügen
admin-tax-rules-column-country = Land
admin-tax-rules-column-differences = Abweichungen
admin-tax-rule-prices-include = Preise enthalten die dortige Steuer
admin-tax-rule-prices-exclude = dortige Steuer wird aufgeschlagen
admin-tax-rule-rounding-rate-group = einmal pro Satz gerundet
admin-tax-rule-rounding-line = in jeder Zeile gerundet
admin-tax-rule-keep-gross = überall gleicher Preis
admin-tax-rule-keep-net = gleicher Preis vor Steuern

admin-tax-rules-new-title = Steuerregeln für ein Land
admin-tax-rules-edit-title = Steuerregeln: { $country }
admin-tax-rules-section = Regeln
admin-tax-rules-country = Land
admin-tax-rules-choose-country = Land auswählen
admin-tax-rules-prices = Preise
admin-tax-rules-prices-hint = Wenn hier gesetzt, zahlen Kunden dort Ihre Preise wie eingegeben, mit oder ohne die Steuer ihres Landes.
admin-tax-rules-prices-include = Preise enthalten die dortige Steuer
admin-tax-rules-prices-exclude = Die dortige Steuer wird aufgeschlagen
admin-tax-rules-prices-same-include = Wie im Shop: Preise enthalten Steuern
admin-tax-rules-prices-same-exclude = Wie im Shop: Steuer wird aufgeschlagen
admin-tax-rules-rounding = Steuern runden
admin-tax-rules-rounding-same-rate-group = Wie im Shop: einmal pro Satz
admin-tax-rules-rounding-same-line = Wie im Shop: in jeder Zeile
admin-tax-rules-cross-border = Was Kunden dort zahlen
admin-tax-rules-cross-border-hint = Gilt nur, solange die Preise der Einstellung des Shops folgen.
admin-tax-rules-same-keep-gross = Wie im Shop: überall gleicher Preis
admin-tax-rules-same-keep-net = Wie im Shop: gleicher Preis vor Steuern
admin-tax-rounding-rate-group = Einmal pro Satz
admin-tax-rounding-line = In jeder Zeile
admin-tax-keep-gross = Überall gleicher Preis
admin-tax-keep-net = Gleicher Preis vor Steuern
admin-tax-rules-remove-title = Entfernen
admin-tax-rules-remove-about = Bestellungen in dieses Land folgen wieder den Einstellungen des Shops. Bestehende Bestellungen ändern sich nicht.
admin-tax-rules-remove-question = Die Regeln dieses Landes entfernen?
admin-tax-rules-remove = Regeln entfernen
