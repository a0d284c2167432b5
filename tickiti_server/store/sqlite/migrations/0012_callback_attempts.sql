-- What the receiver of a webhook answered, and webhooks that were triggered without a ticket.

CREATE TABLE callback_attempt (
    id           INTEGER PRIMARY KEY,
    callback_id  TEXT NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    attempted_at INTEGER NOT NULL,
    target       TEXT NOT NULL,
    code         INTEGER,
    error        TEXT,
    -- The answer: JSON pairs, and the beginning of its body. NULL: there was none.
    headers      TEXT,
    body         BLOB,
    is_whole     INTEGER
);
CREATE INDEX callback_attempt_callback ON callback_attempt (callback_id);

CREATE TABLE triggered_callback (
    callback_id     TEXT PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
    intervention_id INTEGER REFERENCES intervention (id) ON DELETE SET NULL,
    intervention    TEXT NOT NULL,
    uid             TEXT NOT NULL
);
