### Invoices and credit notes as PDF.

document-continued = { $title }, continued
document-page = { $number } · page { NUMBER($page) } of { NUMBER($pages) }

## Fields beside the address

document-vat-number = VAT { $number }
document-bill-to = Bill to
document-invoice-number = Invoice number
document-credit-note-number = Credit note number
document-date = Date
document-order = Order
document-order-date = Order date
document-corrects = Corrects invoice

## Items

document-description = Description
document-quantity = Quantity
document-price = Price
document-amount = Amount
document-shipping = Shipping: { $method }
document-order-refunded = Order { $number }, refunded
document-order-cancelled = Order { $number }, cancelled

## Totals and payments

document-total-credited = Total credited
document-gift-card = Gift card
document-amount-due = Amount due
document-paid-by-transfer = Paid by bank transfer
document-paid-by-cash = Paid by cash on pickup
document-paid-by-card = Paid by card
document-paid-by-test-card = Paid by test card

## Taxes

document-tax = Tax
document-net = Net
document-gross = Gross
document-no-tax = No tax

## Notes below the totals

document-paid = Paid: { $method }.
document-refunded = Refunded to the original payment method.
document-refunded-reason = Reason: { $reason }. Refunded to the original payment method.
document-export = Delivered outside the tax area of the shop: no tax is charged.
document-voucher = Gift cards are taxed when they are used, not when they are bought.
# Mandatory: directive 2006/112/EC, article 226 (11a).
document-reverse-charge = Reverse charge: the customer is liable for the tax.
