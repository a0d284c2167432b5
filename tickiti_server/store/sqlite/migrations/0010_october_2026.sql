-- Rewrites tables.
-- The vendor's API of October 2026: rights, teams, files, audits, soft deletion and the settings
-- that its screens keep.

-- API accounts are exempt from queue rights.
ALTER TABLE person ADD COLUMN is_api_user INTEGER NOT NULL DEFAULT 0;

ALTER TABLE queue ADD COLUMN track_resolutions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN is_parked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN release_queue_id INTEGER REFERENCES queue (id) ON DELETE SET NULL;
ALTER TABLE queue ADD COLUMN content_type TEXT;

-- What a user may do in a queue. No row: no right at all.
CREATE TABLE queue_right (
    person_id            INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    queue_id             INTEGER NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    can_view             INTEGER NOT NULL DEFAULT 0,
    can_manage           INTEGER NOT NULL DEFAULT 0,
    can_delete           INTEGER NOT NULL DEFAULT 0,
    treat_as_inbox       INTEGER NOT NULL DEFAULT 0,
    receive_inbox_errors INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (person_id, queue_id)
) WITHOUT ROWID;
CREATE INDEX queue_right_queue ON queue_right (queue_id);
-- Staff of a database without rights could do everything in every queue.
INSERT INTO queue_right (person_id, queue_id, can_view, can_manage, can_delete)
SELECT p.id, q.id, 1, 1, 1 FROM person p CROSS JOIN queue q WHERE p.role > 0 AND p.id <> 1;

-- AUTOINCREMENT, here and below: scripts keep these ids, and an id must not get a second meaning.
CREATE TABLE team (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE
);
CREATE TABLE team_member (
    team_id   INTEGER NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES person (id),
    PRIMARY KEY (team_id, person_id)
) WITHOUT ROWID;
CREATE INDEX team_member_person ON team_member (person_id);

-- How a ticket ended, in queues that track it.
CREATE TABLE resolution_category (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL UNIQUE,
    colour     TEXT NOT NULL,
    position   INTEGER NOT NULL,
    selectable INTEGER NOT NULL DEFAULT 1
);

ALTER TABLE ticket ADD COLUMN team_id INTEGER REFERENCES team (id);
ALTER TABLE ticket ADD COLUMN resolution_id INTEGER REFERENCES resolution_category (id);
-- When the ticket was closed last; NULL while it is not closed.
ALTER TABLE ticket ADD COLUMN closed_at INTEGER;
-- NULL: the ticket is not deleted. The newer ticket of a merge points at the survivor.
ALTER TABLE ticket ADD COLUMN deleted_at INTEGER;
ALTER TABLE ticket ADD COLUMN merged_into INTEGER REFERENCES ticket (id);
-- The moment of closing was not stored before; the last change is the nearest moment known.
UPDATE ticket SET closed_at = updated_at WHERE status = 'closed';
CREATE INDEX ticket_assigned ON ticket (assigned_to) WHERE assigned_to IS NOT NULL;
CREATE INDEX ticket_team ON ticket (team_id) WHERE team_id IS NOT NULL;
CREATE INDEX ticket_resolution ON ticket (resolution_id) WHERE resolution_id IS NOT NULL;
CREATE INDEX ticket_closed ON ticket (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX ticket_deleted ON ticket (deleted_at) WHERE deleted_at IS NOT NULL;

-- The changes that came with a response, as a JSON array; NULL: none.
ALTER TABLE response ADD COLUMN audit TEXT;
ALTER TABLE response ADD COLUMN is_audit_only INTEGER NOT NULL DEFAULT 0;
-- A response deleted by itself. Those of a deleted ticket are gone with their ticket.
ALTER TABLE response ADD COLUMN deleted_at INTEGER;

-- Links are symmetric: each is stored in both directions.
CREATE TABLE ticket_link (
    ticket_id  INTEGER NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    other_id   INTEGER NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    -- A link made by a split stays.
    is_clone   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (ticket_id, other_id)
) WITHOUT ROWID;

-- Uploaded files by their content. A file counts once it is complete: its pieces are committed one
-- by one, so that a large upload never holds the writer for long.
CREATE TABLE file (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256      TEXT UNIQUE,
    file_size   INTEGER NOT NULL DEFAULT 0,
    mime_type   TEXT NOT NULL DEFAULT '',
    -- NULL: pieces still arrive.
    complete_at INTEGER,
    created_at  INTEGER NOT NULL
);
CREATE TABLE file_piece (
    file_id  INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    content  BLOB NOT NULL,
    PRIMARY KEY (file_id, position)
);
-- Which token family uploaded a file, under which name, and when last.
CREATE TABLE file_upload (
    file_id     INTEGER NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    family_id   INTEGER NOT NULL,
    name        TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL,
    PRIMARY KEY (file_id, family_id)
) WITHOUT ROWID;

-- An uploaded file's attachment has its bytes in `file_piece` and none in `content`.
ALTER TABLE attachment ADD COLUMN file_id INTEGER REFERENCES file (id);
CREATE INDEX attachment_file ON attachment (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX attachment_sha256 ON attachment (sha256);

ALTER TABLE template ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE template ADD COLUMN legend TEXT NOT NULL DEFAULT '';
ALTER TABLE template ADD COLUMN keywords TEXT NOT NULL DEFAULT '';
ALTER TABLE template ADD COLUMN ordinal INTEGER NOT NULL DEFAULT 0;

-- Texts for staff to insert into a response.
CREATE TABLE stock_response (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    identifier     TEXT NOT NULL,
    identifier_key TEXT NOT NULL UNIQUE,
    category       TEXT NOT NULL,
    subcategory    TEXT NOT NULL,
    subject        TEXT NOT NULL,
    keywords       TEXT NOT NULL,
    use_count      INTEGER NOT NULL DEFAULT 0,
    is_enabled     INTEGER NOT NULL,
    notes          TEXT NOT NULL,
    ai_relevance   TEXT NOT NULL CHECK (ai_relevance IN
                       ('as_is', 'compose', 'reference', 'exclude')),
    content        TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
);

-- Images that the content of a template or a stock response refers to by `cid:`. One of the two
-- owners is set.
CREATE TABLE text_image (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    template_id       INTEGER REFERENCES template (id) ON DELETE CASCADE,
    stock_response_id INTEGER REFERENCES stock_response (id) ON DELETE CASCADE,
    cid               TEXT NOT NULL UNIQUE,
    name              TEXT NOT NULL,
    mime_type         TEXT NOT NULL,
    file_size         INTEGER NOT NULL,
    sha256            TEXT NOT NULL,
    content           BLOB NOT NULL
);
CREATE INDEX text_image_template ON text_image (template_id) WHERE template_id IS NOT NULL;
CREATE INDEX text_image_stock ON text_image (stock_response_id)
 WHERE stock_response_id IS NOT NULL;

ALTER TABLE perspective ADD COLUMN display_mode TEXT NOT NULL DEFAULT 'list';
-- The former name of an order's way; the server wrote this JSON, so that its form is known.
UPDATE perspective
   SET orders = replace(replace(orders, '"direction": "asc"', '"ascending": true'),
                        '"direction": "desc"', '"ascending": false');
ALTER TABLE watchlist ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE watchlist ADD COLUMN display_mode TEXT NOT NULL DEFAULT 'list';

-- Kept and shown: the bundled server escalates nothing.
CREATE TABLE escalation (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    minutes        INTEGER NOT NULL,
    action         TEXT NOT NULL CHECK (action IN ('notify', 'email')),
    email          TEXT NOT NULL,
    repeat_minutes INTEGER
);

-- Kept and shown: the bundled server fetches no mail.
CREATE TABLE mail_subject (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    subject     TEXT NOT NULL,
    subject_key TEXT NOT NULL UNIQUE
);
CREATE TABLE excluded_email (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    email     TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE
);

-- The other recipients of a mail, as a JSON array of addresses; NULL: none.
ALTER TABLE outbox ADD COLUMN cc TEXT;
-- Delivered mail is deleted by its age.
CREATE INDEX outbox_sent ON outbox (done_at) WHERE kind = 'email' AND state = 'sent';

CREATE TABLE health_disk (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    root_path       TEXT NOT NULL UNIQUE,
    min_free_space  REAL NOT NULL,
    warn_free_space REAL NOT NULL
);
-- Failed jobs that match a pattern do not count in the server's health.
CREATE TABLE health_exception (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    pattern     TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL
);

-- `app` and `email`: the two logos of the branding.
CREATE TABLE logo (
    kind      TEXT PRIMARY KEY CHECK (kind IN ('app', 'email')),
    name      TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    file_size INTEGER NOT NULL,
    sha256    TEXT NOT NULL,
    content   BLOB NOT NULL
);

-- What the vendor's assistant drafts from. Kept and shown: the bundled server runs no skill.
CREATE TABLE skill (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    key          TEXT NOT NULL UNIQUE,
    title        TEXT NOT NULL,
    description  TEXT NOT NULL,
    triggers     TEXT NOT NULL,
    composition  TEXT NOT NULL CHECK (composition IN ('vetted', 'guided', 'open')),
    -- A JSON array of stock responses' identifiers.
    citation_set TEXT NOT NULL,
    enabled      INTEGER NOT NULL,
    reserved     INTEGER NOT NULL DEFAULT 0,
    ordinal      INTEGER NOT NULL,
    parent_key   TEXT,
    instructions TEXT NOT NULL
);
-- An action is kept as the JSON object that its request sent.
CREATE TABLE skill_action (
    skill_id INTEGER NOT NULL REFERENCES skill (id) ON DELETE CASCADE,
    name     TEXT NOT NULL,
    ordinal  INTEGER NOT NULL,
    action   TEXT NOT NULL,
    PRIMARY KEY (skill_id, name)
) WITHOUT ROWID;
INSERT INTO skill (key, title, description, triggers, composition, citation_set, enabled, reserved,
                   ordinal, instructions)
VALUES ('axial.core', 'Core', 'How the assistant answers in general.', '', 'vetted', '[]', 1, 1, 0,
        'Answer in plain language. Promise nothing that the texts do not say.');

-- Addresses or CIDR blocks with commas between them; NULL: a token may be used from anywhere.
ALTER TABLE api_token ADD COLUMN allowed_ip TEXT;

-- The audit learns the action `update`. Its triggers forbid any change, so they go first.
DROP TRIGGER token_audit_never_changes;
DROP TRIGGER token_audit_never_shrinks;
DROP TRIGGER token_audit_never_replaces;
DROP INDEX token_audit_token;
ALTER TABLE token_audit RENAME TO token_audit_before;
CREATE TABLE token_audit (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    action     TEXT NOT NULL CHECK (action IN
                   ('mint', 'rotate', 'retire', 'revoke', 'prune', 'update')),
    token_id   INTEGER NOT NULL,
    token_name TEXT NOT NULL,
    -- NULL: the server itself, at its start.
    actor_id   INTEGER,
    actor_name TEXT NOT NULL,
    request_id TEXT,
    details    TEXT NOT NULL
);
INSERT INTO token_audit SELECT * FROM token_audit_before;
DROP TABLE token_audit_before;
CREATE INDEX token_audit_token ON token_audit (token_id, id);
CREATE TRIGGER token_audit_never_changes BEFORE UPDATE ON token_audit
BEGIN SELECT RAISE(ABORT, 'the audit log of tokens is append-only'); END;
CREATE TRIGGER token_audit_never_shrinks BEFORE DELETE ON token_audit
BEGIN SELECT RAISE(ABORT, 'the audit log of tokens is append-only'); END;
-- REPLACE would delete a row without asking the trigger above.
CREATE TRIGGER token_audit_never_replaces BEFORE INSERT ON token_audit
WHEN EXISTS (SELECT 1 FROM token_audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit log of tokens is append-only'); END;
