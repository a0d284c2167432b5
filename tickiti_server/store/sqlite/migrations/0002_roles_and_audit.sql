-- Rewrites tables.
-- A person's role in one column: 0 nobody's, 1 staff, 2 admin, 3 superuser. Who has a name is a
-- user; a customer is known by the address alone.
ALTER TABLE person ADD COLUMN name TEXT;
ALTER TABLE person ADD COLUMN role INTEGER NOT NULL DEFAULT 0 CHECK (role BETWEEN 0 AND 3);
ALTER TABLE person ADD COLUMN is_sysadmin INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN tonic_notifications INTEGER NOT NULL DEFAULT 0;
UPDATE person SET role = is_staff;
UPDATE person SET role = 3, is_sysadmin = 1 WHERE id = 1;
ALTER TABLE person DROP COLUMN is_staff;
CREATE INDEX person_user ON person (id) WHERE name IS NOT NULL;

-- What was done to tokens, by whom. Names are copies: tokens are pruned, this is not.
CREATE TABLE token_audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    action     TEXT NOT NULL CHECK (action IN ('mint', 'rotate', 'retire', 'revoke', 'prune')),
    token_id   INTEGER NOT NULL,
    token_name TEXT NOT NULL,
    -- NULL: the server itself, at its start.
    actor_id   INTEGER,
    actor_name TEXT NOT NULL,
    request_id TEXT,
    details    TEXT NOT NULL
);
CREATE INDEX token_audit_token ON token_audit (token_id, id);

CREATE TRIGGER token_audit_never_changes BEFORE UPDATE ON token_audit
BEGIN SELECT RAISE(ABORT, 'the audit log of tokens is append-only'); END;
CREATE TRIGGER token_audit_never_shrinks BEFORE DELETE ON token_audit
BEGIN SELECT RAISE(ABORT, 'the audit log of tokens is append-only'); END;
-- REPLACE would delete a row without asking the trigger above.
CREATE TRIGGER token_audit_never_replaces BEFORE INSERT ON token_audit
WHEN EXISTS (SELECT 1 FROM token_audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit log of tokens is append-only'); END;
