# The cart page.

cart-title = Warenkorb
cart-title-error = Fehler: Warenkorb
cart-description = Die Artikel in Ihrem Warenkorb mit Mengen und Preisen.
cart-changed = Ihr Warenkorb wurde aktualisiert
cart-empty = Ihr Warenkorb ist leer
cart-empty-hint = Stöbern Sie im Shop und legen Sie etwas hinein, das Ihnen gefällt.
cart-to-shop = Zum Shop
cart-to-blog = Zum Blog
cart-suggestions = Das könnte Ihnen gefallen
# After a product was added: a heading, the product's name and a link to this page.
cart-added-html = <strong>In den Warenkorb gelegt</strong>{ $title }. <a href="{ $href }">Warenkorb ansehen</a>

# The lines.

cart-items = Artikel
# The price of one piece.
cart-each-html = je { $price }
cart-quantity = Menge
cart-update = Aktualisieren
# A button; screen readers also hear which line.
cart-remove-line-html = Entfernen<span class="sr">: { $title } { $options }</span>
cart-line-unavailable = Nicht mehr erhältlich. Bitte entfernen Sie diesen Artikel.
cart-line-sold-out = Ausverkauft. Bitte entfernen Sie diesen Artikel.
cart-line-low-stock = Nur noch { NUMBER($left) } verfügbar.

# The summary.

cart-summary = Zusammenfassung
cart-totals = Summen
cart-free-shipping-missing-html = Noch <strong>{ $amount }</strong> bis zum kostenlosen Versand.
cart-free-shipping-progress = { NUMBER($percent) } %
cart-ships-free = Der Versand ist kostenlos.
# The next four stand in small type after the label of a total.
cart-sent-by-email = Versand per E-Mail
cart-free-shipping = kostenloser Versand
cart-plus-shipping-later = zzgl. Versand, wird an der Kasse berechnet
cart-plus-shipping = zzgl. Versand
cart-check-out = Zur Kasse
cart-continue = Weiter einkaufen

# Discount codes and gift cards.

cart-code = Rabattcode
cart-code-hint = Oder der Code eines Geschenkgutscheins.
cart-apply = Einlösen
cart-code-unused-html = <strong>{ $code }</strong> kann nicht eingelöst werden. { $reason }
cart-remove-code-html = Entfernen<span class="sr">: Rabattcode { $code }</span>
# $card is order-gift-card.
cart-card-unused = { $card }, nicht eingelöst. { $reason }
cart-card-balance-html = { $card }, { $balance } verfügbar

# Above the cart when the quantity or the code was refused.

cart-check-quantity = Bitte prüfen Sie die Menge
cart-check-code = Bitte prüfen Sie den Rabattcode

# The order of this cart that is not paid yet.

cart-pending = Bestellung wartet auf Zahlung
cart-pending-hold-html = Ihre Bestellung über { $amount } ist noch nicht bezahlt. Wir reservieren Ihre Artikel bis { $until }.
cart-pending-cancel = Stornieren und Artikel zurück in den Warenkorb legen
