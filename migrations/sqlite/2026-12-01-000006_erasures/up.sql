-- Erasures of customers, by identifiers that name nobody, and when an order and an invoice lost their person
CREATE TABLE erasures (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id TEXT NOT NULL UNIQUE,
  identifiers TEXT NOT NULL,
  erased_at TEXT NOT NULL
) STRICT;
ALTER TABLE orders ADD COLUMN erased_at TEXT;
CREATE INDEX orders_erased ON orders (erased_at) WHERE erased_at IS NOT NULL;
ALTER TABLE invoices ADD COLUMN erased_at TEXT;
-- The hash of the PDF as it was issued, after it was rendered again without the buyer
ALTER TABLE invoices ADD COLUMN issued_pdf_sha256 TEXT;
