-- Nothing changes here: SQLite stores tickets that come together by statements of the server. The
-- migration of this number makes a function of it on PostgreSQL, and both databases count their
-- migrations alike.
SELECT 1;
