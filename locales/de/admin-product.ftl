# Products: the list and the form.

admin-product-products = Produkte
admin-product-add = Produkt hinzufügen
admin-product-caption = Produkte nach Name
admin-product-caption-found = Gefundene Produkte, neueste zuerst
admin-product-picture = Bild
admin-product-product = Produkt
admin-product-price = Preis
admin-product-stock = Lagerbestand
admin-product-sku = Artikelnummer
admin-product-no-category = Keine Kategorie
admin-product-sold-out = Ausverkauft
admin-product-variants-sold-out = { NUMBER($count) } ausverkauft
admin-product-price-from-html = ab { $price }
admin-product-variants-count = { $count ->
    [one] { $count } Variante
   *[other] { $count } Varianten
}
admin-product-tab-drafts = Entwürfe
admin-product-active = Aktiv
admin-product-draft = Entwurf
admin-product-archived = Archiviert
admin-product-none-found = Hier sind keine Produkte
admin-product-all = Alle Produkte
admin-product-first = Legen Sie Ihr erstes Produkt an
admin-product-first-hint = Ein Name, ein Preis und ein Bild genügen.

admin-product-new = Neues Produkt
admin-product-title = Titel
admin-product-description = Beschreibung
admin-product-description-hint = Markdown.
admin-product-details = Details
admin-product-details-hint = Eine Angabe pro Zeile, z. B. Herkunft: Äthiopien
admin-product-tax = Steuer
admin-product-price-hint-gross = In { $currency }, inklusive MwSt.
admin-product-price-hint-net = In { $currency }, ohne MwSt.
admin-product-compare-at-price = Vergleichspreis
admin-product-compare-at-price-hint = Steht durchgestrichen neben dem Preis.
admin-product-tax-class = Steuerklasse
admin-product-gift-card = Geschenkgutschein
admin-product-gift-card-hint = Jedes verkaufte Stück wird zu einem Code im Wert seines Preises, der nach der Zahlung per E-Mail versandt wird. Ohne MwSt. und ohne Versand.
admin-product-stock-and-shipping = Lagerbestand und Versand
admin-product-barcode = Barcode
admin-product-stock-hint = { $count ->
    [one] { $count } weiteres Stück ist für eine unbezahlte Bestellung reserviert.
   *[other] { $count } weitere Stück sind für unbezahlte Bestellungen reserviert.
}
admin-product-weight = Gewicht in Gramm
admin-product-adjust-stock = Ware erhalten oder beschädigt? Lagerbestand anpassen
admin-product-view = Ansehen

admin-product-pictures = Bilder
admin-product-describe-picture = Bild { NUMBER($number) } beschreiben
admin-product-picture-position = Position { NUMBER($number) }
admin-product-remove-picture = Bild { NUMBER($number) } entfernen
admin-product-add-pictures-hint = Am besten im Hochformat 4:5. JPEG, PNG oder WebP, je bis zu 10 MB.

admin-product-options = Optionen
admin-product-options-hint = Für Produkte in mehreren Größen oder Farben. Jede Kombination wird zu einer Variante mit eigenem Preis und Lagerbestand, die nach dem Speichern unten aufgeführt ist. Wenn Sie einen Wert an seiner Stelle umbenennen, bleiben Preis und Lagerbestand erhalten. Geben Sie einen Wert pro Zeile ein oder trennen Sie kurze Werte mit Kommas.
admin-product-option = Option { NUMBER($number) }
admin-product-option-example = Größe
admin-product-option-values = Werte der Option { NUMBER($number) }
admin-product-option-values-example = Einer pro Zeile: S, M, L
admin-product-variants = Varianten
admin-product-variants-stock-hint = Der Lagerbestand ist die Zahl der verfügbaren Stücke.
admin-product-variants-caption = Preis, Lagerbestand und Versandangaben jeder Variante
admin-product-variant = Variante
admin-product-variant-field = { $field }, { $variant }
admin-product-compare-at = Vergleichspreis
admin-product-weight-short = Gewicht (g)

admin-product-visibility = Sichtbarkeit
admin-product-status-draft = Entwurf: nur für Mitarbeiter sichtbar
admin-product-status-active = Aktiv: im Verkauf
admin-product-status-archived = Archiviert: nicht mehr im Verkauf
admin-product-address-hint = /products/… Leer: wird aus dem Titel gebildet.
admin-product-organisation = Einordnung
admin-product-categories = Kategorien
admin-product-categories-hint = Mit Kommas trennen: { $categories }
admin-product-categories-example = kaffee/mischungen
admin-product-featured = Hervorgehoben
admin-product-featured-hint = Erscheint auf der Startseite.
