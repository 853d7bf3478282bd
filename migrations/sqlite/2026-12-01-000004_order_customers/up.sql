-- The model writes the customer of an order; SQLite compiled the trigger again with each order.
DROP TRIGGER orders_keep_customer;
