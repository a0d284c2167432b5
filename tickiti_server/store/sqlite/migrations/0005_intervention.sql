-- Decisions that another system asks a person to take, and where they are reported to.

-- AUTOINCREMENT: tickets name their intervention, and an id must not come to mean another.
CREATE TABLE intervention (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    name                   TEXT NOT NULL UNIQUE,
    title                  TEXT NOT NULL,
    queue_id               INTEGER NOT NULL REFERENCES queue (id),
    notify_inbox_managers  INTEGER NOT NULL,
    create_urgent          INTEGER NOT NULL,
    remote_timeout_seconds INTEGER NOT NULL,
    remote_enabled         INTEGER NOT NULL,
    remote_epilog_url      TEXT,
    -- Why nothing is sent although remote_enabled is on: the other side has said that it is gone.
    remote_disabled_reason TEXT,
    fields                 TEXT NOT NULL,
    created_at             INTEGER NOT NULL
);

-- What signs an intervention's callbacks. As they are: the server must be able to sign with them.
CREATE TABLE intervention_secret (
    id              INTEGER PRIMARY KEY,
    intervention_id INTEGER NOT NULL REFERENCES intervention (id) ON DELETE CASCADE,
    remote_name     TEXT NOT NULL,
    secret          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    -- NULL: the current one; else it signs beside the current one until then.
    valid_until     INTEGER
);
CREATE INDEX intervention_secret_owner ON intervention_secret (intervention_id);

-- A ticket that an intervention opened, what was decided on it, and how that was told.
CREATE TABLE review (
    ticket_id       INTEGER PRIMARY KEY REFERENCES ticket (id),
    intervention_id INTEGER REFERENCES intervention (id) ON DELETE SET NULL,
    intervention    TEXT NOT NULL,
    uid             TEXT NOT NULL,
    response_id     INTEGER NOT NULL REFERENCES response (id),
    data            TEXT NOT NULL,
    decided_at      INTEGER,
    decided_by      INTEGER REFERENCES person (id),
    decision        TEXT,
    answer_id       INTEGER REFERENCES response (id),
    callback_id     TEXT UNIQUE REFERENCES outbox (id),
    -- What is said in public once the other side has taken the decision, and where it was said.
    final_html      TEXT,
    final_id        INTEGER REFERENCES response (id),
    UNIQUE (intervention_id, uid)
);

-- Failures in a row: a host that has many is left alone for a while.
ALTER TABLE lane ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
