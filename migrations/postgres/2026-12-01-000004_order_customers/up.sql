-- The model writes the customer of an order, as on SQLite.
DROP TRIGGER orders_keep_customer ON orders;
DROP FUNCTION keep_customer_of_order();
