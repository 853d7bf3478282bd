-- Identity providers (OpenID Connect) with which people log in. The client secret is encrypted.
CREATE TABLE identity_providers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  public_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  issuer TEXT NOT NULL UNIQUE,
  client_id TEXT NOT NULL,
  client_secret TEXT,
  status TEXT NOT NULL,
  lock_version INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
-- Who logs in as which account. The subject is the provider's id of the person; addresses may change.
CREATE TABLE account_identities (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  email TEXT NOT NULL,
  created_at TEXT NOT NULL,
  last_used_at TEXT,
  UNIQUE (issuer, subject)
) STRICT;
CREATE INDEX account_identities_account ON account_identities (account_id);
-- Log-ins that wait for the answer of the provider. With an account, the identity is linked to it.
CREATE TABLE pending_identity_logins (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  provider_id INTEGER NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
  account_id INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
  state_hash TEXT NOT NULL UNIQUE,
  browser_hash TEXT NOT NULL,
  return_path TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX pending_identity_logins_provider ON pending_identity_logins (provider_id);
CREATE INDEX pending_identity_logins_account ON pending_identity_logins (account_id);
CREATE INDEX pending_identity_logins_expiry ON pending_identity_logins (expires_at);
