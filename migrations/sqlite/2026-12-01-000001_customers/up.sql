-- Accounts of customers: registrations that wait for their link, addresses, consents, carts and orders of an account
CREATE TABLE pending_registrations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT NOT NULL,
  email_normal TEXT NOT NULL,
  name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  return_path TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX pending_registrations_email ON pending_registrations (email_normal);
CREATE INDEX pending_registrations_expiry ON pending_registrations (expires_at);
CREATE TABLE account_addresses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  company TEXT NOT NULL,
  line1 TEXT NOT NULL,
  line2 TEXT NOT NULL,
  postcode TEXT NOT NULL,
  city TEXT NOT NULL,
  region TEXT NOT NULL,
  country TEXT NOT NULL CHECK (length(country) = 2),
  phone TEXT NOT NULL,
  vat_number TEXT NOT NULL,
  is_delivery_default INTEGER NOT NULL CHECK (is_delivery_default IN (0, 1)),
  is_billing_default INTEGER NOT NULL CHECK (is_billing_default IN (0, 1)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX account_addresses_account ON account_addresses (account_id, id);
CREATE UNIQUE INDEX account_addresses_delivery ON account_addresses (account_id) WHERE is_delivery_default = 1;
CREATE UNIQUE INDEX account_addresses_billing ON account_addresses (account_id) WHERE is_billing_default = 1;
CREATE TABLE account_consents (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  given_at TEXT NOT NULL,
  withdrawn_at TEXT,
  PRIMARY KEY (account_id, kind)
) STRICT;
-- The language of the account's pages and emails; empty for the site's
ALTER TABLE accounts ADD COLUMN locale TEXT NOT NULL DEFAULT '';
ALTER TABLE account_tokens ADD COLUMN sent_to TEXT NOT NULL DEFAULT '';
ALTER TABLE account_tokens ADD COLUMN browser_hash TEXT;
ALTER TABLE account_tokens ADD COLUMN code_hash TEXT;
ALTER TABLE account_tokens ADD COLUMN code_failures INTEGER NOT NULL DEFAULT 0;
CREATE INDEX account_tokens_browser ON account_tokens (browser_hash) WHERE browser_hash IS NOT NULL;
ALTER TABLE carts ADD COLUMN account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE;
CREATE INDEX carts_account ON carts (account_id) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX carts_account_open ON carts (account_id) WHERE status = 'open';
ALTER TABLE orders ADD COLUMN account_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL;
CREATE INDEX orders_account ON orders (account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX orders_guest_email ON orders (lower(email)) WHERE account_id IS NULL;
