"""A file with everything that a helpdesk can hold: at least one row of each table."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tickiti_server import prepare

PEOPLE = 12_000
"""More than two batches of a move."""

REST = (
    "INSERT INTO team_member SELECT t.id, p.id FROM team t, person p WHERE t.id = 1 AND p.id = 1",
    """INSERT INTO callback_attempt (callback_id, attempted_at, target, code, headers, body)
       SELECT id, 1764460800000000, 'https://a.example', 500, '[["a", "ü"]]', x'00ff' FROM outbox
        LIMIT 1""",
    "INSERT INTO excluded_email (email, email_key) VALUES ('Ä@b.example', 'ä@b.example')",
    "INSERT INTO mail_subject (subject, subject_key) VALUES ('Out', 'out')",
    """INSERT INTO file (sha256, file_size, mime_type, complete_at, created_at)
       VALUES ('ab', 300000, 'text/plain', 2, 1), (NULL, 0, '', NULL, 3)""",
    """INSERT INTO file_piece (file_id, position, content)
       VALUES (1, 0, randomblob(262144)), (1, 1, x''), (1, 2, randomblob(37856))""",
    "INSERT INTO file_upload (file_id, family_id, name, uploaded_at) VALUES (1, 1, 'größe.txt', 4)",
    """INSERT INTO attachment (response_id, name, mime_type, file_size, sha256, is_inline, content,
                               file_id)
       SELECT id, 'größe.txt', 'text/plain', 300000, 'ab', 0, x'', 1 FROM response LIMIT 1""",
    """INSERT INTO health_disk (root_path, min_free_space, warn_free_space)
       VALUES ('/', 0.1, 1e300), ('/srv', -0.0, 2)""",
    "INSERT INTO health_exception (pattern, description) VALUES ('a%', 'one' || char(10) || 'two')",
    """INSERT INTO logo (kind, name, mime_type, file_size, sha256, content)
       VALUES ('app', 'a.png', 'image/png', 3, 'cd', x'89504e')""",
    "INSERT INTO mailbox_secret (mailbox_id, field, value) VALUES (1, 'smtp_password', 'geheim')",
    "INSERT INTO skill_action (skill_id, name, ordinal, action) VALUES (1, 'a', 1, '{}')",
    """INSERT INTO text_image (template_id, cid, name, mime_type, file_size, sha256, content)
       SELECT id, 'c1', 'a.png', 'image/png', 3, 'cd', x'89504e' FROM template LIMIT 1""",
    """INSERT INTO ticket_link (ticket_id, other_id, is_clone, created_at)
       VALUES (1, 2, 0, 1), (2, 1, 0, 1)""",
    """INSERT INTO triggered_callback (callback_id, intervention, uid)
       SELECT id, 'gone', 'u' FROM outbox LIMIT 1""",
    f"""WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {PEOPLE})
       INSERT INTO person (email, email_key, created_at)
       SELECT 'Straße' || n || '@b.example', 'strasse' || n || '@b.example', n FROM many""",
    # An id that was given and deleted, which must not be given again.
    "INSERT INTO team (id, name, name_key) VALUES (70, 'Gone', 'gone')",
    "DELETE FROM team WHERE id = 70",
    "UPDATE ticket SET merged_into = 5 WHERE id = 2",
)
"""What the demo data lacks."""


def furnish(path: Path) -> None:
    """Make a database with the demo data and the rest. Nobody has served it."""
    prepare.prepare(path, demo=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN")
        for statement in REST:
            connection.execute(statement)
        connection.execute("COMMIT")
