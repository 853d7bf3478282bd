-- A link by which somebody becomes a member of staff. It is derived from the nonce and the secret key of the site.
CREATE TABLE invitations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL,
  email_normal TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  nonce TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  send_count INTEGER NOT NULL,
  invited_by INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  accepted_at TEXT,
  revoked_at TEXT
) STRICT;
CREATE UNIQUE INDEX invitations_one_open ON invitations (email_normal) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitations_inviter ON invitations (invited_by);
-- Where the permissions of a role differ from those in the program
CREATE TABLE role_permissions (
  role TEXT NOT NULL,
  permission TEXT NOT NULL,
  is_granted INTEGER NOT NULL CHECK (is_granted IN (0, 1)),
  PRIMARY KEY (role, permission)
) STRICT;
INSERT INTO sequences (name, value) VALUES ('role_permissions', 1);
ALTER TABLE accounts ADD COLUMN bio TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN picture_id INTEGER REFERENCES media (id);
ALTER TABLE accounts ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN lock_version INTEGER NOT NULL DEFAULT 1;
CREATE INDEX accounts_picture ON accounts (picture_id);
-- From which network an event came, and who acted in the name of the account
ALTER TABLE events ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN impersonator_id INTEGER;
CREATE INDEX events_time ON events (at, id);
CREATE INDEX events_actor ON events (actor_id, at, id);
CREATE INDEX events_subject ON events (subject_type, subject_id, at, id);
-- Everybody who has bought or has an account, by email address. Triggers keep it.
CREATE TABLE customers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_normal TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
  staff_note TEXT NOT NULL DEFAULT '',
  lock_version INTEGER NOT NULL DEFAULT 1,
  seen_at TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX customers_seen ON customers (seen_at, id);
CREATE UNIQUE INDEX customers_account ON customers (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX customers_accounts ON customers (seen_at, id) WHERE account_id IS NOT NULL;
CREATE INDEX customers_guests ON customers (seen_at, id) WHERE account_id IS NULL;
CREATE TABLE customer_tags (
  customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (customer_id, tag)
) STRICT;
CREATE INDEX customer_tags_tag ON customer_tags (tag, customer_id);
ALTER TABLE orders ADD COLUMN customer_id INTEGER REFERENCES customers (id) ON DELETE SET NULL;
CREATE INDEX orders_customer ON orders (customer_id, placed_at, id);
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
CREATE TRIGGER accounts_add_customer AFTER INSERT ON accounts BEGIN
  INSERT INTO customers (public_id, email, email_normal, name, account_id, seen_at, created_at)
  VALUES (NEW.public_id, NEW.email, NEW.email_normal, NEW.name, NEW.id, NEW.created_at, NEW.created_at)
  ON CONFLICT (email_normal) DO UPDATE SET account_id = NEW.id, name = NEW.name, email = NEW.email;
END;
CREATE TRIGGER accounts_keep_customer AFTER UPDATE OF email, email_normal, name ON accounts BEGIN
  UPDATE orders SET customer_id = (SELECT id FROM customers WHERE account_id = NEW.id)
    WHERE customer_id = (SELECT id FROM customers WHERE email_normal = NEW.email_normal AND account_id IS NULL)
    AND EXISTS (SELECT 1 FROM customers WHERE account_id = NEW.id);
  DELETE FROM customers WHERE email_normal = NEW.email_normal AND account_id IS NULL
    AND EXISTS (SELECT 1 FROM customers WHERE account_id = NEW.id);
  UPDATE customers SET email = NEW.email, email_normal = NEW.email_normal, name = NEW.name WHERE account_id = NEW.id;
END;
INSERT INTO customers (public_id, email, email_normal, name, account_id, seen_at, created_at)
  SELECT public_id, email, email_normal, name, id, created_at, created_at FROM accounts;
INSERT INTO customers (public_id, email, email_normal, name, seen_at, created_at)
  SELECT 'order-' || orders.public_id, orders.email, lower(orders.email), coalesce(order_addresses.name, ''),
    coalesce(orders.placed_at, orders.created_at), coalesce(orders.placed_at, orders.created_at)
  FROM orders LEFT JOIN order_addresses ON order_addresses.order_id = orders.id AND order_addresses.kind = 'shipping'
  WHERE orders.number IS NOT NULL ORDER BY orders.id DESC
  ON CONFLICT (email_normal) DO NOTHING;
UPDATE orders SET customer_id = (SELECT id FROM customers WHERE email_normal = lower(orders.email))
  WHERE number IS NOT NULL;
UPDATE customers SET seen_at = max(seen_at, (SELECT max(placed_at) FROM orders WHERE customer_id = customers.id))
  WHERE EXISTS (SELECT 1 FROM orders WHERE customer_id = customers.id AND placed_at IS NOT NULL);
