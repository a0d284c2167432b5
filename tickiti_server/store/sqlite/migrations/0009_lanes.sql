-- When a delivery of the lane began last: lanes take turns, so that a busy one is not always first.
ALTER TABLE lane ADD COLUMN served_at INTEGER NOT NULL DEFAULT 0;
