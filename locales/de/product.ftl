# The product page, and the cards of products in lists.

product-price-from-html = <span class="from">ab</span> { $price }
product-regular-price-html = <span class="sr">regulärer Preis </span>{ $price }
product-lowest-price-html = Niedrigster Preis der letzten 30 Tage vor der Ermäßigung: { $price }
product-reduction = −{ NUMBER($percent) } %
product-new = Neu
product-sold-out = Ausverkauft
product-in-stock = Auf Lager
product-only-left = { $count ->
    [one] Nur noch { $count } verfügbar
   *[other] Nur noch { $count } verfügbar
  }
product-some-sold-out = Auf Lager, einige Varianten sind ausverkauft
product-currently-sold-out = Zurzeit ausverkauft

## The product page

product-pictures = Bilder
product-gallery = Produktbilder
product-picture = Bild { NUMBER($number) }
product-buy = Kaufen
product-breadcrumb = Navigationspfad
product-quantity = Menge
product-add-to-cart = In den Warenkorb
product-description = Beschreibung
product-details = Details
product-details-caption = Produktdetails
product-related = Passt gut dazu

## Variants

product-all-prices = Alle Preise und Verfügbarkeiten
product-variants = Preise und Verfügbarkeit
product-variants-caption = Preis und Verfügbarkeit jeder Variante
product-all-variants = { $count ->
    [one] Alle { $count } Varianten
   *[other] Alle { $count } Varianten
  }
product-price = Preis
product-availability = Verfügbarkeit
product-option-priced = { $value } – { $price }
product-option-sold-out = { $value }, ausverkauft
product-option-priced-sold-out = { $value } – { $price }, ausverkauft

## Notes on tax and shipping

product-no-tax = ohne Steuer
product-tax-included = inkl. { $tax }, zzgl. Versand
product-shipping-extra = zzgl. Versand
product-tax-and-shipping-extra = zzgl. Steuern und Versand
product-shipping-free = { $method }: kostenlos
product-shipping-price = { $method }: { $price }
product-shipping-free-over = { $method }: { $price }, kostenlos ab { $amount }
