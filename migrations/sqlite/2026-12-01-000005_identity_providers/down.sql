DROP TABLE pending_identity_logins;
DROP TABLE account_identities;
DROP TABLE identity_providers;
