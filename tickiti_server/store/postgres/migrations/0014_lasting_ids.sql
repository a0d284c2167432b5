-- Nothing changes here: an identity column never gives an id twice. SQLite's migration of this
-- number makes it so there, and both databases count their migrations alike.
SELECT 1;
