# Words that many screens share.

common-optional = optional
common-save = Speichern
common-delete = Löschen
common-back = Zurück
common-none = –
common-free = Kostenlos
common-free-shipping = Kostenloser Versand
common-total = Gesamtsumme
common-totals = Summen
common-subtotal = Zwischensumme
common-shipping = Versand
common-discount = Rabatt
common-tax-rate = { $tax } { $percent } %
common-included-tax = inkl. { $tax }
common-search = Suchen
common-previous = Zurück
common-next = Weiter
common-first = Anfang
common-last = Ende
common-page = Seite
common-pages = Seiten
common-log-in = Anmelden
common-log-out = Abmelden
common-one-fewer = Eins weniger
common-one-more = Eins mehr
common-check-form = Bitte prüfen Sie Ihre Angaben
common-error-title = Fehler: { $title }
common-title-with-page = { $title }, Seite { NUMBER($page) }
# A number of rows that were not all counted.
common-more-than = { NUMBER($count) }+
common-quantity = { NUMBER($quantity) } × { $item }
