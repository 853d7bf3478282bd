# What all admin pages share: layout, menu, lists and forms.

admin-skip = Zum Inhalt springen
admin-search-orders = Bestellungen suchen
admin-view-site-html = <span class="word">Website ansehen</span><span class="sr">: { $site }</span>
admin-menu = Verwaltung
admin-menu-close = Menü schließen
admin-waiting-html = { $count }<span class="sr"> offen</span>
admin-shortcuts = Schnellzugriff
admin-more = Mehr

# Headings of groups in the menu.
admin-menu-sell = Verkaufen
admin-menu-write = Schreiben
admin-menu-run = Betreiben

admin-menu-dashboard = Übersicht
admin-menu-attention = Zu erledigen
admin-menu-orders = Bestellungen
admin-menu-customers = Kunden
admin-menu-products = Produkte
admin-menu-discounts = Rabatte
admin-menu-gift-cards = Geschenkgutscheine
admin-menu-stock = Lagerbestand
admin-menu-posts = Beiträge
admin-menu-tags = Schlagwörter
admin-menu-pictures = Bilder
admin-menu-shipping = Versand
admin-menu-taxes = Steuern
admin-menu-webhooks = Webhooks
admin-menu-outbox = Postausgang
admin-menu-staff = Mitarbeiter
admin-menu-settings = Einstellungen

# Lists.
admin-views = Ansichten
admin-find = Suchen
admin-filter = Filtern
admin-all = Alle
admin-status = Status
admin-nothing-matches = Keine Treffer. Versuchen Sie es mit weniger Wörtern oder einem anderen Reiter.

# Forms.
admin-not-saved-yet = Noch nicht gespeichert
admin-all-changes-saved = Alle Änderungen gespeichert
admin-not-saved = Nicht gespeichert
admin-unsaved-changes = Nicht gespeicherte Änderungen
admin-confirm-keep = So lassen, wie es ist
admin-cannot-be-undone = Das kann nicht rückgängig gemacht werden.
admin-address = Adresse
admin-separate-with-commas = Mit Kommas trennen.
admin-alt-text-hint = Alternativtext für Menschen, die das Bild nicht sehen können.
admin-add-pictures = Bilder hinzufügen

# The table of a conflict: what is saved beside what was typed.
admin-differences = Unterschiede zwischen den beiden Fassungen
admin-differences-field = Feld
admin-differences-saved = Gespeichert
admin-differences-typed = Ihre Eingabe, nicht gespeichert

admin-tax-class-standard = Regelsatz
admin-tax-class-reduced = Ermäßigt
admin-tax-class-zero = Null
