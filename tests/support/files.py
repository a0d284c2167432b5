"""What a test finds below a folder."""

import stat
from pathlib import Path


def state_of(folder: Path) -> dict[str, object]:
    """Every file below a folder but for the names that TAB offers and for locks, and every folder
    but for an empty journal: its mode, owner and bytes, or the target of a link."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if {"names", "locks"}.intersection(path.relative_to(folder).parts):
            continue
        if path.name == "journal" and not any(path.iterdir()):
            continue
        status = path.lstat()
        content: object = path.readlink() if path.is_symlink() else None
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else content
        found[str(path)] = (oct(status.st_mode), status.st_uid, status.st_gid, content)
    return found
