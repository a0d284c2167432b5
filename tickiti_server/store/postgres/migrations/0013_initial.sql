-- The schema 13 of SQLite, for PostgreSQL. Numbers of migrations are the same on every database.
--
-- Times are whole microseconds since 1970-01-01 UTC. A flag is 0 or 1. Texts are compared by their
-- bytes, as SQLite does, whatever the collation of the database is. Whole texts that are searched
-- are compared by their folded twins.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- The case and the accents of a text in one form: `case_key` of rendering/case_folding.py. Python
-- folds what is looked for, and this what is looked at: a test compares the two.
CREATE FUNCTION case_key(name TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    spelled TEXT := name;
BEGIN
    IF octet_length(name) = length(name) THEN
        RETURN lower(name COLLATE "C");
    END IF;
    -- Letters of Latin and Cyrillic that lower() alone folds, and usual signs.
    IF name !~ E'[^\u0001-\u00ac\u00ae-\u00b4\u00b6-\u00de\u00e0-\u012f\u0131-\u0148\u014a-\u017e'
               '\u0400-\u045f\u2010-\u2027\u20ac]' THEN
        RETURN lower(name COLLATE "und-x-icu");
    END IF;
    -- Thirty marks on a letter, and no more, are sorted together: sorting takes the square.
    spelled := regexp_replace(spelled,
        E'([\u0300-\u034e\u0350-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c2'
        '\u05c4-\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4'
        '\u06e7-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07eb-\u07f3\u07fd\u0816-\u0819'
        '\u081b-\u0823\u0825-\u0827\u0829-\u082d\u0859-\u085b\u0898-\u089f\u08ca-\u08e1'
        '\u08e3-\u08ff\u093c\u094d\u0951-\u0954\u09bc\u09cd\u09fe\u0a3c\u0a4d\u0abc'
        '\u0acd\u0b3c\u0b4d\u0bcd\u0c3c\u0c4d\u0c55-\u0c56\u0cbc\u0ccd\u0d3b-\u0d3c'
        '\u0d4d\u0dca\u0e38-\u0e3a\u0e48-\u0e4b\u0eb8-\u0eba\u0ec8-\u0ecb\u0f18-\u0f19'
        '\u0f35\u0f37\u0f39\u0f71-\u0f75\u0f7a-\u0f7d\u0f80-\u0f84\u0f86-\u0f87\u0fc6'
        '\u1037\u1039-\u103a\u108d\u135d-\u135f\u1714-\u1715\u1734\u17d2\u17dd\u18a9'
        '\u1939-\u193b\u1a17-\u1a18\u1a60\u1a75-\u1a7c\u1a7f\u1ab0-\u1abd\u1abf-\u1ace'
        '\u1b34\u1b44\u1b6b-\u1b73\u1baa-\u1bab\u1be6\u1bf2-\u1bf3\u1c37\u1cd0-\u1cd2'
        '\u1cd4-\u1ce0\u1ce2-\u1ce8\u1ced\u1cf4\u1cf8-\u1cf9\u1dc0-\u1dff\u20d0-\u20dc'
        '\u20e1\u20e5-\u20f0\u2cef-\u2cf1\u2d7f\u2de0-\u2dff\u302a-\u302f\u3099-\u309a'
        '\ua66f\ua674-\ua67d\ua69e-\ua69f\ua6f0-\ua6f1\ua806\ua82c\ua8c4\ua8e0-\ua8f1'
        '\ua92b-\ua92d\ua953\ua9b3\ua9c0\uaab0\uaab2-\uaab4\uaab7-\uaab8\uaabe-\uaabf'
        '\uaac1\uaaf6\uabed\ufb1e\ufe20-\ufe2f\U000101fd\U000102e0\U00010376-\U0001037a'
        '\U00010a0d\U00010a0f\U00010a38-\U00010a3a\U00010a3f\U00010ae5-\U00010ae6'
        '\U00010d24-\U00010d27\U00010eab-\U00010eac\U00010f46-\U00010f50\U00010f82-'
        '\U00010f85\U00011046\U00011070\U0001107f\U000110b9-\U000110ba\U00011100-'
        '\U00011102\U00011133-\U00011134\U00011173\U000111c0\U000111ca\U00011235-'
        '\U00011236\U000112e9-\U000112ea\U0001133b-\U0001133c\U0001134d\U00011366-'
        '\U0001136c\U00011370-\U00011374\U00011442\U00011446\U0001145e\U000114c2-'
        '\U000114c3\U000115bf-\U000115c0\U0001163f\U000116b6-\U000116b7\U0001172b'
        '\U00011839-\U0001183a\U0001193d-\U0001193e\U00011943\U000119e0\U00011a34'
        '\U00011a47\U00011a99\U00011c3f\U00011d42\U00011d44-\U00011d45\U00011d97'
        '\U00016af0-\U00016af4\U00016b30-\U00016b36\U00016ff0-\U00016ff1\U0001bc9e'
        '\U0001d165-\U0001d169\U0001d16d-\U0001d172\U0001d17b-\U0001d182\U0001d185-'
        '\U0001d18b\U0001d1aa-\U0001d1ad\U0001d242-\U0001d244\U0001e000-\U0001e006'
        '\U0001e008-\U0001e018\U0001e01b-\U0001e021\U0001e023-\U0001e024\U0001e026-'
        '\U0001e02a\U0001e130-\U0001e136\U0001e2ae\U0001e2ec-\U0001e2ef\U0001e8d0-'
        '\U0001e8d6\U0001e944-\U0001e94a]{30})',
        E'\\1\u034f', 'g');
    spelled := lower(normalize(spelled, NFD) COLLATE "und-x-icu");
    -- What lower() leaves and str.casefold() does not.
    IF spelled ~ E'[\u00b5\u017f\u0345\u03a3\u03c2\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f5'
                 '\u1c80-\u1c88]' THEN
        spelled := translate(spelled,
            E'\u00b5\u017f\u0345\u03a3\u03c2\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f5\u1c80'
            '\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86\u1c87\u1c88',
            E'\u03bc\u0073\u03b9\u03c3\u03c3\u03b2\u03b8\u03c6\u03c0\u03ba\u03c1\u03b5\u0432'
            '\u0434\u043e\u0441\u0442\u0442\u044a\u0463\ua64b');
    END IF;
    IF spelled ~ E'[\u13f8-\u13fd\uab70-\uabbf]' THEN
        spelled := translate(spelled,
            E'\u13f8\u13f9\u13fa\u13fb\u13fc\u13fd\uab70\uab71\uab72\uab73\uab74\uab75\uab76'
            '\uab77\uab78\uab79\uab7a\uab7b\uab7c\uab7d\uab7e\uab7f\uab80\uab81\uab82\uab83'
            '\uab84\uab85\uab86\uab87\uab88\uab89\uab8a\uab8b\uab8c\uab8d\uab8e\uab8f\uab90'
            '\uab91\uab92\uab93\uab94\uab95\uab96\uab97\uab98\uab99\uab9a\uab9b\uab9c\uab9d'
            '\uab9e\uab9f\uaba0\uaba1\uaba2\uaba3\uaba4\uaba5\uaba6\uaba7\uaba8\uaba9\uabaa'
            '\uabab\uabac\uabad\uabae\uabaf\uabb0\uabb1\uabb2\uabb3\uabb4\uabb5\uabb6\uabb7'
            '\uabb8\uabb9\uabba\uabbb\uabbc\uabbd\uabbe\uabbf',
            E'\u13f0\u13f1\u13f2\u13f3\u13f4\u13f5\u13a0\u13a1\u13a2\u13a3\u13a4\u13a5\u13a6'
            '\u13a7\u13a8\u13a9\u13aa\u13ab\u13ac\u13ad\u13ae\u13af\u13b0\u13b1\u13b2\u13b3'
            '\u13b4\u13b5\u13b6\u13b7\u13b8\u13b9\u13ba\u13bb\u13bc\u13bd\u13be\u13bf\u13c0'
            '\u13c1\u13c2\u13c3\u13c4\u13c5\u13c6\u13c7\u13c8\u13c9\u13ca\u13cb\u13cc\u13cd'
            '\u13ce\u13cf\u13d0\u13d1\u13d2\u13d3\u13d4\u13d5\u13d6\u13d7\u13d8\u13d9\u13da'
            '\u13db\u13dc\u13dd\u13de\u13df\u13e0\u13e1\u13e2\u13e3\u13e4\u13e5\u13e6\u13e7'
            '\u13e8\u13e9\u13ea\u13eb\u13ec\u13ed\u13ee\u13ef');
    END IF;
    IF spelled ~ E'[\u00df\u0149\u0587\u1e9a\ufb00-\ufb06\ufb13-\ufb17]' THEN
        spelled := replace(spelled, E'\u00df', E'\u0073\u0073');
        spelled := replace(spelled, E'\u0149', E'\u02bc\u006e');
        spelled := replace(spelled, E'\u0587', E'\u0565\u0582');
        spelled := replace(spelled, E'\u1e9a', E'\u0061\u02be');
        spelled := replace(spelled, E'\ufb00', E'\u0066\u0066');
        spelled := replace(spelled, E'\ufb01', E'\u0066\u0069');
        spelled := replace(spelled, E'\ufb02', E'\u0066\u006c');
        spelled := replace(spelled, E'\ufb03', E'\u0066\u0066\u0069');
        spelled := replace(spelled, E'\ufb04', E'\u0066\u0066\u006c');
        spelled := replace(spelled, E'\ufb05', E'\u0073\u0074');
        spelled := replace(spelled, E'\ufb06', E'\u0073\u0074');
        spelled := replace(spelled, E'\ufb13', E'\u0574\u0576');
        spelled := replace(spelled, E'\ufb14', E'\u0574\u0565');
        spelled := replace(spelled, E'\ufb15', E'\u0574\u056b');
        spelled := replace(spelled, E'\ufb16', E'\u057e\u0576');
        spelled := replace(spelled, E'\ufb17', E'\u0574\u056d');
    END IF;
    spelled := normalize(spelled, NFC);
    IF spelled ~ E'[\u034f\u00ad\u200b\u200c\u200d\u2060\ufeff]' THEN
        spelled := translate(spelled, E'\u034f\u00ad\u200b\u200c\u200d\u2060\ufeff', '');
    END IF;
    RETURN replace(spelled, E'i\u0307', 'i');
END $$;

-- The text that a search compares: its `case_key`, with each run of white space as one space.
CREATE FUNCTION folded(words TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    key TEXT COLLATE "C" := case_key(words);
BEGIN
    -- A few replacements take a tenth of the time of an expression for runs.
    key := replace(replace(replace(key, E'\n', ' '), E'\r', ' '), E'\t', ' ');
    IF key ~ E'[\u000b\f\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]'
    THEN
        key := regexp_replace(key,
            E'[\u000b\f\u001c-\u001f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]',
            ' ', 'g');
    END IF;
    WHILE strpos(key, '  ') > 0 LOOP
        key := replace(key, '  ', ' ');
    END LOOP;
    RETURN btrim(key, ' ');
END $$;

-- A text for HTML whose text is not stored. The server stores the text of every response.
CREATE FUNCTION plain_text(html TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(html, '<[^>]*>', ' ', 'g'))
$$;

-- The texts of a JSON array.
CREATE FUNCTION texts_of(list TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(each COLLATE "C"), '{}')
      FROM json_array_elements_text(list::json) AS each
$$;

-- Whether a folded text contains one of these folded texts.
CREATE FUNCTION has_any(key TEXT, needles TEXT[]) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    needle TEXT;
BEGIN
    FOREACH needle IN ARRAY needles LOOP
        IF strpos(key COLLATE "C", needle COLLATE "C") > 0 THEN
            RETURN TRUE;
        END IF;
    END LOOP;
    RETURN FALSE;
END $$;

-- Whether a text contains one of the folded texts of a JSON array.
CREATE FUNCTION holds(words TEXT, needles TEXT) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT has_any(folded(words), texts_of(needles))
$$;

-- A moment in microseconds since 1970.
CREATE FUNCTION microseconds(moment TIMESTAMPTZ) RETURNS BIGINT
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (extract(epoch FROM moment) * 1000000)::BIGINT
$$;

-- The functions of SQLite, with the whole numbers that a driver binds.
CREATE FUNCTION substr(piece BYTEA, first BIGINT, size BIGINT) RETURNS BYTEA
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT pg_catalog.substr(piece, first::INTEGER, size::INTEGER)
$$;
CREATE FUNCTION substr(words TEXT, first BIGINT, size BIGINT) RETURNS TEXT
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT pg_catalog.substr(words, first::INTEGER, size::INTEGER)
$$;
CREATE FUNCTION instr(words TEXT, part TEXT) RETURNS INTEGER
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT strpos(words, part)
$$;

CREATE TABLE setting (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

CREATE TABLE person (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    name TEXT COLLATE "C",
    role BIGINT NOT NULL DEFAULT 0 CHECK (role BETWEEN 0 AND 3),
    is_sysadmin BIGINT NOT NULL DEFAULT 0,
    tonic_notifications BIGINT NOT NULL DEFAULT 0,
    is_api_user BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX person_user ON person (id) WHERE name IS NOT NULL;

CREATE TABLE api_token (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    family_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    secret_sha256 BYTEA NOT NULL CHECK (octet_length(secret_sha256) = 32),
    abilities TEXT COLLATE "C" NOT NULL,
    person_id BIGINT REFERENCES person (id),
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    expires_at BIGINT,
    overlap_until BIGINT,
    revoked_at BIGINT,
    allowed_ip TEXT COLLATE "C"
);
CREATE INDEX api_token_family ON api_token (family_id);

-- Rises with each change of a token or of a user, so that every server may cache them. A token's
-- last use changes no answer.
CREATE TABLE token_version (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO token_version (id, version) VALUES (1, 1);
CREATE FUNCTION token_version_rises() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE token_version SET version = version + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER token_changes AFTER UPDATE OF id, family_id, name, secret_sha256, abilities, person_id,
    created_at, expires_at, overlap_until, revoked_at, allowed_ip OR DELETE OR TRUNCATE ON api_token
    FOR EACH STATEMENT EXECUTE FUNCTION token_version_rises();
CREATE TRIGGER user_changes AFTER UPDATE OR DELETE OR TRUNCATE ON person
    FOR EACH STATEMENT EXECUTE FUNCTION token_version_rises();

CREATE TABLE idem (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    family_id BIGINT NOT NULL,
    key_sha256 BYTEA NOT NULL,
    key_hint TEXT COLLATE "C" NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    fp_version BIGINT NOT NULL,
    fp_raw BYTEA NOT NULL,
    fp_canon BYTEA NOT NULL,
    status BIGINT NOT NULL CHECK (status BETWEEN 200 AND 299),
    body BYTEA NOT NULL,
    request_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    ran_at BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT idem_key UNIQUE (family_id, key_sha256)
);

CREATE TABLE template (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    identifier TEXT COLLATE "C" NOT NULL UNIQUE,
    type TEXT COLLATE "C" NOT NULL CHECK (type IN ('email', 'notification', 'intervention',
        'faq')),
    category TEXT COLLATE "C" NOT NULL,
    subcategory TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    content TEXT COLLATE "C" NOT NULL,
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    description TEXT COLLATE "C" NOT NULL DEFAULT '',
    legend TEXT COLLATE "C" NOT NULL DEFAULT '',
    keywords TEXT COLLATE "C" NOT NULL DEFAULT '',
    ordinal BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE mailbox (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    address TEXT COLLATE "C" NOT NULL,
    address_key TEXT COLLATE "C" NOT NULL,
    from_name TEXT COLLATE "C",
    mailbox_type TEXT COLLATE "C" NOT NULL,
    outgoing_type TEXT COLLATE "C" NOT NULL,
    smtp_enable BIGINT NOT NULL DEFAULT 0,
    smtp_host TEXT COLLATE "C",
    smtp_port BIGINT,
    smtp_user TEXT COLLATE "C",
    smtp_security TEXT COLLATE "C" NOT NULL DEFAULT 'none' CHECK (smtp_security IN ('none',
        'starttls', 'tls')),
    -- What only the fetching of mail reads, as JSON: kept and shown, the bundled server fetches
    -- none.
    incoming TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    built_in BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE queue (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    name_key TEXT COLLATE "C" NOT NULL UNIQUE,
    built_in BIGINT NOT NULL DEFAULT 0,
    outgoing_mailbox_id BIGINT REFERENCES mailbox (id) ON DELETE SET NULL,
    track_resolutions BIGINT NOT NULL DEFAULT 0,
    is_parked BIGINT NOT NULL DEFAULT 0,
    release_queue_id BIGINT REFERENCES queue (id) ON DELETE SET NULL,
    content_type TEXT COLLATE "C"
);

CREATE TABLE mailbox_secret (
    mailbox_id BIGINT NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
    field TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (mailbox_id, field)
);

CREATE TABLE lane (
    name TEXT COLLATE "C" PRIMARY KEY,
    paused_until BIGINT NOT NULL DEFAULT 0,
    reason TEXT COLLATE "C",
    failures BIGINT NOT NULL DEFAULT 0,
    served_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE outbox (
    seq BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('email', 'callback')),
    dedupe TEXT COLLATE "C" NOT NULL UNIQUE,
    lane TEXT COLLATE "C" NOT NULL REFERENCES lane (name),
    target TEXT COLLATE "C" NOT NULL,
    target_key TEXT COLLATE "C" NOT NULL,
    payload BYTEA NOT NULL,
    -- What becomes of a delivery whose reply was lost: an operator decides, or it is sent
    -- again.
    policy TEXT COLLATE "C" NOT NULL CHECK (policy IN ('hold', 'resend-once')),
    mailbox_id BIGINT REFERENCES mailbox (id) ON DELETE SET NULL,
    mailbox TEXT COLLATE "C",
    subject TEXT COLLATE "C",
    message_id TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'claimed', 'retry', 'uncertain',
        'sent', 'failed', 'dead')),
    phase TEXT COLLATE "C" NOT NULL DEFAULT 'pre' CHECK (phase IN ('pre', 'dot')),
    attempts BIGINT NOT NULL DEFAULT 0,
    uncertainties BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    lease_token BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    last_code BIGINT,
    last_error TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    done_at BIGINT,
    cc TEXT COLLATE "C"
);
CREATE INDEX outbox_due ON outbox (lane, next_at) WHERE state IN ('queued', 'retry');
CREATE INDEX outbox_claimed ON outbox (lease_until) WHERE state = 'claimed';
CREATE INDEX outbox_target ON outbox (target_key, seq);
CREATE INDEX outbox_sent ON outbox (done_at) WHERE kind = 'email' AND state = 'sent';

CREATE TABLE intervention (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    title TEXT COLLATE "C" NOT NULL,
    queue_id BIGINT NOT NULL REFERENCES queue (id),
    notify_inbox_managers BIGINT NOT NULL,
    create_urgent BIGINT NOT NULL,
    remote_timeout_seconds BIGINT NOT NULL,
    remote_enabled BIGINT NOT NULL,
    remote_epilog_url TEXT COLLATE "C",
    -- Why nothing is sent although remote_enabled is on: the other side has said that it is
    -- gone.
    remote_disabled_reason TEXT COLLATE "C",
    fields TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE intervention_secret (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    intervention_id BIGINT NOT NULL REFERENCES intervention (id) ON DELETE CASCADE,
    remote_name TEXT COLLATE "C" NOT NULL,
    secret TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    -- NULL: the current one; else it signs beside the current one until then.
    valid_until BIGINT
);
CREATE INDEX intervention_secret_owner ON intervention_secret (intervention_id);

CREATE TABLE watchlist (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    icon TEXT COLLATE "C" NOT NULL,
    shared BIGINT NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES person (id),
    description TEXT COLLATE "C" NOT NULL DEFAULT '',
    display_mode TEXT COLLATE "C" NOT NULL DEFAULT 'list'
);

CREATE TABLE perspective (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    shared BIGINT NOT NULL,
    -- NULL: built in.
    owner_id BIGINT REFERENCES person (id),
    show_in_crm BIGINT NOT NULL,
    conditions TEXT COLLATE "C" NOT NULL,
    orders TEXT COLLATE "C" NOT NULL,
    display_mode TEXT COLLATE "C" NOT NULL DEFAULT 'list'
);
CREATE UNIQUE INDEX perspective_shared ON perspective (name) WHERE shared = 1;
CREATE UNIQUE INDEX perspective_personal ON perspective (owner_id, name) WHERE shared = 0;

CREATE TABLE running_time (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    microseconds BIGINT NOT NULL
);

CREATE TABLE queue_right (
    person_id BIGINT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    queue_id BIGINT NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    can_view BIGINT NOT NULL DEFAULT 0,
    can_manage BIGINT NOT NULL DEFAULT 0,
    can_delete BIGINT NOT NULL DEFAULT 0,
    treat_as_inbox BIGINT NOT NULL DEFAULT 0,
    receive_inbox_errors BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (person_id, queue_id)
);
CREATE INDEX queue_right_queue ON queue_right (queue_id);

CREATE TABLE team (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE team_member (
    team_id BIGINT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
    person_id BIGINT NOT NULL REFERENCES person (id),
    PRIMARY KEY (team_id, person_id)
);
CREATE INDEX team_member_person ON team_member (person_id);

CREATE TABLE resolution_category (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL UNIQUE,
    colour TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    selectable BIGINT NOT NULL DEFAULT 1
);

CREATE TABLE ticket (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE,
    -- 192 random bits need no index to be unique, and one at random places costs a page a
    -- ticket.
    secure_id TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    queue_id BIGINT NOT NULL REFERENCES queue (id),
    originator_id BIGINT NOT NULL REFERENCES person (id),
    assigned_to BIGINT REFERENCES person (id),
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('open', 'on-hold', 'closed')),
    priority BIGINT NOT NULL CHECK (priority IN (10, 20, 30, 40)),
    on_hold_until TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- The second wall against a duplicate: one operation, one ticket.
    idem_id BIGINT UNIQUE REFERENCES idem (id) ON DELETE SET NULL,
    team_id BIGINT REFERENCES team (id),
    resolution_id BIGINT REFERENCES resolution_category (id),
    closed_at BIGINT,
    deleted_at BIGINT,
    merged_into BIGINT REFERENCES ticket (id),
    subject_key TEXT COLLATE "C",
    -- By the database's clock, after the ticket's number was taken.
    inserted_at BIGINT NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT
);
CREATE INDEX ticket_queue_status ON ticket (queue_id, status, updated_at, id);
CREATE INDEX ticket_originator ON ticket (originator_id, id);
CREATE INDEX ticket_held ON ticket (on_hold_until) WHERE status = 'on-hold';
CREATE INDEX ticket_assigned ON ticket (assigned_to, id) WHERE assigned_to IS NOT NULL;
CREATE INDEX ticket_team ON ticket (team_id, id) WHERE team_id IS NOT NULL;
CREATE INDEX ticket_resolution ON ticket (resolution_id) WHERE resolution_id IS NOT NULL;
CREATE INDEX ticket_closed ON ticket (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX ticket_deleted ON ticket (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX ticket_facts ON ticket (updated_at, id, status, priority, queue_id, assigned_to,
    team_id, originator_id, created_at, deleted_at, on_hold_until);
CREATE INDEX ticket_created ON ticket (created_at, id);
-- By months of thirty days, whose newest activity a search of an old time reads.
CREATE INDEX ticket_month ON ticket ((created_at / 2592000000000), updated_at, id)
    INCLUDE (status, priority, queue_id, assigned_to, team_id, originator_id, created_at, deleted_at,
             on_hold_until);
CREATE INDEX ticket_queue ON ticket (queue_id, id);
CREATE INDEX ticket_status ON ticket (status, id);
CREATE INDEX ticket_priority ON ticket (priority, id);
CREATE INDEX ticket_hold ON ticket (coalesce(on_hold_until, ''), id);
CREATE INDEX ticket_subject ON ticket (subject_key, id);
CREATE INDEX ticket_unassigned ON ticket (id) WHERE assigned_to IS NULL AND team_id IS NULL;
CREATE INDEX ticket_merged ON ticket (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE participant (
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    person_id BIGINT NOT NULL REFERENCES person (id),
    PRIMARY KEY (ticket_id, person_id)
);
CREATE INDEX participant_person ON participant (person_id);

CREATE TABLE response (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    author_id BIGINT NOT NULL REFERENCES person (id),
    html TEXT COLLATE "C" NOT NULL,
    is_internal BIGINT NOT NULL,
    is_pinned BIGINT NOT NULL DEFAULT 0,
    staff_response BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    idem_id BIGINT UNIQUE REFERENCES idem (id) ON DELETE SET NULL,
    text TEXT COLLATE "C",
    audit TEXT COLLATE "C",
    is_audit_only BIGINT NOT NULL DEFAULT 0,
    deleted_at BIGINT,
    -- By the database's clock.
    inserted_at BIGINT NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT,
    -- The folded text, which searches compare.
    text_key TEXT COLLATE "C"
);
CREATE INDEX response_ticket ON response (ticket_id, created_at, id);
CREATE INDEX response_created ON response (created_at, id);
CREATE INDEX response_counted ON response (ticket_id, deleted_at, is_audit_only, is_internal);

CREATE TABLE review (
    ticket_id BIGINT PRIMARY KEY REFERENCES ticket (id),
    intervention_id BIGINT REFERENCES intervention (id) ON DELETE SET NULL,
    intervention TEXT COLLATE "C" NOT NULL,
    uid TEXT COLLATE "C" NOT NULL,
    response_id BIGINT NOT NULL REFERENCES response (id),
    data TEXT COLLATE "C" NOT NULL,
    decided_at BIGINT,
    decided_by BIGINT REFERENCES person (id),
    decision TEXT COLLATE "C",
    answer_id BIGINT REFERENCES response (id),
    callback_id TEXT COLLATE "C" UNIQUE REFERENCES outbox (id),
    -- What is said in public once the other side has taken the decision, and where it was said.
    final_html TEXT COLLATE "C",
    final_id BIGINT REFERENCES response (id),
    UNIQUE (intervention_id, uid)
);

CREATE TABLE hashtag (
    tag_key TEXT COLLATE "C" NOT NULL,
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    tag TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tag_key, ticket_id)
);
CREATE INDEX hashtag_ticket ON hashtag (ticket_id);

CREATE TABLE watchlist_ticket (
    watchlist_id BIGINT NOT NULL REFERENCES watchlist (id) ON DELETE CASCADE,
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    position BIGINT NOT NULL,
    PRIMARY KEY (watchlist_id, ticket_id)
);
CREATE INDEX watchlist_ticket_ticket ON watchlist_ticket (ticket_id);

CREATE TABLE ticket_link (
    ticket_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    other_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    -- A link made by a split stays.
    is_clone BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (ticket_id, other_id)
);

CREATE TABLE file (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    sha256 TEXT COLLATE "C" UNIQUE,
    file_size BIGINT NOT NULL DEFAULT 0,
    mime_type TEXT COLLATE "C" NOT NULL DEFAULT '',
    -- NULL: pieces still arrive.
    complete_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE attachment (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    response_id BIGINT NOT NULL REFERENCES response (id),
    name TEXT COLLATE "C" NOT NULL,
    mime_type TEXT COLLATE "C" NOT NULL,
    file_size BIGINT NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    is_inline BIGINT NOT NULL,
    content BYTEA NOT NULL,
    file_id BIGINT REFERENCES file (id)
);
CREATE INDEX attachment_response ON attachment (response_id);
CREATE INDEX attachment_file ON attachment (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX attachment_sha256 ON attachment (sha256);

CREATE TABLE file_piece (
    file_id BIGINT NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (file_id, position)
);

CREATE TABLE file_upload (
    file_id BIGINT NOT NULL REFERENCES file (id) ON DELETE CASCADE,
    family_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    uploaded_at BIGINT NOT NULL,
    PRIMARY KEY (file_id, family_id)
);

CREATE TABLE stock_response (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    identifier TEXT COLLATE "C" NOT NULL,
    identifier_key TEXT COLLATE "C" NOT NULL UNIQUE,
    category TEXT COLLATE "C" NOT NULL,
    subcategory TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    keywords TEXT COLLATE "C" NOT NULL,
    use_count BIGINT NOT NULL DEFAULT 0,
    is_enabled BIGINT NOT NULL,
    notes TEXT COLLATE "C" NOT NULL,
    ai_relevance TEXT COLLATE "C" NOT NULL CHECK (ai_relevance IN ('as_is', 'compose',
        'reference', 'exclude')),
    content TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE text_image (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    template_id BIGINT REFERENCES template (id) ON DELETE CASCADE,
    stock_response_id BIGINT REFERENCES stock_response (id) ON DELETE CASCADE,
    cid TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    mime_type TEXT COLLATE "C" NOT NULL,
    file_size BIGINT NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL,
    uploaded_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX text_image_template ON text_image (template_id) WHERE template_id IS NOT NULL;
CREATE INDEX text_image_stock ON text_image (stock_response_id) WHERE stock_response_id IS NOT
    NULL;

CREATE TABLE escalation (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    minutes BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL CHECK (action IN ('notify', 'email')),
    email TEXT COLLATE "C" NOT NULL,
    repeat_minutes BIGINT
);

CREATE TABLE mail_subject (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    subject TEXT COLLATE "C" NOT NULL,
    subject_key TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE excluded_email (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    email TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE health_disk (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    root_path TEXT COLLATE "C" NOT NULL UNIQUE,
    min_free_space DOUBLE PRECISION NOT NULL,
    warn_free_space DOUBLE PRECISION NOT NULL
);

CREATE TABLE health_exception (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    pattern TEXT COLLATE "C" NOT NULL UNIQUE,
    description TEXT COLLATE "C" NOT NULL
);

CREATE TABLE logo (
    kind TEXT COLLATE "C" PRIMARY KEY CHECK (kind IN ('app', 'email')),
    name TEXT COLLATE "C" NOT NULL,
    mime_type TEXT COLLATE "C" NOT NULL,
    file_size BIGINT NOT NULL,
    sha256 TEXT COLLATE "C" NOT NULL,
    content BYTEA NOT NULL
);

CREATE TABLE skill (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    title TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    triggers TEXT COLLATE "C" NOT NULL,
    composition TEXT COLLATE "C" NOT NULL CHECK (composition IN ('vetted', 'guided', 'open')),
    -- A JSON array of stock responses' identifiers.
    citation_set TEXT COLLATE "C" NOT NULL,
    enabled BIGINT NOT NULL,
    reserved BIGINT NOT NULL DEFAULT 0,
    ordinal BIGINT NOT NULL,
    parent_key TEXT COLLATE "C",
    instructions TEXT COLLATE "C" NOT NULL
);

CREATE TABLE skill_action (
    skill_id BIGINT NOT NULL REFERENCES skill (id) ON DELETE CASCADE,
    name TEXT COLLATE "C" NOT NULL,
    ordinal BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (skill_id, name)
);

CREATE TABLE token_audit (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL CHECK (action IN ('mint', 'rotate', 'retire', 'revoke',
        'prune', 'update')),
    token_id BIGINT NOT NULL,
    token_name TEXT COLLATE "C" NOT NULL,
    -- NULL: the server itself, at its start.
    actor_id BIGINT,
    actor_name TEXT COLLATE "C" NOT NULL,
    request_id TEXT COLLATE "C",
    details TEXT COLLATE "C" NOT NULL
);
CREATE INDEX token_audit_token ON token_audit (token_id, id);

CREATE TABLE callback_attempt (
    id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    callback_id TEXT COLLATE "C" NOT NULL REFERENCES outbox (id) ON DELETE CASCADE,
    attempted_at BIGINT NOT NULL,
    target TEXT COLLATE "C" NOT NULL,
    code BIGINT,
    error TEXT COLLATE "C",
    -- The answer: JSON pairs, and the beginning of its body. NULL: there was none.
    headers TEXT COLLATE "C",
    body BYTEA,
    is_whole BIGINT
);
CREATE INDEX callback_attempt_callback ON callback_attempt (callback_id);

CREATE TABLE triggered_callback (
    callback_id TEXT COLLATE "C" PRIMARY KEY REFERENCES outbox (id) ON DELETE CASCADE,
    intervention_id BIGINT REFERENCES intervention (id) ON DELETE SET NULL,
    intervention TEXT COLLATE "C" NOT NULL,
    uid TEXT COLLATE "C" NOT NULL
);
-- One current secret, whoever makes a new one at the same time.
CREATE UNIQUE INDEX intervention_secret_current ON intervention_secret (intervention_id)
    WHERE valid_until IS NULL;

-- The tickets of the last moments: see settled_before().
CREATE INDEX ticket_inserted ON ticket (inserted_at, number);
CREATE INDEX ticket_subject_parts ON ticket USING gin (subject_key gin_trgm_ops);
CREATE INDEX response_text_parts ON response USING gin (text_key gin_trgm_ops);

-- Begins a transaction that writes, and returns the version of the tokens. The lock's key tells when
-- it began: in milliseconds, of which the key has 31 bits. It takes the lock before it reads a clock
-- or takes a number.
-- In plpgsql, which keeps its plans: a function in SQL is planned anew in each transaction.
CREATE FUNCTION begin_writing(lock_milliseconds TEXT, statement_milliseconds TEXT) RETURNS BIGINT
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    found BIGINT;
BEGIN
    PERFORM set_config('lock_timeout', lock_milliseconds, true),
            set_config('statement_timeout', statement_milliseconds, true),
            set_config('idle_in_transaction_session_timeout', '60000', true),
            pg_advisory_xact_lock_shared(
                7136422,
                (floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT
                 & 2147483647)::INTEGER);
    SELECT version INTO found FROM token_version;
    RETURN found;
END $$;

-- When the oldest transaction began that is writing now: whatever is yet to appear got its time and
-- its number after this moment. A snapshot that is taken later shows everything from before it.
CREATE FUNCTION settled_before() RETURNS BIGINT
LANGUAGE sql VOLATILE AS $$
    SELECT coalesce((now.us / 1000 - max(now.us / 1000 - l.objid::BIGINT & 2147483647)) * 1000,
                    now.us)
      FROM (SELECT microseconds(statement_timestamp()) AS us) AS now
      LEFT JOIN pg_locks l
        ON l.locktype = 'advisory' AND l.classid = 7136422 AND l.objsubid = 2
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       -- What began a moment after the statement is left out.
       AND (now.us / 1000 - l.objid::BIGINT & 2147483647) < 1073741824
     GROUP BY now.us
$$;

-- Numbers begin as in the vendor's documentation.
CREATE SEQUENCE ticket_number START 220009;

CREATE FUNCTION ticket_is_folded() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.subject_key := folded(NEW.subject);
    RETURN NEW;
END $$;
CREATE TRIGGER ticket_is_folded BEFORE INSERT OR UPDATE OF subject ON ticket
    FOR EACH ROW EXECUTE FUNCTION ticket_is_folded();

CREATE FUNCTION response_is_folded() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    NEW.text_key := folded(coalesce(NEW.text, plain_text(NEW.html)));
    RETURN NEW;
END $$;
CREATE TRIGGER response_is_folded BEFORE INSERT OR UPDATE OF html, text ON response
    FOR EACH ROW EXECUTE FUNCTION response_is_folded();

-- A token may come with an id of its own. Every later token gets a higher one.
CREATE FUNCTION api_token_ids_rise() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM api_token_id_seq WHERE NEW.id > last_value OR NOT is_called) THEN
        PERFORM setval('api_token_id_seq', NEW.id);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER api_token_ids_rise BEFORE INSERT ON api_token
    FOR EACH ROW EXECUTE FUNCTION api_token_ids_rise();

-- What create_ticket does where nothing is unusual, in one statement and so in one round trip:
-- compare the version of the tokens, claim the key, store ticket, response and reply. The reply is
-- NULL, and nothing is stored, where a token or user has changed, the key is taken, or the queue or
-- the requester is not there yet: then the server takes the steps one by one.
CREATE FUNCTION open_ticket(
    known_version BIGINT, lock_milliseconds TEXT, statement_milliseconds TEXT,
    key_family BIGINT, key_digest BYTEA, key_start TEXT, key_operation TEXT,
    print_version BIGINT, print_raw BYTEA, print_canon BYTEA, request TEXT,
    moment BIGINT, running BIGINT, queue_key TEXT, originator_key TEXT, author BIGINT,
    new_secure_id TEXT, new_subject TEXT, new_priority BIGINT, new_html TEXT, new_text TEXT,
    is_note BIGINT, is_by_staff BIGINT,
    before_number BYTEA, before_id BYTEA, behind_id BYTEA,
    OUT token_version BIGINT, OUT reply BYTEA
) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    queue BIGINT;
    originator BIGINT;
    is_taken BOOLEAN;
    new_number BIGINT;
    new_id BIGINT;
    key_id BIGINT;
    written BIGINT;
BEGIN
    token_version := begin_writing(lock_milliseconds, statement_milliseconds);
    -- Not before the lock, or a list that settled_before() has let through would miss the ticket.
    written := greatest(moment, (extract(epoch FROM clock_timestamp()) * 1000000)::BIGINT);
    SELECT (SELECT q.id FROM queue q WHERE q.name_key = queue_key),
           (SELECT p.id FROM person p WHERE p.email_key = originator_key),
           EXISTS (SELECT FROM idem i WHERE i.family_id = key_family AND i.key_sha256 = key_digest)
      INTO queue, originator, is_taken;
    IF token_version <> known_version OR queue IS NULL OR originator IS NULL OR is_taken THEN
        RETURN;
    END IF;
    new_number := nextval('ticket_number');
    new_id := nextval('ticket_id_seq');
    reply := before_number || convert_to(new_number::TEXT, 'UTF8')
             || before_id || convert_to(new_id::TEXT, 'UTF8') || behind_id;
    INSERT INTO idem (family_id, key_sha256, key_hint, operation, fp_version, fp_raw, fp_canon,
                      status, body, request_id, created_at, ran_at)
    VALUES (key_family, key_digest, key_start, key_operation, print_version, print_raw, print_canon,
            200, reply, request, moment, running)
    ON CONFLICT (family_id, key_sha256) DO NOTHING
    RETURNING id INTO key_id;
    IF key_id IS NULL THEN
        reply := NULL;
        RETURN;
    END IF;
    INSERT INTO ticket (id, number, secure_id, subject, queue_id, originator_id, status, priority,
                        created_at, updated_at, idem_id)
    VALUES (new_id, new_number, new_secure_id, new_subject, queue, originator, 'open', new_priority,
            written, written, key_id);
    INSERT INTO response (ticket_id, author_id, html, text, is_internal, staff_response, created_at,
                          updated_at, idem_id)
    VALUES (new_id, coalesce(author, originator), new_html, new_text, is_note, is_by_staff, written,
            written, key_id);
END $$;

CREATE FUNCTION token_audit_is_append_only() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log of tokens is append-only';
END $$;
CREATE TRIGGER token_audit_never_changes BEFORE UPDATE OR DELETE ON token_audit
    FOR EACH ROW EXECUTE FUNCTION token_audit_is_append_only();
CREATE TRIGGER token_audit_never_empties BEFORE TRUNCATE ON token_audit
    FOR EACH STATEMENT EXECUTE FUNCTION token_audit_is_append_only();

INSERT INTO queue (name, name_key, built_in) VALUES ('Inbox', 'inbox', 1);
-- The author of what tokens write without a user of their own.
INSERT INTO person (email, email_key, role, is_sysadmin, created_at)
VALUES ('system@localhost', 'system@localhost', 3, 1, 0);
-- Mail of this one stays in the outbox: a fresh install sends nothing anywhere.
INSERT INTO mailbox (name, address, address_key, from_name, mailbox_type, outgoing_type, built_in,
                     created_at)
VALUES ('local', 'tickiti@localhost', 'tickiti@localhost', 'Tickiti', 'ttmail', 'local', 1, 0);
INSERT INTO lane (name) VALUES ('mailbox:1');
INSERT INTO perspective (name, description, shared, show_in_crm, conditions, orders)
VALUES ('All', 'Every ticket.', 1, 1, '[]', '[]');
INSERT INTO running_time (id, microseconds) VALUES (1, 0);
INSERT INTO skill (key, title, description, triggers, composition, citation_set, enabled, reserved,
                   ordinal, instructions)
VALUES ('axial.core', 'Core', 'How the assistant answers in general.', '', 'vetted', '[]', 1, 1, 0,
        'Answer in plain language. Promise nothing that the texts do not say.');
