# What all admin pages share: layout, menu, lists and forms.

admin-skip = Skip to content
admin-search-orders = Search orders
admin-view-site-html = <span class="word">View site</span><span class="sr"> of { $site }</span>
admin-menu = Admin
admin-menu-close = Close menu
admin-waiting-html = { $count }<span class="sr"> waiting</span>
admin-shortcuts = Shortcuts
admin-more = More

# Headings of groups in the menu.
admin-menu-sell = Sell
admin-menu-write = Write
admin-menu-run = Run

admin-menu-dashboard = Dashboard
admin-menu-attention = Attention
admin-menu-orders = Orders
admin-menu-customers = Customers
admin-menu-products = Products
admin-menu-discounts = Discounts
admin-menu-gift-cards = Gift cards
admin-menu-stock = Stock
admin-menu-posts = Posts
admin-menu-tags = Tags
admin-menu-pictures = Pictures
admin-menu-shipping = Shipping
admin-menu-taxes = Taxes
admin-menu-webhooks = Webhooks
admin-menu-outbox = Outbox
admin-menu-staff = Staff
admin-menu-settings = Settings

# Lists.
admin-views = Views
admin-find = Find
admin-filter = Filter
admin-all = All
admin-status = Status
admin-nothing-matches = Nothing matches. Try fewer words or another tab.

# Forms.
admin-not-saved-yet = Not saved yet
admin-all-changes-saved = All changes saved
admin-not-saved = Not saved
admin-unsaved-changes = Unsaved changes
admin-confirm-keep = Keep it as it is
admin-cannot-be-undone = This cannot be undone.
admin-address = Address
admin-separate-with-commas = Separate with commas.
admin-alt-text-hint = Alternative text, for people who cannot see the picture.
admin-add-pictures = Add pictures

# The table of a conflict: what is saved beside what was typed.
admin-differences = Where the two differ
admin-differences-field = Field
admin-differences-saved = Saved
admin-differences-typed = Yours, not saved

admin-tax-class-standard = Standard
admin-tax-class-reduced = Reduced
admin-tax-class-zero = Zero
