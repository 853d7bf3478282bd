### The packing slip, printed and put in with the items.

packing-slip-title = Packing slip
packing-slip-page-title = Packing slip for order { $number }
packing-slip-order = Order
packing-slip-print = Print
packing-slip-for = For
packing-slip-ship-to = Ship to
packing-slip-from = From
packing-slip-nothing-left = Nothing is left to ship.
packing-slip-items = Items to pack
packing-slip-quantity = Quantity
packing-slip-product = Product
packing-slip-packed = Packed
