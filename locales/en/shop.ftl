# The front page, the product lists and the search.

shop-title = Shop
shop-go-to-shop = Go to the shop

## The front page

shop-promises = What you can count on
shop-free-shipping-over = Free shipping over { $amount }
shop-pickup = Pickup available
shop-bank-transfer = Pay by bank transfer
shop-bare = Opening soon
shop-bare-note = There is nothing here yet. Please check back soon.
shop-featured = From the shop
shop-latest-posts = From the blog

## Product lists

shop-no-products = No products yet
shop-no-products-note = New products are on their way.
shop-read-blog = Read the blog
shop-empty-category = There are no products in { $category } at the moment.
shop-view-all = View all products
shop-categories = Categories
shop-products = Products
shop-product-count = { $count ->
    [one] { $count } product
   *[other] { $count } products
  }
shop-sort-by = Sort by
shop-sort = Sort
shop-sort-featured = Featured
shop-sort-newest = Newest
shop-sort-price-ascending = Price, low to high
shop-sort-price-descending = Price, high to low

## The search

shop-search-title = Search
shop-search-title-for = Search: { $words }
shop-search-note = Search products, posts and pages: a name, a place, a word you remember.
shop-search-nothing = Nothing found for “{ $words }”
shop-search-hint = Check the spelling, or try a broader word.
shop-posts = Posts
shop-found = { $count ->
    [one] { $count } found
   *[other] { $count } found
  }
