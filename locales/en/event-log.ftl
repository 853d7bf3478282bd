# The audit log: what was done, when and by whom.
event-log-title = Audit log
event-log-caption = What happened, newest first
event-log-empty = Nothing was found
event-log-empty-hint = Choose another time, person or subject.
event-log-all = Show everything
event-log-column-when = When
event-log-column-who = Who
event-log-column-what = What
event-log-column-record = About
event-log-column-before = Before
event-log-column-after = After
event-log-column-network = Network
event-log-actor = Who
event-log-anybody = Anybody
event-log-group = About
event-log-from = From
event-log-until = Until
event-log-record = Only what happened to: { $record }
event-log-export = Export
event-log-impersonated = { $staff } in their name

event-log-group-any = Everything
event-log-group-people = Staff and customers
event-log-group-orders = Orders
event-log-group-catalog = Products and gift cards
event-log-group-content = Posts and pictures
event-log-group-settings = Settings

## What a record is
event-log-record-account = Account { $id }
event-log-record-invitation = Invitation { $id }
event-log-record-customer = Customer { $id }
event-log-record-picture = Picture { $id }
event-log-record-post = Post { $id }
event-log-record-product = Product { $id }
event-log-record-gift-card = Gift card { $id }
event-log-record-webhook = Webhook { $id }
event-log-record-identity-provider = Identity provider { $id }

## What was done
event-log-site-set-up = The site was set up
event-log-secret-key-rotated = Secret key replaced
event-log-account-created = Account created
event-log-signed-in = Logged in
event-log-reset-link-created = Link for a new password created
event-log-password-changed = Password changed
event-log-account-updated = { $group ->
    [addresses] Addresses changed
    [consents] Consents changed
   *[other] Profile changed
}
event-log-account-email-changed = Email address changed from { $from } to { $to }
event-log-account-email-reverted = Email address change undone: from { $from } to { $to }
event-log-sessions-ended = Logged out on other devices
event-log-signed-in-on-new-device = Logged in on a new device
event-log-orders-claimed = { $count ->
    [one] { $count } earlier order added to the account
   *[other] { $count } earlier orders added to the account
}
event-log-account-erased = Account deleted
event-log-factor-added = Second factor added
event-log-factor-removed = Second factor removed
event-log-factors-cleared = Second factors cleared
event-log-recovery-codes-created = New recovery codes created
event-log-recovery-code-used = Recovery code used
event-log-passkey-renamed = Passkey renamed from “{ $from }” to “{ $to }”
event-log-identity-linked = Log-in with { $provider } linked
event-log-identity-unlinked = Log-in with { $provider } unlinked
event-log-identity-provider-added = Identity provider added: { $name }
event-log-identity-provider-changed = Identity provider changed: { $name }
event-log-identity-provider-deleted = Identity provider deleted: { $name }
event-log-invitation-sent = Invited { $email } as { $role }
event-log-invitation-withdrawn = Invitation of { $email } withdrawn
event-log-invitation-accepted = Invitation accepted
event-log-role-changed = Role changed
event-log-account-suspended = Account suspended
event-log-account-activated = Account activated
event-log-ownership-transferred = Became the owner
event-log-permissions-changed = Permissions of roles changed
event-log-customer-changed = Note or tags changed
event-log-customers-merged = Merged with another customer
event-log-customer-erased = { $orders ->
    [0] Customer erased
    [one] Customer erased, with the personal data of { $orders } order
   *[other] Customer erased, with the personal data of { $orders } orders
}
event-log-impersonation-started = Began to use the site as this customer: { $reason }
event-log-impersonation-ended = Stopped using the site as this customer
event-log-picture-added = Picture added
event-log-post-published = Published
event-log-post-unpublished = Unpublished
event-log-post-deleted = Deleted: { $title }
event-log-product-saved = Product saved
event-log-settings-changed = { $group ->
    [taxes] Taxes changed
    [shipping] Shipping changed
    [discounts] Discounts changed
    [secret_key] Secret key accepted
   *[other] Settings changed
}
event-log-gift-card-issued = Gift card issued
event-log-webhook-received = Webhook received
event-log-no-payment-due = Nothing to pay
event-log-vat-number-submitted = VAT number submitted
event-log-yes = yes
event-log-no = no
event-log-granted = granted
event-log-revoked = revoked
