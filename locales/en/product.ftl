# The product page, and the cards of products in lists.

product-price-from-html = <span class="from">from</span> { $price }
product-regular-price-html = <span class="sr">regular price </span>{ $price }
product-lowest-price-html = Lowest price in the 30 days before the reduction: { $price }
product-reduction = −{ NUMBER($percent) }%
product-new = New
product-sold-out = Sold out
product-in-stock = In stock
product-only-left = { $count ->
    [one] Only { $count } left
   *[other] Only { $count } left
  }
product-some-sold-out = In stock, some variants sold out
product-currently-sold-out = Currently sold out

## The product page

product-pictures = Pictures
product-gallery = Product pictures
product-picture = Picture { NUMBER($number) }
product-buy = Buy
product-breadcrumb = Breadcrumb
product-quantity = Quantity
product-add-to-cart = Add to cart
product-description = Description
product-details = Details
product-details-caption = Product details
product-related = Goes well with

## Variants

product-all-prices = All prices and availability
product-variants = Prices and availability
product-variants-caption = Price and availability of each variant
product-all-variants = { $count ->
    [one] All { $count } variants
   *[other] All { $count } variants
  }
product-price = Price
product-availability = Availability
product-option-priced = { $value } – { $price }
product-option-sold-out = { $value }, sold out
product-option-priced-sold-out = { $value } – { $price }, sold out

## Notes on tax and shipping

product-no-tax = No tax
product-tax-included = incl. { $tax }, plus shipping
product-shipping-extra = plus shipping
product-tax-and-shipping-extra = plus tax and shipping
product-shipping-free = { $method }: free
product-shipping-price = { $method }: { $price }
product-shipping-free-over = { $method }: { $price }, free from { $amount }
