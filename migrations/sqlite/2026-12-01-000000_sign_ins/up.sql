-- A session's own lifetime, and from where its account signed in
ALTER TABLE sessions ADD COLUMN public_id TEXT;
ALTER TABLE sessions ADD COLUMN idle_minutes INTEGER NOT NULL DEFAULT 720;
ALTER TABLE sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX sessions_public_id ON sessions (public_id);
