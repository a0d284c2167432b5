-- FTS5 merged the parts of the index of texts inside the steps that write it, four at a time, which
-- took a step twice as long. The server merges them itself, eight at a time and in short writes.
-- FTS5 would still merge at once what the server has not merged for long.
INSERT INTO search_subject (search_subject, rank) VALUES ('automerge', 0);
INSERT INTO search_subject (search_subject, rank) VALUES ('usermerge', 8);
INSERT INTO search_subject (search_subject, rank) VALUES ('crisismerge', 64);
INSERT INTO search_text (search_text, rank) VALUES ('automerge', 0);
INSERT INTO search_text (search_text, rank) VALUES ('usermerge', 8);
INSERT INTO search_text (search_text, rank) VALUES ('crisismerge', 64);
