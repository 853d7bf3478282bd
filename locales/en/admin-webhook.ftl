# The webhook inbox.
admin-webhook-title = Webhooks
admin-webhook-about-list = Events from payment providers, and how they were processed.
admin-webhook-empty-title = No webhooks yet
admin-webhook-empty = Stripe’s events appear here as soon as someone pays by card.
admin-webhook-empty-without-cards = Card payments are not set up. Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET and restart.
admin-webhook-caption = Events, newest first
admin-webhook-column-event = Event
admin-webhook-column-provider = Provider
admin-webhook-column-status = Status
admin-webhook-column-outcome = Outcome
admin-webhook-column-when = When

admin-webhook-state-received = Waiting
admin-webhook-state-done = Processed
admin-webhook-state-ignored = Ignored
admin-webhook-state-failed = Retrying
admin-webhook-state-dead = Failed

admin-webhook-provider-manual = By hand
admin-webhook-provider-test = Test card
admin-webhook-provider-stripe = Stripe

admin-webhook-replay = Process again
admin-webhook-payload = Payload
admin-webhook-section = Event
admin-webhook-provider = Provider
admin-webhook-received = Received
admin-webhook-about = About
admin-webhook-event-id = Event ID
admin-webhook-outcome = Outcome
admin-webhook-attempts = Attempts
admin-webhook-attempt-count = { $count ->
    [one] { $count } time
   *[other] { $count } times
}
admin-webhook-outcome-done = The payment is up to date
admin-webhook-outcome-ignored = Not about an order of this shop
