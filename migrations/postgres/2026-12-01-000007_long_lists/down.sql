DROP TRIGGER accounts_bumps_tag ON accounts;
DROP INDEX emails_recipient;
DROP INDEX events_type;
