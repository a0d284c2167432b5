-- What create_ticket does where nothing is unusual, for all tickets that come together, in one
-- statement and so in one round trip: compare the version of the tokens, claim the keys, store
-- tickets, responses and replies. The reply of a ticket is NULL, and nothing of it is stored, where
-- a token or user has changed, the key is taken, or the queue or the requester is not there yet:
-- then the server takes the steps one by one.
--
-- Each table has one INSERT for all tickets: to begin one costs more than its row. The function
-- open_ticket(), which stores one ticket, stays for the servers of the previous version.
CREATE FUNCTION open_tickets(
    lock_milliseconds TEXT, statement_milliseconds TEXT, known_versions BIGINT[],
    families BIGINT[], digests BYTEA[], starts TEXT[], operations TEXT[],
    print_versions BIGINT[], raw_prints BYTEA[], canon_prints BYTEA[], requests TEXT[],
    moments BIGINT[], runnings BIGINT[], queue_keys TEXT[], originator_keys TEXT[],
    authors BIGINT[], secure_ids TEXT[], subjects TEXT[], priorities BIGINT[], htmls TEXT[],
    texts TEXT[], internals BIGINT[], by_staffs BIGINT[],
    before_numbers BYTEA[], before_ids BYTEA[], behind_ids BYTEA[]
) RETURNS TABLE (token_version BIGINT, reply BYTEA) LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    known BIGINT := begin_writing(lock_milliseconds, statement_milliseconds);
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT a.*,
               (SELECT q.id FROM queue q WHERE q.name_key = a.queue_key) AS queue_id,
               (SELECT p.id FROM person p WHERE p.email_key = a.originator_key) AS originator_id,
               (SELECT i.id FROM idem i
                 WHERE i.family_id = a.family_id AND i.key_sha256 = a.key_sha256) AS taken_id
          FROM unnest(known_versions, families, digests, starts, operations, print_versions,
                      raw_prints, canon_prints, requests, moments, runnings, queue_keys,
                      originator_keys, authors, secure_ids, subjects, priorities, htmls, texts,
                      internals, by_staffs, before_numbers, before_ids, behind_ids)
               WITH ORDINALITY AS a (known_version, family_id, key_sha256, key_hint, operation,
                                     fp_version, fp_raw, fp_canon, request_id, moment, ran_at,
                                     queue_key, originator_key, author_id, secure_id, subject,
                                     priority, html, text, is_internal, staff_response,
                                     before_number, before_id, behind_id, place)
    ), numbered AS MATERIALIZED (
        SELECT a.*, nextval('ticket_number') AS number, nextval('ticket_id_seq') AS ticket_id,
               nextval('idem_id_seq') AS idem_id,
               -- Not before the lock of begin_writing(), or a list that settled_before() has let
               -- through would miss the ticket.
               greatest(a.moment, microseconds(clock_timestamp())) AS written
          FROM asked a
         WHERE a.known_version = known AND a.queue_id IS NOT NULL AND a.originator_id IS NOT NULL
           AND a.taken_id IS NULL
         ORDER BY a.place
    ), claimed AS (
        INSERT INTO idem (id, family_id, key_sha256, key_hint, operation, fp_version, fp_raw,
                          fp_canon, status, body, request_id, created_at, ran_at)
        SELECT n.idem_id, n.family_id, n.key_sha256, n.key_hint, n.operation, n.fp_version,
               n.fp_raw, n.fp_canon, 200,
               n.before_number || convert_to(n.number::TEXT, 'UTF8')
               || n.before_id || convert_to(n.ticket_id::TEXT, 'UTF8') || n.behind_id,
               n.request_id, n.moment, n.ran_at
          FROM numbered n
         ORDER BY n.place
        ON CONFLICT (family_id, key_sha256) DO NOTHING
        RETURNING id, body
    ), stored AS MATERIALIZED (
        SELECT n.*, c.body FROM numbered n JOIN claimed c ON c.id = n.idem_id
    ), opened AS (
        INSERT INTO ticket (id, number, secure_id, subject, queue_id, originator_id, status,
                            priority, created_at, updated_at, idem_id)
        SELECT s.ticket_id, s.number, s.secure_id, s.subject, s.queue_id, s.originator_id, 'open',
               s.priority, s.written, s.written, s.idem_id
          FROM stored s
         ORDER BY s.place
    ), said AS (
        INSERT INTO response (ticket_id, author_id, html, text, is_internal, staff_response,
                              created_at, updated_at, idem_id)
        SELECT s.ticket_id, coalesce(s.author_id, s.originator_id), s.html, s.text, s.is_internal,
               s.staff_response, s.written, s.written, s.idem_id
          FROM stored s
         ORDER BY s.place
    )
    SELECT known, s.body FROM asked a LEFT JOIN stored s USING (place) ORDER BY a.place;
END $$;
