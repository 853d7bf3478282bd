# The list
admin-coupon-discounts = Discounts
admin-coupon-add = Add discount
admin-coupon-none-yet = No discounts yet
admin-coupon-none-yet-hint = A code that customers enter in their cart: a percentage off, a fixed amount off, or free shipping.
admin-coupon-count =
    { $count ->
        [one] { $count } discount
       *[other] { $count } discounts
    }
admin-coupon-column-code = Code
admin-coupon-column-discount = Discount
admin-coupon-column-ends = Ends
admin-coupon-column-used = Used
admin-coupon-percent-off = { $percent } % off
admin-coupon-amount-off = { $amount } off
admin-coupon-used-of-limit = { NUMBER($used) } of { NUMBER($limit) }

# Status
admin-coupon-active = Active
admin-coupon-inactive = Inactive
admin-coupon-scheduled = Scheduled
admin-coupon-expired = Expired
admin-coupon-limit-reached = Limit reached

# The form
admin-coupon-edit = Edit discount
admin-coupon-new = New discount
admin-coupon-discount = Discount
admin-coupon-code = Code
admin-coupon-code-hint = What customers enter in their cart, such as SPRING-15.
admin-coupon-kind = Kind
admin-coupon-kind-percent = Percentage
admin-coupon-kind-fixed = Fixed amount
admin-coupon-value = Value
admin-coupon-value-hint = A percentage, or an amount in { $currency }. Empty for free shipping.
admin-coupon-minimum = Minimum order
admin-coupon-minimum-hint = The items must be worth at least this much.
admin-coupon-applies-to = Applies to
admin-coupon-applies-to-hint = Select nothing to apply it to everything.
admin-coupon-categories = Categories
admin-coupon-products = Products
admin-coupon-limits = Limits
admin-coupon-usage-limit = Total uses
admin-coupon-customer-limit = Uses per customer
admin-coupon-customer-limit-hint = Customers are identified by their email.
admin-coupon-dates = Active dates
admin-coupon-starts-at = Starts at
admin-coupon-ends-at = Ends at
admin-coupon-time-hint = In { $zone } time.
