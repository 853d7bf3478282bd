# The cart page.

cart-title = Cart
cart-title-error = Error: Cart
cart-description = The items in your cart, with quantities and prices.
cart-changed = Your cart was updated
cart-empty = Your cart is empty
cart-empty-hint = Browse the shop and add something you like.
cart-to-shop = Go to the shop
cart-to-blog = Read the blog
cart-suggestions = You may like
# After a product was added: a heading, the product's name and a link to this page.
cart-added-html = <strong>Added to your cart</strong>{ $title }. <a href="{ $href }">View cart</a>

# The lines.

cart-items = Items
# The price of one piece.
cart-each-html = { $price } each
cart-quantity = Quantity
cart-update = Update
# A button; screen readers also hear which line.
cart-remove-line-html = Remove<span class="sr"> { $title } { $options }</span>
cart-line-unavailable = No longer available. Please remove it.
cart-line-sold-out = Sold out. Please remove it.
cart-line-low-stock = Only { NUMBER($left) } left.

# The summary.

cart-summary = Summary
cart-totals = Totals
cart-free-shipping-missing-html = <strong>{ $amount } more</strong> for free shipping.
cart-free-shipping-progress = { NUMBER($percent) } %
cart-ships-free = Shipping is free.
# The next four stand in small type after the label of a total.
cart-sent-by-email = sent by email
cart-free-shipping = free shipping
cart-plus-shipping-later = plus shipping, calculated at checkout
cart-plus-shipping = plus shipping
cart-check-out = Check out
cart-continue = Continue shopping

# Discount codes and gift cards.

cart-code = Discount code
cart-code-hint = Or a gift card code.
cart-apply = Apply
cart-code-unused-html = <strong>{ $code }</strong> does not apply. { $reason }
cart-remove-code-html = Remove<span class="sr"> discount code { $code }</span>
# $card is order-gift-card.
cart-card-unused = { $card }, not applied. { $reason }
cart-card-balance-html = { $card }, { $balance } available

# Above the cart when the quantity or the code was refused.

cart-check-quantity = Please check the quantity
cart-check-code = Please check the discount code

# The order of this cart that is not paid yet.

cart-pending = Order awaiting payment
cart-pending-hold-html = Your order for { $amount } is not paid yet. We hold your items until { $until }.
cart-pending-cancel = Cancel and return items to cart
