-- Times are whole microseconds since 1970-01-01 UTC. Addresses and names that are compared without
-- case have a folded twin (`*_key`), so that a look-up is one index step on every database.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- A customer or a member of staff: anybody known by an e-mail address.
CREATE TABLE person (
    id         INTEGER PRIMARY KEY,
    email      TEXT NOT NULL,
    email_key  TEXT NOT NULL UNIQUE,
    is_staff   INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
);

-- AUTOINCREMENT: a pruned token's id must never come back with another secret.
CREATE TABLE api_token (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    family_id     INTEGER NOT NULL,
    name          TEXT NOT NULL,
    secret_sha256 BLOB NOT NULL CHECK (length(secret_sha256) = 32),
    abilities     TEXT NOT NULL,
    person_id     INTEGER REFERENCES person (id),
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER,
    expires_at    INTEGER,
    overlap_until INTEGER,
    revoked_at    INTEGER
);
CREATE INDEX api_token_family ON api_token (family_id);

-- A stored reply. Only a committed success has a row: the CHECK is that rule.
CREATE TABLE idem (
    id          INTEGER PRIMARY KEY,
    family_id   INTEGER NOT NULL,
    key_sha256  BLOB NOT NULL,
    key_hint    TEXT NOT NULL,
    operation   TEXT NOT NULL,
    fp_version  INTEGER NOT NULL,
    fp_raw      BLOB NOT NULL,
    fp_canon    BLOB NOT NULL,
    status      INTEGER NOT NULL CHECK (status BETWEEN 200 AND 299),
    body        BLOB NOT NULL,
    request_id  TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (family_id, key_sha256)
);

CREATE TABLE queue (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    name_key TEXT NOT NULL,
    built_in INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE ticket (
    id            INTEGER PRIMARY KEY,
    number        INTEGER NOT NULL UNIQUE,
    -- 192 random bits need no index to be unique, and one at random places costs a page a ticket.
    secure_id     TEXT NOT NULL,
    subject       TEXT NOT NULL,
    queue_id      INTEGER NOT NULL REFERENCES queue (id),
    originator_id INTEGER NOT NULL REFERENCES person (id),
    assigned_to   INTEGER REFERENCES person (id),
    status        TEXT NOT NULL CHECK (status IN ('open', 'on-hold', 'closed')),
    priority      INTEGER NOT NULL CHECK (priority IN (10, 20, 30, 40)),
    on_hold_until TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    -- The second wall against a duplicate: one operation, one ticket.
    idem_id       INTEGER UNIQUE REFERENCES idem (id) ON DELETE SET NULL
);
CREATE INDEX ticket_activity ON ticket (updated_at, id);
CREATE INDEX ticket_queue_status ON ticket (queue_id, status, updated_at, id);
CREATE INDEX ticket_originator ON ticket (originator_id);

-- Who takes part in a ticket beside its originator.
CREATE TABLE participant (
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    person_id INTEGER NOT NULL REFERENCES person (id),
    PRIMARY KEY (ticket_id, person_id)
) WITHOUT ROWID;
CREATE INDEX participant_person ON participant (person_id);

CREATE TABLE response (
    id             INTEGER PRIMARY KEY,
    ticket_id      INTEGER NOT NULL REFERENCES ticket (id),
    author_id      INTEGER NOT NULL REFERENCES person (id),
    html           TEXT NOT NULL,
    is_internal    INTEGER NOT NULL,
    is_pinned      INTEGER NOT NULL DEFAULT 0,
    staff_response INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    idem_id        INTEGER UNIQUE REFERENCES idem (id) ON DELETE SET NULL
);
CREATE INDEX response_ticket ON response (ticket_id, created_at, id);

INSERT INTO queue (id, name, name_key, built_in) VALUES (1, 'Inbox', 'inbox', 1);
-- The author of what tokens write without a user of their own.
INSERT INTO person (id, email, email_key, is_staff, created_at)
VALUES (1, 'system@localhost', 'system@localhost', 1, 0);
