CREATE TRIGGER orders_keep_customer AFTER UPDATE OF number, email ON orders
  WHEN NEW.number IS NOT NULL AND (OLD.number IS NULL OR OLD.email <> NEW.email) BEGIN
  INSERT INTO customers (public_id, email, email_normal, name, account_id, seen_at, created_at)
  VALUES ('order-' || NEW.public_id || '-' || (SELECT coalesce(max(id), 0) FROM customers), NEW.email, lower(NEW.email),
    coalesce((SELECT name FROM order_addresses WHERE order_id = NEW.id AND kind = 'shipping'), ''),
    (SELECT id FROM accounts WHERE email_normal = lower(NEW.email)),
    coalesce(NEW.placed_at, NEW.created_at), coalesce(NEW.placed_at, NEW.created_at))
  ON CONFLICT (email_normal) DO UPDATE SET seen_at = max(seen_at, excluded.seen_at),
    name = CASE WHEN name = '' THEN excluded.name ELSE name END;
  UPDATE orders SET customer_id = (SELECT id FROM customers WHERE email_normal = lower(NEW.email)) WHERE id = NEW.id;
  DELETE FROM customers WHERE id = OLD.customer_id AND account_id IS NULL AND staff_note = ''
    AND NOT EXISTS (SELECT 1 FROM orders WHERE customer_id = customers.id)
    AND NOT EXISTS (SELECT 1 FROM customer_tags WHERE customer_id = customers.id);
END;
