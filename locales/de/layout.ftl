# The frame of every page: header, menu, footer, and the bar that staff see.

layout-skip = Zum Inhalt springen
layout-menu = Menü
layout-main-menu = Hauptmenü
layout-close-menu = Menü schließen
layout-shop = Shop
layout-blog = Blog
layout-feed = Feed
layout-search = Suche
layout-cart = { $count ->
    [0] Warenkorb, leer
    [one] Warenkorb, { $count } Artikel
   *[other] Warenkorb, { $count } Artikel
  }
layout-all-products = Alle Produkte
layout-good-to-know = Gut zu wissen
layout-more = Mehr
layout-email-us = E-Mail schreiben
layout-back-to-cart = Zurück zum Warenkorb
layout-back-to-shop = Zurück zum Shop
layout-test-mode = Testmodus: Es wird keine Karte belastet und kein Geld bewegt.
layout-setup-note = Diese Seite wird endgültig geschlossen, sobald die Website eingerichtet ist.

## For staff

layout-staff = Mitarbeiter
layout-admin = Verwaltung
layout-edit-this = Diese Seite bearbeiten
layout-add-product = Produkt hinzufügen
layout-write = Schreiben
layout-write-post = Beitrag schreiben
layout-first-steps = Erste Schritte
layout-site-ready = Ihre Website ist bereit
layout-site-ready-note = Was Sie hinzufügen, erscheint hier. Diesen Hinweis sieht nur Ihr Team.

## Names that screen readers give to parts of a text

layout-task-done = Erledigt
layout-task-open = Offen
layout-table = Tabelle
