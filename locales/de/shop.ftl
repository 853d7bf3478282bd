# The front page, the product lists and the search.

shop-title = Shop
shop-go-to-shop = Zum Shop

## The front page

shop-promises = Darauf können Sie sich verlassen
shop-free-shipping-over = Kostenloser Versand ab { $amount }
shop-pickup = Abholung möglich
shop-bank-transfer = Zahlung per Überweisung
shop-bare = Wir eröffnen bald
shop-bare-note = Hier gibt es noch nichts zu sehen. Bitte schauen Sie bald wieder vorbei.
shop-featured = Aus dem Shop
shop-latest-posts = Aus dem Blog

## Product lists

shop-no-products = Noch keine Produkte
shop-no-products-note = Neue Produkte sind unterwegs.
shop-read-blog = Zum Blog
shop-empty-category = In der Kategorie „{ $category }“ gibt es zurzeit keine Produkte.
shop-view-all = Alle Produkte ansehen
shop-categories = Kategorien
shop-products = Produkte
shop-product-count = { $count ->
    [one] { $count } Produkt
   *[other] { $count } Produkte
  }
shop-sort-by = Sortieren nach
shop-sort = Sortieren
shop-sort-featured = Empfehlung
shop-sort-newest = Neueste zuerst
shop-sort-price-ascending = Preis aufsteigend
shop-sort-price-descending = Preis absteigend

## The search

shop-search-title = Suche
shop-search-title-for = Suche: { $words }
shop-search-note = Suchen Sie nach Produkten, Beiträgen und Seiten: ein Name, ein Ort, ein Wort, an das Sie sich erinnern.
shop-search-nothing = Nichts gefunden für „{ $words }“
shop-search-hint = Bitte prüfen Sie die Schreibweise, oder suchen Sie nach einem allgemeineren Wort.
shop-posts = Beiträge
shop-found = { $count ->
    [one] { $count } Treffer
   *[other] { $count } Treffer
  }
