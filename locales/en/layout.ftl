# The frame of every page: header, menu, footer, and the bar that staff see.

layout-skip = Skip to content
layout-menu = Menu
layout-main-menu = Main
layout-close-menu = Close menu
layout-shop = Shop
layout-blog = Blog
layout-feed = Feed
layout-search = Search
layout-cart = { $count ->
    [0] Cart, empty
    [one] Cart, { $count } item
   *[other] Cart, { $count } items
  }
layout-all-products = All products
layout-good-to-know = Good to know
layout-more = More
layout-email-us = Email us
layout-back-to-cart = Back to cart
layout-back-to-shop = Back to the shop
layout-test-mode = Test mode. No card is charged and no money moves.
layout-setup-note = This page is closed for good once the site has an owner.

## For staff

layout-staff = Staff
layout-admin = Admin
layout-edit-this = Edit this
layout-add-product = Add product
layout-write = Write
layout-write-post = Write a post
layout-first-steps = First steps
layout-site-ready = Your site is ready
layout-site-ready-note = What you add appears below. Only staff see this box.

## Names that screen readers give to parts of a text

layout-task-done = Done
layout-task-open = To do
layout-table = Table
