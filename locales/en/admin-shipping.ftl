# Shipping methods.
admin-shipping-title = Shipping
admin-shipping-add = Add shipping method
admin-shipping-empty-title = Set up shipping
admin-shipping-empty = Customers can only order to countries that have a shipping method.
admin-shipping-count = { $count ->
    [one] { $count } shipping method
   *[other] { $count } shipping methods
}
admin-shipping-column-name = Name
admin-shipping-column-weight = Weight
admin-shipping-column-free-over = Free over
admin-shipping-column-price = Price
admin-shipping-pickup = Pickup
admin-shipping-tier-count = { $count ->
    [one] { $count } price tier
   *[other] { $count } price tiers
}

admin-shipping-everywhere = Everywhere
admin-shipping-eu = European Union
admin-shipping-more-countries = { $first }, { $second } and { NUMBER($more) } more
admin-shipping-weight-any = any
admin-shipping-weight-up-to = up to { $most }
admin-shipping-weight-from = from { $least }
admin-shipping-weight-between = { $least } to { $most }
admin-shipping-grams = { NUMBER($grams) } g
admin-shipping-kilograms = { $kilograms } kg

admin-shipping-new-title = New shipping method
admin-shipping-edit-title = Edit shipping method
admin-shipping-section = Shipping method
admin-shipping-name = Name
admin-shipping-name-hint = What customers choose, such as “Standard, 2 to 4 days”.
admin-shipping-countries = Countries
admin-shipping-countries-hint = Two-letter codes separated by commas, such as DE, AT, FR. EU means the European Union, an asterisk (*) everywhere else.
admin-shipping-price = Price
admin-shipping-price-hint = In { $currency }.
admin-shipping-free-over = Free over
admin-shipping-free-over-hint = Orders of this value ship free.
admin-shipping-min-weight = From weight in grams
admin-shipping-max-weight = Up to weight in grams
admin-shipping-position = Position
admin-shipping-position-hint = Lower numbers come first.
admin-shipping-pickup-hint = Customers pick up the order. No address needed.
admin-shipping-price-tiers = Price tiers
admin-shipping-price-tiers-hint = The price above applies below the first tier; from there on, each tier has its own price. Order value is counted after discounts.
admin-shipping-tiers = Tiers
admin-shipping-tiers-none = Flat rate
admin-shipping-tiers-weight = Tiers by weight in grams
admin-shipping-tiers-subtotal = Tiers by order value
admin-shipping-tier-from = Tier { NUMBER($tier) } from
admin-shipping-tier-price = Tier { NUMBER($tier) } price
admin-shipping-delete-about = Customers can no longer choose it. Existing orders keep it.
admin-shipping-delete-question = Delete this shipping method?
admin-shipping-delete = Delete shipping method
