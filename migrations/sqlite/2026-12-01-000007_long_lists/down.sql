DROP TRIGGER accounts_update_bumps_tag;
DROP INDEX emails_recipient;
DROP INDEX events_type;
