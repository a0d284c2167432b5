-- Texts with placeholders, for tickets and e-mails.
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
