-- Rewrites tables.
-- What a person reads of a response's HTML: worked out once, when it is stored. What is stored
-- already gets its text bit by bit, while the database is served; NULL: not yet.
ALTER TABLE response ADD COLUMN text TEXT;
CREATE INDEX response_without_text ON response (id) WHERE text IS NULL;

-- The twins for comparing without case knew no more of it than lower(). Where two names were told
-- apart that are one now, the second keeps its twin.
UPDATE OR IGNORE queue SET name_key = case_key(name) WHERE name GLOB '*[^ -~]*';
UPDATE OR IGNORE hashtag SET tag_key = case_key(tag) WHERE tag GLOB '*[^ -~]*';
UPDATE OR IGNORE person SET email_key = address_key(email) WHERE email GLOB '*[^ -~]*';
UPDATE mailbox SET address_key = address_key(address) WHERE address GLOB '*[^ -~]*';
UPDATE outbox SET target_key = address_key(target) WHERE target GLOB '*[^ -~]*';
