-- Mail, and everything else that leaves the house.

-- AUTOINCREMENT: mail that was sent names its mailbox, and an id must not come to mean another.
CREATE TABLE mailbox (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL UNIQUE,
    address       TEXT NOT NULL,
    address_key   TEXT NOT NULL,
    from_name     TEXT,
    mailbox_type  TEXT NOT NULL,
    outgoing_type TEXT NOT NULL,
    smtp_enable   INTEGER NOT NULL DEFAULT 0,
    smtp_host     TEXT,
    smtp_port     INTEGER,
    smtp_user     TEXT,
    smtp_security TEXT NOT NULL DEFAULT 'none' CHECK (smtp_security IN ('none', 'starttls', 'tls')),
    -- What only the fetching of mail reads, as JSON: kept and shown, the bundled server fetches none.
    incoming      TEXT NOT NULL DEFAULT '{}',
    built_in      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL
);

-- Written and used, never shown. As they are: the server must be able to say them to others.
CREATE TABLE mailbox_secret (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    field      TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (mailbox_id, field)
) WITHOUT ROWID;

-- Who is asked to take deliveries: a mailbox, later a callback's host. What is wrong with it stops
-- all of its deliveries and burns no attempt of any.
CREATE TABLE lane (
    name         TEXT PRIMARY KEY,
    paused_until INTEGER NOT NULL DEFAULT 0,
    reason       TEXT
);

-- One row, one effect outside. The payload is frozen with the transaction that wanted it.
CREATE TABLE outbox (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    kind        TEXT NOT NULL CHECK (kind IN ('email', 'callback')),
    dedupe      TEXT NOT NULL UNIQUE,
    lane        TEXT NOT NULL REFERENCES lane (name),
    target      TEXT NOT NULL,
    target_key  TEXT NOT NULL,
    payload     BLOB NOT NULL,
    -- What becomes of a delivery whose reply was lost: an operator decides, or it is sent again.
    policy      TEXT NOT NULL CHECK (policy IN ('hold', 'resend-once')),
    mailbox_id  INTEGER REFERENCES mailbox (id) ON DELETE SET NULL,
    mailbox     TEXT,
    subject     TEXT,
    message_id  TEXT,
    state       TEXT NOT NULL CHECK (state IN
                    ('queued', 'claimed', 'retry', 'uncertain', 'sent', 'failed', 'dead')),
    phase       TEXT NOT NULL DEFAULT 'pre' CHECK (phase IN ('pre', 'dot')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    uncertainties INTEGER NOT NULL DEFAULT 0,
    next_at     INTEGER NOT NULL,
    lease_token INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    last_code   INTEGER,
    last_error  TEXT,
    created_at  INTEGER NOT NULL,
    done_at     INTEGER
);
CREATE INDEX outbox_due ON outbox (lane, next_at) WHERE state IN ('queued', 'retry');
CREATE INDEX outbox_claimed ON outbox (lease_until) WHERE state = 'claimed';
CREATE INDEX outbox_target ON outbox (target_key, seq);

-- Mail of this one stays in the outbox: a fresh install sends nothing anywhere.
INSERT INTO mailbox (name, address, address_key, from_name, mailbox_type, outgoing_type, built_in,
                     created_at)
VALUES ('local', 'tickiti@localhost', 'tickiti@localhost', 'Tickiti', 'ttmail', 'local', 1, 0);
INSERT INTO lane (name) VALUES ('mailbox:1');
