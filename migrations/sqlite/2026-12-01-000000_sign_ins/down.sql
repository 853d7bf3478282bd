DROP INDEX sessions_public_id;
ALTER TABLE sessions DROP COLUMN user_agent;
ALTER TABLE sessions DROP COLUMN network;
ALTER TABLE sessions DROP COLUMN idle_minutes;
ALTER TABLE sessions DROP COLUMN public_id;
