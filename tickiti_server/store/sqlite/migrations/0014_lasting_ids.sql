-- Rewrites tables.
-- Without foreign keys.
-- AUTOINCREMENT: scripts keep the ids of queues and templates, and one must not come to mean another.
CREATE TABLE new_queue (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    name                TEXT NOT NULL UNIQUE,
    name_key            TEXT NOT NULL,
    built_in            INTEGER NOT NULL DEFAULT 0,
    outgoing_mailbox_id INTEGER REFERENCES mailbox (id) ON DELETE SET NULL,
    track_resolutions   INTEGER NOT NULL DEFAULT 0,
    is_parked           INTEGER NOT NULL DEFAULT 0,
    release_queue_id    INTEGER REFERENCES queue (id) ON DELETE SET NULL,
    content_type        TEXT
);
INSERT INTO new_queue (id, name, name_key, built_in, outgoing_mailbox_id, track_resolutions,
                       is_parked, release_queue_id, content_type)
SELECT id, name, name_key, built_in, outgoing_mailbox_id, track_resolutions, is_parked,
       release_queue_id, content_type
  FROM queue;
DROP TABLE queue;
ALTER TABLE new_queue RENAME TO queue;
CREATE UNIQUE INDEX queue_name_key ON queue (name_key);

CREATE TABLE new_template (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    identifier  TEXT NOT NULL UNIQUE,
    type        TEXT NOT NULL CHECK (type IN ('email', 'notification', 'intervention', 'faq')),
    category    TEXT NOT NULL,
    subcategory TEXT NOT NULL,
    subject     TEXT NOT NULL,
    content     TEXT NOT NULL,
    enabled     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    legend      TEXT NOT NULL DEFAULT '',
    keywords    TEXT NOT NULL DEFAULT '',
    ordinal     INTEGER NOT NULL DEFAULT 0
);
INSERT INTO new_template (id, identifier, type, category, subcategory, subject, content, enabled,
                          created_at, updated_at, description, legend, keywords, ordinal)
SELECT id, identifier, type, category, subcategory, subject, content, enabled, created_at,
       updated_at, description, legend, keywords, ordinal
  FROM template;
DROP TABLE template;
ALTER TABLE new_template RENAME TO template;
