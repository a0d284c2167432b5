-- The index of texts: which three characters in a row occur in a ticket's subject, and in its
-- subject and responses together. It holds neither positions nor texts, so that it takes less than
-- half of their size. A search compares what it finds with the texts themselves: an entry too many
-- does no harm, and a missing one would. The rows of both tables are tickets.
CREATE VIRTUAL TABLE search_subject USING fts5 (
    text, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
);
CREATE VIRTUAL TABLE search_text USING fts5 (
    text, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
);
-- Finds one or two characters: as the beginning of three.
CREATE VIRTUAL TABLE search_subject_term USING fts5vocab (search_subject, instance);
CREATE VIRTUAL TABLE search_text_term USING fts5vocab (search_text, instance);

-- The last ticket and the last response that are indexed. Existing rows are indexed bit by bit,
-- while the database is served; what is behind these ids is searched without the index. `deletions`
-- counts deleted rows that were not indexed yet, whose ids may come again.
CREATE TABLE search_progress (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    ticket_id   INTEGER NOT NULL,
    response_id INTEGER NOT NULL,
    deletions   INTEGER NOT NULL
);
INSERT INTO search_progress (id, ticket_id, response_id, deletions) VALUES (1, 0, 0, 0);

-- Tickets whose texts have changed since they were indexed; of a changed response its id too. They
-- are searched without the index. What goes needs no row, because its entries do no harm.
CREATE TABLE search_change (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket_id   INTEGER NOT NULL,
    response_id INTEGER
);

-- The folded subject, by which tickets are sorted; NULL: not yet. It is written with the index.
ALTER TABLE ticket ADD COLUMN subject_key TEXT;

CREATE TRIGGER search_subject_changed AFTER UPDATE OF subject ON ticket
WHEN OLD.subject IS NOT NEW.subject
BEGIN INSERT INTO search_change (ticket_id) VALUES (NEW.id); END;
-- A row that takes the id of one that went.
CREATE TRIGGER search_subject_replaced AFTER INSERT ON ticket
WHEN NEW.id <= (SELECT ticket_id FROM search_progress)
BEGIN INSERT INTO search_change (ticket_id) VALUES (NEW.id); END;
CREATE TRIGGER search_subject_deleted AFTER DELETE ON ticket
WHEN OLD.id > (SELECT ticket_id FROM search_progress)
BEGIN
    INSERT OR REPLACE INTO search_progress
    SELECT id, ticket_id, response_id, deletions + 1 FROM search_progress;
END;

-- A text that is rendered later is no change.
CREATE TRIGGER search_text_changed AFTER UPDATE OF html, text, ticket_id ON response
WHEN OLD.html IS NOT NEW.html OR OLD.ticket_id IS NOT NEW.ticket_id
     OR (OLD.text IS NOT NULL AND OLD.text IS NOT NEW.text)
BEGIN INSERT INTO search_change (ticket_id, response_id) VALUES (NEW.ticket_id, NEW.id); END;
CREATE TRIGGER search_text_replaced AFTER INSERT ON response
WHEN NEW.id <= (SELECT response_id FROM search_progress)
BEGIN INSERT INTO search_change (ticket_id, response_id) VALUES (NEW.ticket_id, NEW.id); END;
CREATE TRIGGER search_text_deleted AFTER DELETE ON response
WHEN OLD.id > (SELECT response_id FROM search_progress)
BEGIN
    INSERT OR REPLACE INTO search_progress
    SELECT id, ticket_id, response_id, deletions + 1 FROM search_progress;
END;
