-- An image that no content refers to is forgotten a day after its upload.

-- When an image was uploaded last.
ALTER TABLE text_image ADD COLUMN uploaded_at INTEGER NOT NULL DEFAULT 0;
