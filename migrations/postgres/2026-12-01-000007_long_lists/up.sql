-- Lists in the order of the page without sorting: the audit log of one type of records, and the emails to one address
CREATE INDEX events_type ON events (subject_type, at, id);
CREATE INDEX emails_recipient ON emails (recipient, id);
-- The box about the author of a post
CREATE TRIGGER accounts_bumps_tag AFTER UPDATE OF bio, picture_id ON accounts
  FOR EACH STATEMENT EXECUTE FUNCTION bump_tags('blog');
