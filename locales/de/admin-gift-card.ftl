# The list
admin-gift-card-gift-cards = Geschenkgutscheine
admin-gift-card-create = Geschenkgutschein anlegen
admin-gift-card-list-caption = Geschenkgutscheine, neueste zuerst
admin-gift-card-column-code-ending = Code-Endung
admin-gift-card-column-source = Herkunft
admin-gift-card-source-staff = Vom Team ausgestellt
admin-gift-card-none-found = Keine Geschenkgutscheine gefunden
admin-gift-card-none-found-hint = Suchen Sie nach den letzten vier Zeichen eines Codes, einem vollständigen Code oder einer Bestellnummer.
admin-gift-card-all-gift-cards = Alle Geschenkgutscheine
admin-gift-card-none-yet = Noch keine Geschenkgutscheine
admin-gift-card-none-yet-hint = Verkaufen Sie sie als Produkt mit der Kennzeichnung „Geschenkgutschein“, oder legen Sie einen von Hand an.

# Status
admin-gift-card-active = Aktiv
admin-gift-card-empty = Aufgebraucht
admin-gift-card-expired = Abgelaufen

# A new card
admin-gift-card-new = Neuer Geschenkgutschein
admin-gift-card-not-created = Noch nicht angelegt
admin-gift-card-gift-card = Geschenkgutschein
admin-gift-card-amount = Betrag
admin-gift-card-currency-hint = In { $currency }.
admin-gift-card-expires-on = Gültig bis
admin-gift-card-expiry-hint = Der letzte Tag, an dem er eingelöst werden kann, in der Zeitzone { $zone }. Leer: unbegrenzt gültig.
admin-gift-card-email = E-Mail-Adresse
admin-gift-card-email-hint = Erhält eine E-Mail mit dem Code.

# A card
admin-gift-card-created-html = Angelegt am { $when }
admin-gift-card-created-emailed-html = Angelegt am { $when }, per E-Mail gesendet an { $email }
admin-gift-card-not-changed = Noch nicht geändert
admin-gift-card-history-caption = Verlauf, neueste zuerst
admin-gift-card-column-transaction = Vorgang
admin-gift-card-column-who-and-why = Wer und warum
admin-gift-card-column-change = Änderung
admin-gift-card-transaction-of-order = { $transaction }: Bestellung { $number }
admin-gift-card-issued = Ausgestellt
admin-gift-card-reserved = Für eine Bestellung reserviert
admin-gift-card-released = Von einer Bestellung freigegeben
admin-gift-card-used = Für eine Bestellung eingelöst
admin-gift-card-refunded = Erstattet
admin-gift-card-adjusted = Angepasst
admin-gift-card-balance = Guthaben
admin-gift-card-balance-caption = Guthaben und Gültigkeit
admin-gift-card-expires = Gültig bis
admin-gift-card-never = Unbegrenzt
admin-gift-card-change-balance = Guthaben ändern
admin-gift-card-new-balance = Neues Guthaben
admin-gift-card-reason = Grund
admin-gift-card-reason-hint = Bleibt im Verlauf gespeichert.
admin-gift-card-submit-balance = Guthaben ändern
admin-gift-card-expiry = Gültigkeit
admin-gift-card-save-date = Datum speichern
admin-gift-card-block = Geschenkgutschein sperren
admin-gift-card-block-hint = Verloren oder mit einer gestohlenen Karte gekauft? Sperren Sie ihn: Er läuft sofort ab. Sein Guthaben bleibt erhalten.
admin-gift-card-block-now = Jetzt sperren

# Warum ein Gutschein angepasst wurde
admin-gift-card-cause-refunded = Der Geschenkgutschein wurde erstattet
admin-gift-card-cause-blocked = Gesperrt
admin-gift-card-cause-expiry-changed = Ablaufdatum geändert
admin-gift-card-cause-expiry-removed = Ablaufdatum entfernt
admin-gift-card-cause-extended = Nach einer Erstattung um ein Jahr verlängert
