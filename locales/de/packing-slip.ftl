### The packing slip, printed and put in with the items.

packing-slip-title = Packzettel
packing-slip-page-title = Packzettel zur Bestellung { $number }
packing-slip-order = Bestellung
packing-slip-print = Drucken
packing-slip-for = Für
packing-slip-ship-to = Lieferung an
packing-slip-from = Von
packing-slip-nothing-left = Es ist nichts mehr zu versenden.
packing-slip-items = Zu packende Artikel
packing-slip-quantity = Menge
packing-slip-product = Produkt
packing-slip-packed = Gepackt
