"""Refuses a database on a network file system.

Rule: a file system is listed only if its locks or shared memory are known to fail SQLite's WAL
(sqlite.org/wal.html, its disadvantages). A path whose mount is unknown is accepted.
"""

import re
from pathlib import Path

from tickiti_server.store.interface import DatabaseUnusable

MOUNTS = Path("/proc/self/mountinfo")

_REMOTE = re.compile(
    r"nfs4?|cifs|smb3|smbfs|9p|afs|ceph|ncpfs|coda|davfs|lustre|beegfs|vboxsf"
    r"|fuse\.(sshfs|glusterfs|ceph(-fuse)?|davfs2?|curlftpfs|smbnetfs|rclone|s3fs|goofys|gcsfuse"
    r"|blobfuse2?|mount-s3|juicefs)"
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def refuse_remote(path: Path, mounts: Path = MOUNTS) -> None:
    """Raise DatabaseUnusable if `path` is on a network file system."""
    try:
        text = mounts.read_text("utf-8", "surrogateescape")
    except OSError:  # a system without /proc, where the mount is unknown
        return
    kind = file_system_type(path.resolve(), text)
    if kind is not None and _REMOTE.fullmatch(kind):
        raise DatabaseUnusable(
            f"The database {path} is on a network file system ({kind}), where SQLite can lose "
            "data. Put it on a disk of this machine, and copies of it wherever you like: "
            "tickiti server backup FILE"
        )


def file_system_type(path: Path, mountinfo: str) -> str | None:
    """Return the type of the file system of an absolute path, such as `ext4` or `fuse.sshfs`.

    `mountinfo` is the text of proc(5), where a later mount covers an earlier one at the same path.
    """
    found, depth = None, -1
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.partition(" ")[0]
        if len(fields) < 5 or not kind:
            continue
        point = Path(_ESCAPE.sub(lambda match: chr(int(match[1], 8)), fields[4]))
        if path.is_relative_to(point) and len(point.parts) >= depth:
            found, depth = kind, len(point.parts)
    return found
