# Products: the list and the form.

admin-product-products = Products
admin-product-add = Add product
admin-product-caption = Products, by name
admin-product-caption-found = Matching products, newest first
admin-product-picture = Picture
admin-product-product = Product
admin-product-price = Price
admin-product-stock = Stock
admin-product-sku = SKU
admin-product-no-category = No category
admin-product-sold-out = Sold out
admin-product-variants-sold-out = { NUMBER($count) } sold out
admin-product-price-from-html = from { $price }
admin-product-variants-count = { $count ->
    [one] { $count } variant
   *[other] { $count } variants
}
admin-product-tab-drafts = Drafts
admin-product-active = Active
admin-product-draft = Draft
admin-product-archived = Archived
admin-product-none-found = No products here
admin-product-all = All products
admin-product-first = Add your first product
admin-product-first-hint = A name, a price and a picture are enough.

admin-product-new = New product
admin-product-title = Title
admin-product-description = Description
admin-product-description-hint = Markdown.
admin-product-details = Details
admin-product-details-hint = One per line, such as Origin: Ethiopia
admin-product-tax = Tax
admin-product-price-hint-gross = In { $currency }, tax included.
admin-product-price-hint-net = In { $currency }, without tax.
admin-product-compare-at-price = Compare-at price
admin-product-compare-at-price-hint = Shown struck through next to the price.
admin-product-tax-class = Tax class
admin-product-gift-card = Gift card
admin-product-gift-card-hint = Each unit sold becomes a code worth its price, emailed once it is paid. Not taxed, not shipped.
admin-product-stock-and-shipping = Stock and shipping
admin-product-barcode = Barcode
admin-product-stock-hint = { $count ->
    [one] { $count } more is reserved for an unpaid order.
   *[other] { $count } more are reserved for unpaid orders.
}
admin-product-weight = Weight in grams
admin-product-adjust-stock = Received stock, or damaged items? Adjust the stock
admin-product-view = View

admin-product-pictures = Pictures
admin-product-describe-picture = Describe picture { NUMBER($number) }
admin-product-picture-position = Position { NUMBER($number) }
admin-product-remove-picture = Remove picture { NUMBER($number) }
admin-product-add-pictures-hint = Portrait 4:5 looks best. JPEG, PNG or WebP, up to 10 MB each.

admin-product-options = Options
admin-product-options-hint = For products that come in sizes or colours. Each combination becomes a variant with its own price and stock, listed below once you have saved. Renaming a value in place keeps its price and stock. Enter one value per line, or separate short ones with commas.
admin-product-option = Option { NUMBER($number) }
admin-product-option-example = Size
admin-product-option-values = Values of option { NUMBER($number) }
admin-product-option-values-example = One per line: S, M, L
admin-product-variants = Variants
admin-product-variants-stock-hint = Stock is the number of units available.
admin-product-variants-caption = Price, stock and shipping details of each variant
admin-product-variant = Variant
admin-product-variant-field = { $field }, { $variant }
admin-product-compare-at = Compare at
admin-product-weight-short = Weight (g)

admin-product-visibility = Visibility
admin-product-status-draft = Draft: visible to staff only
admin-product-status-active = Active: on sale
admin-product-status-archived = Archived: no longer on sale
admin-product-address-hint = /products/… Empty: made from the title.
admin-product-organisation = Organisation
admin-product-categories = Categories
admin-product-categories-hint = Separate with commas: { $categories }
admin-product-categories-example = coffee/blends
admin-product-featured = Featured
admin-product-featured-hint = Shown on the front page.
