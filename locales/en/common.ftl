# Words that many screens share.

common-optional = optional
common-save = Save
common-delete = Delete
common-back = Back
common-none = –
common-free = Free
common-free-shipping = Free shipping
common-total = Total
common-totals = Totals
common-subtotal = Subtotal
common-shipping = Shipping
common-discount = Discount
common-tax-rate = { $tax } { $percent } %
common-included-tax = Included { $tax }
common-search = Search
common-previous = Previous
common-next = Next
common-first = First
common-last = Last
common-page = Page
common-pages = Pages
common-log-in = Log in
common-log-out = Log out
common-one-fewer = One fewer
common-one-more = One more
common-check-form = Please check the form
common-error-title = Error: { $title }
common-title-with-page = { $title }, page { NUMBER($page) }
# A number of rows that were not all counted.
common-more-than = { NUMBER($count) }+
common-quantity = { NUMBER($quantity) } × { $item }
