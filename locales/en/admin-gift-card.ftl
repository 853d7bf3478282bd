# The list
admin-gift-card-gift-cards = Gift cards
admin-gift-card-create = Create gift card
admin-gift-card-list-caption = Gift cards, newest first
admin-gift-card-column-code-ending = Code ending
admin-gift-card-column-source = Source
admin-gift-card-source-staff = Issued by staff
admin-gift-card-none-found = No gift cards here
admin-gift-card-none-found-hint = Search for the last four characters of a code, a full code, or an order number.
admin-gift-card-all-gift-cards = All gift cards
admin-gift-card-none-yet = No gift cards yet
admin-gift-card-none-yet-hint = Sell them as a product marked “Gift card”, or create one manually.

# Status
admin-gift-card-active = Active
admin-gift-card-empty = Empty
admin-gift-card-expired = Expired

# A new card
admin-gift-card-new = New gift card
admin-gift-card-not-created = Not created yet
admin-gift-card-gift-card = Gift card
admin-gift-card-amount = Amount
admin-gift-card-currency-hint = In { $currency }.
admin-gift-card-expires-on = Expires on
admin-gift-card-expiry-hint = The last day on which it can be used, in { $zone } time. Empty: never expires.
admin-gift-card-email = Email
admin-gift-card-email-hint = Receives an email with the code.

# A card
admin-gift-card-created-html = Created { $when }
admin-gift-card-created-emailed-html = Created { $when }, emailed to { $email }
admin-gift-card-not-changed = Not changed yet
admin-gift-card-history-caption = History, newest first
admin-gift-card-column-transaction = Transaction
admin-gift-card-column-who-and-why = Who and why
admin-gift-card-column-change = Change
admin-gift-card-transaction-of-order = { $transaction }: Order { $number }
admin-gift-card-issued = Issued
admin-gift-card-reserved = Reserved for an order
admin-gift-card-released = Released from an order
admin-gift-card-used = Used for an order
admin-gift-card-refunded = Refunded
admin-gift-card-adjusted = Adjusted
admin-gift-card-balance = Balance
admin-gift-card-balance-caption = Balance and expiry
admin-gift-card-expires = Expires
admin-gift-card-never = Never
admin-gift-card-change-balance = Change the balance
admin-gift-card-new-balance = New balance
admin-gift-card-reason = Reason
admin-gift-card-reason-hint = Kept in the history.
admin-gift-card-submit-balance = Change balance
admin-gift-card-expiry = Expiry
admin-gift-card-save-date = Save date
admin-gift-card-block = Block the card
admin-gift-card-block-hint = Lost, or bought with a stolen card? Block it: it expires immediately. Its balance is kept.
admin-gift-card-block-now = Block now

# Why a card was adjusted
admin-gift-card-cause-refunded = The gift card was refunded
admin-gift-card-cause-blocked = Blocked
admin-gift-card-cause-expiry-changed = Expiry date changed
admin-gift-card-cause-expiry-removed = Expiry date removed
admin-gift-card-cause-extended = Extended by a year after a refund
