# Der Eingang der Webhooks.
admin-webhook-title = Webhooks
admin-webhook-about-list = Ereignisse der Zahlungsanbieter und wie sie verarbeitet wurden.
admin-webhook-empty-title = Noch keine Webhooks
admin-webhook-empty = Ereignisse von Stripe erscheinen hier, sobald jemand mit Karte zahlt.
admin-webhook-empty-without-cards = Kartenzahlungen sind nicht eingerichtet. Setzen Sie STRIPE_SECRET_KEY und STRIPE_WEBHOOK_SECRET und starten Sie neu.
admin-webhook-caption = Ereignisse, neueste zuerst
admin-webhook-column-event = Ereignis
admin-webhook-column-provider = Anbieter
admin-webhook-column-status = Status
admin-webhook-column-outcome = Ergebnis
admin-webhook-column-when = Zeitpunkt

admin-webhook-state-received = Wartet
admin-webhook-state-done = Verarbeitet
admin-webhook-state-ignored = Ignoriert
admin-webhook-state-failed = Wird wiederholt
admin-webhook-state-dead = Fehlgeschlagen

admin-webhook-provider-manual = Manuell
admin-webhook-provider-test = Testkarte
admin-webhook-provider-stripe = Stripe

admin-webhook-replay = Erneut verarbeiten
admin-webhook-payload = Inhalt
admin-webhook-section = Ereignis
admin-webhook-provider = Anbieter
admin-webhook-received = Empfangen
admin-webhook-about = Betrifft
admin-webhook-event-id = Ereignis-ID
admin-webhook-outcome = Ergebnis
admin-webhook-attempts = Versuche
admin-webhook-attempt-count = { $count ->
    [one] { $count }-mal
   *[other] { $count }-mal
}
admin-webhook-outcome-done = Die Zahlung ist auf dem aktuellen Stand
admin-webhook-outcome-ignored = Betrifft keine Bestellung dieses Shops
