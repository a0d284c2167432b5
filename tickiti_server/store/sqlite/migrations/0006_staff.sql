-- What staff do with tickets: queues, hashtags, lists to watch, saved views, days to wait for.

-- One queue a name whatever the case: a search for it is one step of ticket_queue_status.
CREATE UNIQUE INDEX queue_name_key ON queue (name_key);
ALTER TABLE queue ADD COLUMN outgoing_mailbox_id INTEGER REFERENCES mailbox (id) ON DELETE SET NULL;

-- Tickets that open again by themselves, the next one first.
CREATE INDEX ticket_held ON ticket (on_hold_until) WHERE status = 'on-hold';

-- An export reads what was said in the order in which it was said.
CREATE INDEX response_created ON response (created_at, id);

CREATE TABLE hashtag (
    tag_key   TEXT NOT NULL,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    tag       TEXT NOT NULL,
    PRIMARY KEY (tag_key, ticket_id)
) WITHOUT ROWID;
CREATE INDEX hashtag_ticket ON hashtag (ticket_id);

-- AUTOINCREMENT, here and below: scripts keep these ids, and one must not come to mean another.
CREATE TABLE watchlist (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL,
    icon     TEXT NOT NULL,
    shared   INTEGER NOT NULL,
    owner_id INTEGER NOT NULL REFERENCES person (id)
);
CREATE TABLE watchlist_ticket (
    watchlist_id INTEGER NOT NULL REFERENCES watchlist (id) ON DELETE CASCADE,
    ticket_id    INTEGER NOT NULL REFERENCES ticket (id),
    position     INTEGER NOT NULL,
    PRIMARY KEY (watchlist_id, ticket_id)
) WITHOUT ROWID;
CREATE INDEX watchlist_ticket_ticket ON watchlist_ticket (ticket_id);

-- Conditions and orders are JSON, as they were checked when they came.
CREATE TABLE perspective (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    description TEXT NOT NULL,
    shared      INTEGER NOT NULL,
    -- NULL: built in.
    owner_id    INTEGER REFERENCES person (id),
    show_in_crm INTEGER NOT NULL,
    conditions  TEXT NOT NULL,
    orders      TEXT NOT NULL
);
CREATE UNIQUE INDEX perspective_shared ON perspective (name) WHERE shared;
CREATE UNIQUE INDEX perspective_personal ON perspective (owner_id, name) WHERE NOT shared;
INSERT INTO perspective (id, name, description, shared, show_in_crm, conditions, orders)
VALUES (1, 'All', 'Every ticket.', 1, 1, '[]', '[]');

-- Images out of what was said. In the database, so that a backup is whole; the bytes come last, so
-- that a list of attachments does not read them.
CREATE TABLE attachment (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    response_id INTEGER NOT NULL REFERENCES response (id),
    name        TEXT NOT NULL,
    mime_type   TEXT NOT NULL,
    file_size   INTEGER NOT NULL,
    sha256      TEXT NOT NULL,
    is_inline   INTEGER NOT NULL,
    content     BLOB NOT NULL
);
CREATE INDEX attachment_response ON attachment (response_id);
