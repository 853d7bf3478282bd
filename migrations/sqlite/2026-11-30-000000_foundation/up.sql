-- Accounts, sessions and throttles
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL,
  email_normal TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  password_hash TEXT,
  auth_epoch INTEGER NOT NULL,
  last_login_at TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE TABLE account_roles (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  granted_at TEXT NOT NULL,
  PRIMARY KEY (account_id, role)
) STRICT;
CREATE UNIQUE INDEX account_roles_one_owner ON account_roles (role) WHERE role = 'owner';
CREATE TABLE account_tokens (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  purpose TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT
) STRICT;
CREATE INDEX account_tokens_account ON account_tokens (account_id, purpose);
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL,
  last_seen_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE TABLE auth_throttles (
  bucket TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  failures INTEGER NOT NULL,
  blocked_until TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  PRIMARY KEY (bucket, key_hash)
) STRICT;
CREATE INDEX auth_throttles_updated ON auth_throttles (updated_at);

-- Jobs, e-mails and settings
CREATE TABLE jobs (
  -- AUTOINCREMENT never reuses the id of a deleted job, so that a late finish cannot hit another job.
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  queue TEXT NOT NULL,
  payload TEXT NOT NULL,
  dedupe_key TEXT UNIQUE,
  state TEXT NOT NULL,
  run_at TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  lease_until TEXT,
  last_error TEXT,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (queue, state, run_at, id);
CREATE INDEX jobs_state ON jobs (state, id);
CREATE TABLE emails (
  id INTEGER PRIMARY KEY,
  dedupe_key TEXT NOT NULL UNIQUE,
  message_id TEXT NOT NULL UNIQUE,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  html TEXT NOT NULL,
  body_text TEXT NOT NULL,
  state TEXT NOT NULL,
  order_id INTEGER,
  created_at TEXT NOT NULL,
  sent_at TEXT,
  reply_to TEXT NOT NULL DEFAULT '',
  state_reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX emails_order ON emails (order_id);
CREATE INDEX emails_state ON emails (state, id);
CREATE TABLE settings (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;
-- Hashes of the one-time keys of the setup page
CREATE TABLE setup_keys (
  key_hash TEXT NOT NULL PRIMARY KEY,
  expires_at TEXT NOT NULL
) STRICT;

CREATE TABLE form_submissions (
  token_hash TEXT NOT NULL PRIMARY KEY,
  body_hash TEXT NOT NULL,
  owner TEXT NOT NULL,
  route TEXT NOT NULL,
  result TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX form_submissions_by_time ON form_submissions (created_at);
CREATE TABLE sequences (
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT;
CREATE TABLE redirects (
  id INTEGER PRIMARY KEY,
  from_path TEXT NOT NULL UNIQUE CHECK (from_path LIKE '/%'),
  target_kind TEXT NOT NULL,
  target_id INTEGER,
  created_at TEXT NOT NULL,
  CHECK ((target_kind = 'gone') = (target_id IS NULL))
) STRICT;

-- Media library
CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL UNIQUE,
  widths TEXT NOT NULL,
  width INTEGER NOT NULL CHECK (width > 0),
  height INTEGER NOT NULL CHECK (height > 0),
  byte_size INTEGER NOT NULL CHECK (byte_size >= 0),
  rendition_stage TEXT NOT NULL,
  file_name TEXT NOT NULL,
  alt_text TEXT NOT NULL,
  caption TEXT NOT NULL,
  credit TEXT NOT NULL,
  lock_version INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL
) STRICT;

CREATE INDEX media_stream ON media (created_at, id);

-- Posts, pages and tags
CREATE TABLE posts (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  slug TEXT NOT NULL CHECK (slug <> ''),
  status TEXT NOT NULL,
  title TEXT NOT NULL,
  body_md TEXT NOT NULL,
  body_html TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  -- The beginning of the text, for lists when `excerpt` is empty
  auto_excerpt TEXT NOT NULL,
  reading_minutes INTEGER NOT NULL,
  cover_id INTEGER REFERENCES media (id),
  cover_alt TEXT NOT NULL,
  cover_caption TEXT NOT NULL,
  feed_guid TEXT NOT NULL UNIQUE,
  author_id INTEGER REFERENCES accounts (id) ON DELETE SET NULL,
  author_name TEXT NOT NULL,
  published_at TEXT,
  content_updated_at TEXT,
  lock_version INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  CHECK (status <> 'published' OR published_at IS NOT NULL)
) STRICT;
CREATE INDEX posts_cover ON posts (cover_id);
CREATE UNIQUE INDEX posts_slug ON posts (kind, slug);
CREATE INDEX posts_stream ON posts (kind, status, published_at, id);
-- Full-text index. Words of titles and keywords are repeated with a prefix (src/db/full_text.rs).
CREATE VIRTUAL TABLE post_words USING fts5 (words, content='', contentless_delete=1, detail=column, tokenize="ascii tokenchars '_'");
CREATE TRIGGER post_words_go AFTER DELETE ON posts BEGIN DELETE FROM post_words WHERE rowid = old.id; END;
CREATE TABLE post_drafts (
  post_id INTEGER NOT NULL PRIMARY KEY REFERENCES posts (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  slug TEXT NOT NULL,
  body_md TEXT NOT NULL,
  excerpt TEXT NOT NULL,
  tags TEXT NOT NULL,
  cover_id INTEGER REFERENCES media (id),
  cover_alt TEXT NOT NULL,
  edited_by TEXT NOT NULL,
  edited_at TEXT NOT NULL
) STRICT;
CREATE INDEX post_drafts_edited ON post_drafts (edited_at, post_id);
CREATE INDEX post_drafts_cover ON post_drafts (cover_id);
CREATE TABLE post_revisions (
  id INTEGER PRIMARY KEY,
  post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  revision_no INTEGER NOT NULL,
  reason TEXT NOT NULL,
  author_name TEXT NOT NULL,
  title TEXT NOT NULL,
  slug TEXT NOT NULL,
  body_md TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (post_id, revision_no)
) STRICT;
CREATE TABLE post_pictures (
  post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  media_id INTEGER NOT NULL REFERENCES media (id),
  PRIMARY KEY (post_id, media_id)
) STRICT;
CREATE INDEX post_pictures_media ON post_pictures (media_id);
CREATE TABLE tags (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE CHECK (slug <> ''),
  name TEXT NOT NULL,
  -- Normal form for comparison: NFKC, lower case, single spaces
  name_normal TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE post_tags (
  post_id INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  PRIMARY KEY (post_id, tag_id)
) STRICT;
CREATE INDEX post_tags_tag ON post_tags (tag_id, post_id);

-- Catalogue
CREATE TABLE categories (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE CHECK (path <> ''),
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  position INTEGER NOT NULL
) STRICT;
CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  slug TEXT NOT NULL UNIQUE CHECK (slug <> ''),
  title TEXT NOT NULL,
  sort_title TEXT NOT NULL,
  description_md TEXT NOT NULL,
  description_html TEXT NOT NULL,
  attributes TEXT NOT NULL,
  status TEXT NOT NULL,
  tax_class TEXT NOT NULL,
  featured INTEGER NOT NULL CHECK (featured IN (0, 1)),
  gift_card INTEGER NOT NULL DEFAULT 0 CHECK (gift_card IN (0, 1)),
  published_at TEXT,
  lock_version INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  cheapest_variant_id INTEGER,
  min_price_minor INTEGER NOT NULL CHECK (min_price_minor >= 0),
  max_price_minor INTEGER NOT NULL,
  variant_count INTEGER NOT NULL CHECK (variant_count > 0),
  CHECK (max_price_minor >= min_price_minor)
) STRICT;
CREATE INDEX products_stream ON products (status, published_at, id);
CREATE INDEX products_featured ON products (status, featured, published_at, id);
CREATE INDEX products_titled ON products (status, sort_title, id);
CREATE INDEX products_title ON products (sort_title, id);
CREATE INDEX products_price ON products (status, min_price_minor, id);
CREATE VIRTUAL TABLE product_words USING fts5 (words, content='', contentless_delete=1, detail=column, tokenize="ascii tokenchars '_'");
CREATE TRIGGER product_words_go AFTER DELETE ON products BEGIN DELETE FROM product_words WHERE rowid = old.id; END;
-- Spelling dictionary for search (symmetric delete): each term under itself and under each of its forms with one letter
-- deleted. Two words at edit distance 1 have a form in common.
CREATE TABLE search_terms (
  spelling_key TEXT NOT NULL,
  term TEXT NOT NULL,
  PRIMARY KEY (spelling_key, term)
) STRICT, WITHOUT ROWID;
CREATE TABLE product_categories (
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  category_id INTEGER NOT NULL REFERENCES categories (id) ON DELETE CASCADE,
  PRIMARY KEY (product_id, category_id)
) STRICT;
CREATE INDEX product_categories_category ON product_categories (category_id, product_id);
CREATE TABLE product_pictures (
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  media_id INTEGER NOT NULL REFERENCES media (id),
  position INTEGER NOT NULL,
  alt_text TEXT NOT NULL,
  PRIMARY KEY (product_id, media_id)
) STRICT;
CREATE INDEX product_pictures_order ON product_pictures (product_id, position, media_id);
CREATE INDEX product_pictures_media ON product_pictures (media_id);
CREATE TABLE product_options (
  id INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 3),
  name TEXT NOT NULL CHECK (name <> ''),
  UNIQUE (product_id, position)
) STRICT;
CREATE TABLE product_option_values (
  id INTEGER PRIMARY KEY,
  option_id INTEGER NOT NULL REFERENCES product_options (id) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position > 0),
  name TEXT NOT NULL CHECK (name <> ''),
  UNIQUE (option_id, position)
) STRICT;
CREATE TABLE variants (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  product_id INTEGER NOT NULL REFERENCES products (id),
  option_key TEXT NOT NULL,
  options TEXT NOT NULL,
  title TEXT NOT NULL,
  sort_title TEXT NOT NULL,
  position INTEGER NOT NULL,
  for_sale INTEGER NOT NULL CHECK (for_sale IN (0, 1)),
  sku TEXT NOT NULL,
  sku_normal TEXT UNIQUE,
  barcode TEXT NOT NULL,
  price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
  compare_at_minor INTEGER CHECK (compare_at_minor >= 0),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  weight_g INTEGER NOT NULL CHECK (weight_g >= 0),
  UNIQUE (product_id, option_key)
) STRICT;
CREATE INDEX variants_titled ON variants (sort_title, id);
CREATE TABLE price_history (
  id INTEGER PRIMARY KEY,
  variant_id INTEGER NOT NULL REFERENCES variants (id),
  price_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  effective_at TEXT NOT NULL
) STRICT;
CREATE INDEX price_history_variant ON price_history (variant_id, effective_at);

-- Stock
CREATE TABLE stock_levels (
  id INTEGER PRIMARY KEY,
  variant_id INTEGER NOT NULL UNIQUE REFERENCES variants (id),
  on_hand INTEGER NOT NULL,
  reserved INTEGER NOT NULL CHECK (reserved >= 0),
  backorder_limit INTEGER NOT NULL DEFAULT 0 CHECK (backorder_limit >= 0),
  shortage INTEGER NOT NULL DEFAULT 0 CHECK (shortage >= 0),
  low_stock_threshold INTEGER CHECK (low_stock_threshold >= 0),
  available INTEGER NOT NULL GENERATED ALWAYS AS (on_hand - reserved) VIRTUAL,
  is_low INTEGER NOT NULL GENERATED ALWAYS AS (on_hand - reserved < coalesce(low_stock_threshold, 6)) VIRTUAL,
  CHECK (on_hand - reserved >= -(backorder_limit + shortage))
) STRICT;
CREATE INDEX stock_levels_low ON stock_levels (is_low, available, variant_id);
CREATE TABLE stock_ledger (
  id INTEGER PRIMARY KEY,
  stock_level_id INTEGER NOT NULL REFERENCES stock_levels (id),
  kind TEXT NOT NULL CHECK (kind IN ('count', 'receive', 'damage', 'return', 'reserve', 'release', 'ship', 'shortage')),
  on_hand_delta INTEGER NOT NULL,
  reserved_delta INTEGER NOT NULL,
  reference TEXT NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  at TEXT NOT NULL
) STRICT;
CREATE INDEX stock_ledger_level ON stock_ledger (stock_level_id, id);
CREATE UNIQUE INDEX stock_ledger_ship_once ON stock_ledger (stock_level_id, reference) WHERE kind = 'ship';

-- Carts
CREATE TABLE carts (
  id INTEGER PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('open', 'converted', 'merged', 'expired')),
  version INTEGER NOT NULL,
  updated_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  coupon_code TEXT NOT NULL DEFAULT '',
  previous_id INTEGER
) STRICT;
CREATE INDEX carts_expiry ON carts (status, expires_at);
CREATE TABLE cart_lines (
  id INTEGER PRIMARY KEY,
  cart_id INTEGER NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
  variant_id INTEGER NOT NULL REFERENCES variants (id),
  quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 999),
  UNIQUE (cart_id, variant_id)
) STRICT;

-- Taxes and shipping
CREATE TABLE tax_rates (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  country TEXT NOT NULL CHECK (length(country) = 2),
  region TEXT NOT NULL,
  tax_class TEXT NOT NULL,
  name TEXT NOT NULL,
  rate_ppm INTEGER NOT NULL CHECK (rate_ppm BETWEEN 0 AND 1000000),
  applies_to_shipping INTEGER NOT NULL CHECK (applies_to_shipping IN (0, 1)),
  postcode TEXT NOT NULL DEFAULT '',
  priority INTEGER NOT NULL DEFAULT 1,
  compound INTEGER NOT NULL DEFAULT 0 CHECK (compound IN (0, 1)),
  valid_from TEXT NOT NULL DEFAULT '',
  valid_to TEXT NOT NULL DEFAULT '',
  lock_version INTEGER NOT NULL DEFAULT 1,
  UNIQUE (country, region, postcode, tax_class, priority, valid_from)
) STRICT;
CREATE TABLE tax_overrides (
  country TEXT NOT NULL PRIMARY KEY CHECK (length(country) = 2),
  lock_version INTEGER NOT NULL DEFAULT 1,
  prices_include_tax INTEGER CHECK (prices_include_tax IN (0, 1)),
  rounding TEXT,
  cross_border TEXT
) STRICT;
CREATE TABLE shipping_methods (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  countries TEXT NOT NULL,
  price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
  free_over_minor INTEGER CHECK (free_over_minor >= 0),
  min_weight_g INTEGER NOT NULL CHECK (min_weight_g >= 0),
  max_weight_g INTEGER CHECK (max_weight_g >= 0),
  pickup INTEGER NOT NULL CHECK (pickup IN (0, 1)),
  position INTEGER NOT NULL,
  lock_version INTEGER NOT NULL DEFAULT 1,
  tier_basis TEXT NOT NULL DEFAULT 'none'
) STRICT;
CREATE TABLE shipping_tiers (
  method_id INTEGER NOT NULL REFERENCES shipping_methods (id) ON DELETE CASCADE,
  from_value INTEGER NOT NULL CHECK (from_value >= 0),
  price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
  PRIMARY KEY (method_id, from_value)
) STRICT;

-- Discounts and gift cards
CREATE TABLE coupons (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  code TEXT NOT NULL,
  code_normal TEXT NOT NULL UNIQUE CHECK (code_normal <> ''),
  kind TEXT NOT NULL,
  value INTEGER NOT NULL CHECK (value >= 0),
  minimum_minor INTEGER CHECK (minimum_minor >= 0),
  usage_limit INTEGER CHECK (usage_limit >= 0),
  per_customer_limit INTEGER CHECK (per_customer_limit >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  starts_at TEXT,
  ends_at TEXT,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  lock_version INTEGER NOT NULL DEFAULT 1,
  created_at TEXT NOT NULL,
  CHECK (usage_limit IS NULL OR used <= usage_limit),
  CHECK (kind <> 'percent' OR value <= 1000000)
) STRICT;
CREATE TABLE coupon_products (
  coupon_id INTEGER NOT NULL REFERENCES coupons (id) ON DELETE CASCADE,
  product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  PRIMARY KEY (coupon_id, product_id)
) STRICT;
CREATE TABLE coupon_categories (
  coupon_id INTEGER NOT NULL REFERENCES coupons (id) ON DELETE CASCADE,
  category_id INTEGER NOT NULL REFERENCES categories (id) ON DELETE CASCADE,
  PRIMARY KEY (coupon_id, category_id)
) STRICT;
CREATE TABLE coupon_customer_uses (
  coupon_id INTEGER NOT NULL REFERENCES coupons (id) ON DELETE CASCADE,
  customer_key TEXT NOT NULL,
  used INTEGER NOT NULL CHECK (used >= 0),
  PRIMARY KEY (coupon_id, customer_key)
) STRICT;

-- Orders
CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  number TEXT UNIQUE,
  cart_id INTEGER UNIQUE REFERENCES carts (id) ON DELETE SET NULL,
  email TEXT NOT NULL,
  access_hash TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('pending', 'placed', 'completed', 'cancelled', 'expired')),
  payment_state TEXT NOT NULL CHECK (payment_state IN ('none', 'unpaid', 'processing', 'authorized', 'partial', 'paid', 'overpaid', 'part_refunded', 'refunded', 'disputed')),
  fulfilment_state TEXT NOT NULL CHECK (fulfilment_state IN ('none', 'unfulfilled', 'partial', 'fulfilled', 'part_returned', 'returned')),
  review_reason TEXT,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  prices_include_tax INTEGER NOT NULL CHECK (prices_include_tax IN (0, 1)),
  rounding TEXT NOT NULL,
  goods_minor INTEGER NOT NULL CHECK (goods_minor >= 0),
  discount_minor INTEGER NOT NULL CHECK (discount_minor >= 0),
  shipping_minor INTEGER NOT NULL CHECK (shipping_minor >= 0),
  tax_minor INTEGER NOT NULL CHECK (tax_minor >= 0),
  tax_added_minor INTEGER NOT NULL CHECK (tax_added_minor >= 0),
  total_minor INTEGER NOT NULL CHECK (total_minor >= 0),
  gift_card_minor INTEGER NOT NULL DEFAULT 0 CHECK (gift_card_minor >= 0),
  captured_minor INTEGER NOT NULL CHECK (captured_minor >= 0),
  refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  refunded_shipping_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_shipping_minor >= 0),
  payment_method TEXT NOT NULL,
  hold_until TEXT,
  placed_at TEXT,
  cancelled_at TEXT,
  created_at TEXT NOT NULL,
  CHECK (total_minor = goods_minor - discount_minor + shipping_minor + tax_added_minor),
  CHECK (tax_added_minor = 0 OR tax_added_minor = tax_minor),
  CHECK (gift_card_minor <= total_minor),
  CHECK (refunded_minor <= captured_minor + gift_card_minor),
  CHECK (refunded_shipping_minor <= shipping_minor + tax_added_minor),
  CHECK ((state IN ('placed', 'completed')) = (number IS NOT NULL) OR state IN ('cancelled', 'expired'))
) STRICT;
CREATE INDEX orders_placed ON orders (placed_at, id) WHERE number IS NOT NULL;
CREATE INDEX orders_stream ON orders (state, placed_at, id) WHERE number IS NOT NULL;
CREATE INDEX orders_work ON orders (state, fulfilment_state, payment_state, payment_method, placed_at, id) WHERE number IS NOT NULL;
CREATE INDEX orders_money ON orders (payment_state, state, payment_method, fulfilment_state, placed_at, id) WHERE number IS NOT NULL;
CREATE INDEX orders_off ON orders (placed_at, id) WHERE number IS NOT NULL AND cancelled_at IS NOT NULL;
CREATE INDEX orders_review ON orders (id) WHERE review_reason IS NOT NULL;
CREATE VIRTUAL TABLE order_words USING fts5 (words, content='', contentless_delete=1, detail=column, tokenize="ascii tokenchars '_'");
CREATE TRIGGER order_words_go AFTER DELETE ON orders BEGIN DELETE FROM order_words WHERE rowid = old.id; END;
CREATE INDEX orders_hold ON orders (state, hold_until);
-- How an order reaches the buyer, and what the buyer wrote with it: one row for each order
CREATE TABLE order_deliveries (
  order_id INTEGER NOT NULL PRIMARY KEY REFERENCES orders (id),
  shipping_name TEXT NOT NULL,
  pickup INTEGER NOT NULL CHECK (pickup IN (0, 1)),
  note TEXT NOT NULL
) STRICT;
CREATE TABLE order_addresses (
  order_id INTEGER NOT NULL REFERENCES orders (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  company TEXT NOT NULL,
  line1 TEXT NOT NULL,
  line2 TEXT NOT NULL,
  postcode TEXT NOT NULL,
  city TEXT NOT NULL,
  region TEXT NOT NULL,
  country TEXT NOT NULL CHECK (length(country) = 2),
  phone TEXT NOT NULL,
  vat_number TEXT NOT NULL DEFAULT '',
  vat_check TEXT NOT NULL DEFAULT 'none',
  PRIMARY KEY (order_id, kind)
) STRICT;
CREATE INDEX order_addresses_vat ON order_addresses (order_id) WHERE vat_check = 'unchecked';
CREATE TABLE order_lines (
  id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  position INTEGER NOT NULL,
  variant_id INTEGER REFERENCES variants (id) ON DELETE SET NULL,
  title TEXT NOT NULL,
  options TEXT NOT NULL DEFAULT '',
  sku TEXT NOT NULL,
  picture_id INTEGER REFERENCES media (id) ON DELETE SET NULL,
  tax_class TEXT NOT NULL,
  weight_g INTEGER NOT NULL,
  unit_minor INTEGER NOT NULL CHECK (unit_minor >= 0),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  discount_minor INTEGER NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
  total_minor INTEGER NOT NULL CHECK (total_minor >= 0),
  tax_minor INTEGER NOT NULL CHECK (tax_minor >= 0),
  gift_card INTEGER NOT NULL DEFAULT 0 CHECK (gift_card IN (0, 1)),
  fulfilled INTEGER NOT NULL,
  cancelled INTEGER NOT NULL DEFAULT 0,
  returned INTEGER NOT NULL DEFAULT 0,
  refunded INTEGER NOT NULL DEFAULT 0,
  refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
  UNIQUE (order_id, position),
  -- `unit_minor` may be rounded, at most by half a minor unit, when tax is taken out of the price of the whole line.
  CHECK (2 * ABS(unit_minor * quantity - discount_minor - total_minor) <= quantity),
  CHECK (fulfilled >= 0 AND cancelled >= 0 AND fulfilled + cancelled <= quantity),
  CHECK (returned BETWEEN 0 AND fulfilled),
  CHECK (refunded BETWEEN 0 AND quantity)
) STRICT;
CREATE INDEX order_lines_variant ON order_lines (variant_id);
CREATE TABLE order_taxes (
  id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  order_line_id INTEGER REFERENCES order_lines (id),
  country TEXT NOT NULL,
  region TEXT NOT NULL,
  name TEXT NOT NULL,
  rate_ppm INTEGER NOT NULL CHECK (rate_ppm BETWEEN 0 AND 1000000),
  base_minor INTEGER NOT NULL,
  net_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX order_taxes_order ON order_taxes (order_id);
-- What happened; an event of an order stays as long as the order.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  order_id INTEGER REFERENCES orders (id),
  subject_type TEXT NOT NULL,
  subject_id INTEGER,
  actor_kind TEXT NOT NULL,
  actor_id INTEGER,
  actor_name TEXT NOT NULL,
  data TEXT NOT NULL,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX events_order ON events (order_id, id);
CREATE INDEX events_age ON events (at, id) WHERE order_id IS NULL;
CREATE TABLE reservations (
  id INTEGER PRIMARY KEY,
  order_line_id INTEGER NOT NULL REFERENCES order_lines (id),
  stock_level_id INTEGER NOT NULL REFERENCES stock_levels (id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  shipped INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'committed', 'shipped', 'released')),
  UNIQUE (order_line_id, stock_level_id),
  CHECK (shipped BETWEEN 0 AND quantity)
) STRICT;
CREATE INDEX reservations_level ON reservations (stock_level_id, state);

-- Payments
CREATE TABLE payment_attempts (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  provider TEXT NOT NULL,
  idempotency_key TEXT NOT NULL UNIQUE,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  state TEXT NOT NULL CHECK (state IN ('created', 'open', 'processing', 'authorized', 'captured', 'failed', 'closed')),
  provider_ref TEXT,
  redirect_url TEXT,
  provider_amount INTEGER CHECK (provider_amount > 0),
  captured_minor INTEGER NOT NULL CHECK (captured_minor >= 0),
  refund_reserved_minor INTEGER NOT NULL DEFAULT 0 CHECK (refund_reserved_minor >= 0),
  last_error TEXT NOT NULL DEFAULT '',
  expires_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  CHECK (refund_reserved_minor <= captured_minor)
) STRICT;
CREATE UNIQUE INDEX payment_attempts_ref ON payment_attempts (provider, provider_ref) WHERE provider_ref IS NOT NULL;
CREATE UNIQUE INDEX payment_attempts_one_live ON payment_attempts (order_id) WHERE state IN ('created', 'open', 'processing', 'authorized');
CREATE TABLE payment_transactions (
  id INTEGER PRIMARY KEY,
  attempt_id INTEGER NOT NULL REFERENCES payment_attempts (id),
  provider TEXT NOT NULL,
  provider_ref TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('authorize', 'capture', 'void', 'refund', 'refund_failed', 'dispute', 'dispute_won')),
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  currency TEXT NOT NULL,
  provider_amount INTEGER,
  at TEXT NOT NULL,
  UNIQUE (provider, provider_ref, kind)
) STRICT;
CREATE INDEX payment_transactions_attempt ON payment_transactions (attempt_id);
CREATE TABLE test_payments (
  reference TEXT NOT NULL PRIMARY KEY,
  idempotency_key TEXT NOT NULL UNIQUE,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  label TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'complete', 'expired')),
  return_path TEXT NOT NULL,
  declines INTEGER NOT NULL,
  captured_at TEXT,
  refunded_minor INTEGER NOT NULL DEFAULT 0,
  CHECK (refunded_minor <= amount_minor)
) STRICT;
CREATE TABLE test_refunds (
  reference TEXT NOT NULL PRIMARY KEY,
  payment TEXT NOT NULL REFERENCES test_payments (reference),
  idempotency_key TEXT NOT NULL UNIQUE,
  amount_minor INTEGER NOT NULL
) STRICT;
CREATE TABLE coupon_redemptions (
  coupon_id INTEGER NOT NULL REFERENCES coupons (id),
  order_id INTEGER NOT NULL REFERENCES orders (id),
  customer_key TEXT NOT NULL,
  code TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('held', 'used', 'released')),
  PRIMARY KEY (coupon_id, order_id)
) STRICT;
CREATE TABLE gift_cards (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  code_hash TEXT NOT NULL UNIQUE,
  last4 TEXT NOT NULL,
  currency TEXT NOT NULL CHECK (length(currency) = 3),
  balance_minor INTEGER NOT NULL CHECK (balance_minor >= 0),
  expires_at TEXT,
  email TEXT NOT NULL,
  idempotency_key TEXT NOT NULL DEFAULT '',
  order_line_id INTEGER REFERENCES order_lines (id),
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX gift_cards_line ON gift_cards (order_line_id);
CREATE INDEX gift_cards_stream ON gift_cards (created_at, id);
CREATE TABLE gift_card_ledger (
  id INTEGER PRIMARY KEY,
  gift_card_id INTEGER NOT NULL REFERENCES gift_cards (id),
  order_id INTEGER REFERENCES orders (id),
  kind TEXT NOT NULL CHECK (kind IN ('issue', 'hold', 'release', 'use', 'refund', 'adjust')),
  delta_minor INTEGER NOT NULL,
  actor TEXT NOT NULL,
  cause TEXT,
  note TEXT NOT NULL,
  at TEXT NOT NULL,
  CHECK (order_id IS NOT NULL OR kind IN ('issue', 'adjust'))
) STRICT;
CREATE INDEX gift_card_ledger_card ON gift_card_ledger (gift_card_id, id);
CREATE INDEX gift_card_ledger_order ON gift_card_ledger (order_id);
CREATE UNIQUE INDEX gift_card_use_once ON gift_card_ledger (gift_card_id, order_id) WHERE kind = 'use';
CREATE TABLE cart_gift_cards (
  cart_id INTEGER NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
  gift_card_id INTEGER NOT NULL REFERENCES gift_cards (id),
  PRIMARY KEY (cart_id, gift_card_id)
) STRICT;
CREATE TABLE refunds (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  tax_minor INTEGER NOT NULL CHECK (tax_minor >= 0),
  shipping_minor INTEGER NOT NULL CHECK (shipping_minor >= 0),
  cause TEXT,
  reason TEXT NOT NULL,
  automatic INTEGER NOT NULL CHECK (automatic IN (0, 1)),
  created_by TEXT NOT NULL,
  idempotency_key TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX refunds_order ON refunds (order_id, id);
CREATE TABLE refund_lines (
  refund_id INTEGER NOT NULL REFERENCES refunds (id),
  order_line_id INTEGER NOT NULL REFERENCES order_lines (id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
  tax_minor INTEGER NOT NULL CHECK (tax_minor >= 0),
  restocked INTEGER NOT NULL CHECK (restocked IN (0, 1)),
  PRIMARY KEY (refund_id, order_line_id)
) STRICT;
CREATE TABLE refund_transactions (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  refund_id INTEGER NOT NULL REFERENCES refunds (id),
  attempt_id INTEGER REFERENCES payment_attempts (id),
  gift_card_id INTEGER REFERENCES gift_cards (id),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  state TEXT NOT NULL CHECK (state IN ('requested', 'sent', 'succeeded', 'failed')),
  idempotency_key TEXT NOT NULL UNIQUE,
  provider_ref TEXT,
  last_error TEXT NOT NULL,
  CHECK ((attempt_id IS NULL) <> (gift_card_id IS NULL))
) STRICT;
CREATE INDEX refund_transactions_refund ON refund_transactions (refund_id);
CREATE INDEX refund_transactions_attempt ON refund_transactions (attempt_id);
CREATE TABLE webhook_inbox (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  object_ref TEXT NOT NULL,
  payload TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  received_at TEXT NOT NULL,
  done_at TEXT,
  UNIQUE (provider, event_id)
) STRICT;
CREATE INDEX webhook_inbox_state ON webhook_inbox (state, id);

-- Fulfilments
CREATE TABLE fulfilments (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  carrier TEXT NOT NULL,
  tracking_number TEXT NOT NULL,
  tracking_url TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'shipped' CHECK (state IN ('shipped', 'delivered', 'failed', 'cancelled')),
  send_count INTEGER NOT NULL DEFAULT 1 CHECK (send_count > 0),
  shipped_at TEXT NOT NULL
) STRICT;
CREATE INDEX fulfilments_order ON fulfilments (order_id);
CREATE INDEX fulfilments_state ON fulfilments (state, id);
CREATE TABLE fulfilment_lines (
  fulfilment_id INTEGER NOT NULL REFERENCES fulfilments (id),
  order_line_id INTEGER NOT NULL REFERENCES order_lines (id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (fulfilment_id, order_line_id)
) STRICT;

-- Returns, invoices and credit notes
CREATE TABLE returns (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  order_id INTEGER NOT NULL REFERENCES orders (id),
  state TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'received', 'refunded', 'refused', 'cancelled')),
  reason TEXT NOT NULL,
  answer TEXT NOT NULL DEFAULT '',
  refund_id INTEGER UNIQUE REFERENCES refunds (id),
  created_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  CHECK ((state = 'refunded') = (refund_id IS NOT NULL))
) STRICT;
CREATE INDEX returns_order ON returns (order_id, id);
CREATE INDEX returns_state ON returns (state, id);
CREATE TABLE return_lines (
  return_id INTEGER NOT NULL REFERENCES returns (id),
  order_line_id INTEGER NOT NULL REFERENCES order_lines (id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  condition TEXT NOT NULL CHECK (condition IN ('unknown', 'sellable', 'damaged')),
  PRIMARY KEY (return_id, order_line_id)
) STRICT;
CREATE TABLE invoices (
  id INTEGER PRIMARY KEY,
  series TEXT NOT NULL,
  number INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
  order_id INTEGER NOT NULL REFERENCES orders (id),
  refund_id INTEGER REFERENCES refunds (id),
  snapshot TEXT NOT NULL,
  pdf_sha256 TEXT,
  pdf BLOB,
  issued_at TEXT NOT NULL,
  UNIQUE (series, number),
  CHECK ((kind = 'credit_note') = (refund_id IS NOT NULL)),
  CHECK ((pdf IS NULL) = (pdf_sha256 IS NULL))
) STRICT;
CREATE UNIQUE INDEX invoices_one ON invoices (order_id) WHERE kind = 'invoice';
CREATE UNIQUE INDEX invoices_credit_once ON invoices (refund_id) WHERE kind = 'credit_note';

-- Rate limit for orders and payments: one row per key, locked while an attempt is counted
CREATE TABLE checkout_throttle_keys (
  bucket TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  seen_at TEXT NOT NULL,
  PRIMARY KEY (bucket, key_hash)
) STRICT;
CREATE INDEX checkout_throttle_keys_seen ON checkout_throttle_keys (seen_at);

-- Counted attempts with their order; declined cards and used wait proofs, each once
CREATE TABLE checkout_throttle_hits (
  id INTEGER PRIMARY KEY,
  bucket TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE,
  at TEXT NOT NULL
) STRICT;
CREATE INDEX checkout_throttle_hits_key ON checkout_throttle_hits (bucket, key_hash, at);
CREATE INDEX checkout_throttle_hits_order ON checkout_throttle_hits (order_id);
CREATE INDEX checkout_throttle_hits_at ON checkout_throttle_hits (at);
CREATE UNIQUE INDEX checkout_throttle_hits_once ON checkout_throttle_hits (bucket, key_hash) WHERE bucket IN ('decline', 'proof');

INSERT INTO sequences (name, value) VALUES ('order', 1000), ('invoice', 0), ('credit_note', 0);

-- Cache tags and the version of the last change to data with the tag. Triggers bump them in the changing transaction; a
-- cached page is fresh while its tags are unchanged (docs/decisions/0015-page-cache.md).
CREATE TABLE cache_versions (
  tag TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX cache_versions_changed ON cache_versions (version);
CREATE VIEW tag_bumps AS SELECT tag FROM cache_versions;
CREATE TRIGGER bump_tags INSTEAD OF INSERT ON tag_bumps BEGIN
  INSERT INTO cache_versions (tag, version)
  VALUES (new.tag, (SELECT coalesce(max(version), 0) + 1 FROM cache_versions))
  ON CONFLICT (tag) DO UPDATE SET version = excluded.version;
END;
CREATE TRIGGER settings_insert_bumps_tag AFTER INSERT ON settings BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER settings_update_bumps_tag AFTER UPDATE ON settings BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER settings_delete_bumps_tag AFTER DELETE ON settings BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER categories_insert_bumps_tag AFTER INSERT ON categories BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER categories_update_bumps_tag AFTER UPDATE ON categories BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER categories_delete_bumps_tag AFTER DELETE ON categories BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER media_insert_bumps_tag AFTER INSERT ON media BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER media_update_bumps_tag AFTER UPDATE ON media BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER media_delete_bumps_tag AFTER DELETE ON media BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER shipping_methods_insert_bumps_tag AFTER INSERT ON shipping_methods BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER shipping_methods_update_bumps_tag AFTER UPDATE ON shipping_methods BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER shipping_methods_delete_bumps_tag AFTER DELETE ON shipping_methods BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER shipping_tiers_insert_bumps_tag AFTER INSERT ON shipping_tiers BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER shipping_tiers_update_bumps_tag AFTER UPDATE ON shipping_tiers BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER shipping_tiers_delete_bumps_tag AFTER DELETE ON shipping_tiers BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER tax_rates_insert_bumps_tag AFTER INSERT ON tax_rates BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER tax_rates_update_bumps_tag AFTER UPDATE ON tax_rates BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER tax_rates_delete_bumps_tag AFTER DELETE ON tax_rates BEGIN INSERT INTO tag_bumps (tag) VALUES ('site'); END;
CREATE TRIGGER products_insert_bumps_tag AFTER INSERT ON products BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER products_update_bumps_tag AFTER UPDATE ON products BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER products_delete_bumps_tag AFTER DELETE ON products BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_options_insert_bumps_tag AFTER INSERT ON product_options BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_options_update_bumps_tag AFTER UPDATE ON product_options BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_options_delete_bumps_tag AFTER DELETE ON product_options BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_option_values_insert_bumps_tag AFTER INSERT ON product_option_values BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_option_values_update_bumps_tag AFTER UPDATE ON product_option_values BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_option_values_delete_bumps_tag AFTER DELETE ON product_option_values BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER variants_insert_bumps_tag AFTER INSERT ON variants BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER variants_update_bumps_tag AFTER UPDATE ON variants BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER variants_delete_bumps_tag AFTER DELETE ON variants BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_categories_insert_bumps_tag AFTER INSERT ON product_categories BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_categories_update_bumps_tag AFTER UPDATE ON product_categories BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_categories_delete_bumps_tag AFTER DELETE ON product_categories BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_pictures_insert_bumps_tag AFTER INSERT ON product_pictures BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_pictures_update_bumps_tag AFTER UPDATE ON product_pictures BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER product_pictures_delete_bumps_tag AFTER DELETE ON product_pictures BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER price_history_insert_bumps_tag AFTER INSERT ON price_history BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER price_history_update_bumps_tag AFTER UPDATE ON price_history BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER price_history_delete_bumps_tag AFTER DELETE ON price_history BEGIN INSERT INTO tag_bumps (tag) VALUES ('shop'); END;
CREATE TRIGGER posts_insert_bumps_tag AFTER INSERT ON posts BEGIN INSERT INTO tag_bumps (tag) VALUES (CASE new.kind WHEN 'page' THEN 'site' ELSE 'blog' END); END;
CREATE TRIGGER posts_update_bumps_tag AFTER UPDATE ON posts BEGIN INSERT INTO tag_bumps (tag) VALUES (CASE new.kind WHEN 'page' THEN 'site' ELSE 'blog' END); END;
CREATE TRIGGER posts_delete_bumps_tag AFTER DELETE ON posts BEGIN INSERT INTO tag_bumps (tag) VALUES (CASE old.kind WHEN 'page' THEN 'site' ELSE 'blog' END); END;
CREATE TRIGGER tags_insert_bumps_tag AFTER INSERT ON tags BEGIN INSERT INTO tag_bumps (tag) VALUES ('blog'); END;
CREATE TRIGGER tags_update_bumps_tag AFTER UPDATE ON tags BEGIN INSERT INTO tag_bumps (tag) VALUES ('blog'); END;
CREATE TRIGGER tags_delete_bumps_tag AFTER DELETE ON tags BEGIN INSERT INTO tag_bumps (tag) VALUES ('blog'); END;
CREATE TRIGGER post_tags_insert_bumps_tag AFTER INSERT ON post_tags BEGIN INSERT INTO tag_bumps (tag) VALUES ('blog'); END;
CREATE TRIGGER post_tags_update_bumps_tag AFTER UPDATE ON post_tags BEGIN INSERT INTO tag_bumps (tag) VALUES ('blog'); END;
CREATE TRIGGER post_tags_delete_bumps_tag AFTER DELETE ON post_tags BEGIN INSERT INTO tag_bumps (tag) VALUES ('blog'); END;
CREATE TRIGGER post_pictures_insert_bumps_tag AFTER INSERT ON post_pictures BEGIN INSERT INTO tag_bumps (tag) VALUES ('blog'); END;
CREATE TRIGGER post_pictures_update_bumps_tag AFTER UPDATE ON post_pictures BEGIN INSERT INTO tag_bumps (tag) VALUES ('blog'); END;
CREATE TRIGGER post_pictures_delete_bumps_tag AFTER DELETE ON post_pictures BEGIN INSERT INTO tag_bumps (tag) VALUES ('blog'); END;
-- Pages display stock only up to five units, so changes among higher numbers invalidate nothing.
CREATE TRIGGER stock_levels_update_bumps_tag AFTER UPDATE ON stock_levels
WHEN min(old.on_hand - old.reserved, 6) <> min(new.on_hand - new.reserved, 6) BEGIN
  INSERT INTO tag_bumps (tag) SELECT 'product:' || product_id FROM variants WHERE id = new.variant_id;
END;
