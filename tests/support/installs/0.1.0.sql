-- A database that version 0.1.0 made: two users, a customer, an open and a closed ticket.
PRAGMA application_id = 1414089556;
BEGIN TRANSACTION;
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
INSERT INTO "api_token" VALUES(1,1,'local',X'86F023C642652B6FD8710E7359BA040D0231A5A99F8489335B93164B5ACD7B49','["administration:read", "administration:write", "create-ticket", "mail:read", "mail:write", "manage-tokens", "reports:read", "send-email", "settings:read", "settings:write", "supervisor:read", "supervisor:write", "templates:read", "templates:write", "ticket-index", "ticket-respond", "tickets:read", "tickets:write", "workflow:read", "workflow:write"]',NULL,1795919594007430,NULL,NULL,NULL,NULL);
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
CREATE TABLE hashtag (
    tag_key   TEXT NOT NULL,
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    tag       TEXT NOT NULL,
    PRIMARY KEY (tag_key, ticket_id)
) WITHOUT ROWID;
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
    created_at  INTEGER NOT NULL, ran_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (family_id, key_sha256)
);
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
CREATE TABLE intervention_secret (
    id              INTEGER PRIMARY KEY,
    intervention_id INTEGER NOT NULL REFERENCES intervention (id) ON DELETE CASCADE,
    remote_name     TEXT NOT NULL,
    secret          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    -- NULL: the current one; else it signs beside the current one until then.
    valid_until     INTEGER
);
CREATE TABLE lane (
    name         TEXT PRIMARY KEY,
    paused_until INTEGER NOT NULL DEFAULT 0,
    reason       TEXT
, failures INTEGER NOT NULL DEFAULT 0, served_at INTEGER NOT NULL DEFAULT 0);
INSERT INTO "lane" VALUES('mailbox:1',0,NULL,0,0);
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
INSERT INTO "mailbox" VALUES(1,'local','tickiti@localhost','tickiti@localhost','Tickiti','ttmail','local',0,NULL,NULL,NULL,'none','{}',1,0);
CREATE TABLE mailbox_secret (
    mailbox_id INTEGER NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    field      TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (mailbox_id, field)
) WITHOUT ROWID;
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
CREATE TABLE participant (
    ticket_id INTEGER NOT NULL REFERENCES ticket (id),
    person_id INTEGER NOT NULL REFERENCES person (id),
    PRIMARY KEY (ticket_id, person_id)
) WITHOUT ROWID;
CREATE TABLE person (
    id         INTEGER PRIMARY KEY,
    email      TEXT NOT NULL,
    email_key  TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
, name TEXT, role INTEGER NOT NULL DEFAULT 0 CHECK (role BETWEEN 0 AND 3), is_sysadmin INTEGER NOT NULL DEFAULT 0, tonic_notifications INTEGER NOT NULL DEFAULT 0);
INSERT INTO "person" VALUES(1,'system@localhost','system@localhost',0,NULL,3,1,0);
INSERT INTO "person" VALUES(2,'anna@sole-trader.example','anna@sole-trader.example',1793000000000000,'Anna',1,0,0);
INSERT INTO "person" VALUES(3,'boss@sole-trader.example','boss@sole-trader.example',1793000000000000,'Boss',3,0,0);
INSERT INTO "person" VALUES(4,'marcus@trailblazers-club.example','marcus@trailblazers-club.example',1793000000000000,NULL,0,0,0);
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
INSERT INTO "perspective" VALUES(1,'All','Every ticket.',1,NULL,1,'[]','[]');
CREATE TABLE queue (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    name_key TEXT NOT NULL,
    built_in INTEGER NOT NULL DEFAULT 0
, outgoing_mailbox_id INTEGER REFERENCES mailbox (id) ON DELETE SET NULL);
INSERT INTO "queue" VALUES(1,'Inbox','inbox',1,NULL);
INSERT INTO "queue" VALUES(2,'Sales','sales',0,NULL);
INSERT INTO "queue" VALUES(3,'Support','support',0,NULL);
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
, text TEXT);
INSERT INTO "response" VALUES(1,1,4,'<p>x</p>',0,0,0,1793000000000000,1793000000000000,NULL,'x');
INSERT INTO "response" VALUES(2,2,4,'<p>x</p>',0,0,0,1793000000000000,1793000000000000,NULL,'x');
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
CREATE TABLE running_time (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    microseconds INTEGER NOT NULL
);
INSERT INTO "running_time" VALUES(1,0);
CREATE TABLE schema_migration (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
INSERT INTO "schema_migration" VALUES(1,'0001_initial.sql','2026-11-29 02:33:13');
INSERT INTO "schema_migration" VALUES(2,'0002_roles_and_audit.sql','2026-11-29 02:33:13');
INSERT INTO "schema_migration" VALUES(3,'0003_template.sql','2026-11-29 02:33:13');
INSERT INTO "schema_migration" VALUES(4,'0004_mail.sql','2026-11-29 02:33:13');
INSERT INTO "schema_migration" VALUES(5,'0005_intervention.sql','2026-11-29 02:33:13');
INSERT INTO "schema_migration" VALUES(6,'0006_staff.sql','2026-11-29 02:33:13');
INSERT INTO "schema_migration" VALUES(7,'0007_running_time.sql','2026-11-29 02:33:13');
INSERT INTO "schema_migration" VALUES(8,'0008_response_text.sql','2026-11-29 02:33:13');
INSERT INTO "schema_migration" VALUES(9,'0009_lanes.sql','2026-11-29 02:33:13');
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO "setting" VALUES('idempotency_secret','a5c1f0a78adb904bade92cb271c3557c6d195f0256943f99fe41c38befbe2ae1');
CREATE TABLE template (
    id          INTEGER PRIMARY KEY,
    identifier  TEXT NOT NULL UNIQUE,
    type        TEXT NOT NULL CHECK (type IN ('email', 'notification', 'intervention', 'faq')),
    category    TEXT NOT NULL,
    subcategory TEXT NOT NULL,
    subject     TEXT NOT NULL,
    content     TEXT NOT NULL,
    enabled     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
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
INSERT INTO "ticket" VALUES(1,220009,'s0','old',1,4,NULL,'open',20,NULL,1793000000000000,1793000000000001,NULL);
INSERT INTO "ticket" VALUES(2,220010,'s1','old',2,4,NULL,'closed',20,NULL,1793000000000000,1793000000000002,NULL);
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
INSERT INTO "token_audit" VALUES(1,1795919594007430,'mint',1,'local',NULL,'server start',NULL,'{"abilities": ["administration:read", "administration:write", "create-ticket", "mail:read", "mail:write", "manage-tokens", "reports:read", "send-email", "settings:read", "settings:write", "supervisor:read", "supervisor:write", "templates:read", "templates:write", "ticket-index", "ticket-respond", "tickets:read", "tickets:write", "workflow:read", "workflow:write"]}');
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
CREATE INDEX api_token_family ON api_token (family_id);
CREATE INDEX ticket_activity ON ticket (updated_at, id);
CREATE INDEX ticket_queue_status ON ticket (queue_id, status, updated_at, id);
CREATE INDEX ticket_originator ON ticket (originator_id);
CREATE INDEX participant_person ON participant (person_id);
CREATE INDEX response_ticket ON response (ticket_id, created_at, id);
CREATE INDEX person_user ON person (id) WHERE name IS NOT NULL;
CREATE INDEX token_audit_token ON token_audit (token_id, id);
CREATE TRIGGER token_audit_never_changes BEFORE UPDATE ON token_audit
BEGIN SELECT RAISE(ABORT, 'the audit log of tokens is append-only'); END;
CREATE TRIGGER token_audit_never_shrinks BEFORE DELETE ON token_audit
BEGIN SELECT RAISE(ABORT, 'the audit log of tokens is append-only'); END;
CREATE TRIGGER token_audit_never_replaces BEFORE INSERT ON token_audit
WHEN EXISTS (SELECT 1 FROM token_audit WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'the audit log of tokens is append-only'); END;
CREATE INDEX outbox_due ON outbox (lane, next_at) WHERE state IN ('queued', 'retry');
CREATE INDEX outbox_claimed ON outbox (lease_until) WHERE state = 'claimed';
CREATE INDEX outbox_target ON outbox (target_key, seq);
CREATE INDEX intervention_secret_owner ON intervention_secret (intervention_id);
CREATE UNIQUE INDEX queue_name_key ON queue (name_key);
CREATE INDEX ticket_held ON ticket (on_hold_until) WHERE status = 'on-hold';
CREATE INDEX response_created ON response (created_at, id);
CREATE INDEX hashtag_ticket ON hashtag (ticket_id);
CREATE INDEX watchlist_ticket_ticket ON watchlist_ticket (ticket_id);
CREATE UNIQUE INDEX perspective_shared ON perspective (name) WHERE shared;
CREATE UNIQUE INDEX perspective_personal ON perspective (owner_id, name) WHERE NOT shared;
CREATE INDEX attachment_response ON attachment (response_id);
CREATE INDEX response_without_text ON response (id) WHERE text IS NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('mailbox',1);
INSERT INTO "sqlite_sequence" VALUES('perspective',1);
INSERT INTO "sqlite_sequence" VALUES('api_token',1);
INSERT INTO "sqlite_sequence" VALUES('token_audit',1);
COMMIT;
