ALTER TABLE invoices DROP COLUMN issued_pdf_sha256;
ALTER TABLE invoices DROP COLUMN erased_at;
DROP INDEX orders_erased;
ALTER TABLE orders DROP COLUMN erased_at;
DROP TABLE erasures;
