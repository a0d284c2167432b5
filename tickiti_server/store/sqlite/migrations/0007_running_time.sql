-- How long this database has been served, in microseconds. The age of a stored reply is counted by
-- this: a wall clock may be wrong, also at the moment when a server starts.
CREATE TABLE running_time (
    id           INTEGER PRIMARY KEY CHECK (id = 1),
    microseconds INTEGER NOT NULL
);
INSERT INTO running_time (id, microseconds) VALUES (1, 0);

-- The running time at which a reply was stored. Those that were stored before this count from now.
ALTER TABLE idem ADD COLUMN ran_at INTEGER NOT NULL DEFAULT 0;
