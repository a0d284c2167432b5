-- What a person reads of a response's HTML: worked out once, when it is stored. What is stored
-- already gets its text bit by bit, while the database is served; NULL: not yet.
ALTER TABLE response ADD COLUMN text TEXT;
CREATE INDEX response_without_text ON response (id) WHERE text IS NULL;
