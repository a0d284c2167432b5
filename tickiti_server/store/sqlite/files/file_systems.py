"""Which file system a database lies on; those of other machines are refused.

The rule of this file: a kind is named only where locks or shared memory are known not to hold as
SQLite's write-ahead log needs them (sqlite.org/wal.html, its disadvantages). A path whose mount
cannot be found out is let through.
"""

import re
from pathlib import Path

from tickiti_server.store.database import DatabaseUnusable

MOUNTS = Path("/proc/self/mountinfo")

_REMOTE = re.compile(
    r"nfs4?|cifs|smb3|smbfs|9p|afs|ceph|ncpfs|coda|davfs|lustre|beegfs|vboxsf"
    r"|fuse\.(sshfs|glusterfs|ceph(-fuse)?|davfs2?|curlftpfs|smbnetfs|rclone|s3fs|goofys|gcsfuse"
    r"|blobfuse2?|mount-s3|juicefs)"
)
_ESCAPE = re.compile(r"\\([0-7]{3})")


def refuse_remote(path: Path, mounts: Path = MOUNTS) -> None:
    """Raise DatabaseUnusable where `path` lies on a network file system."""
    try:
        text = mounts.read_text("utf-8", "surrogateescape")
    except OSError:  # a system without /proc: it cannot be found out
        return
    kind = kind_of(path.resolve(), text)
    if kind is not None and _REMOTE.fullmatch(kind):
        raise DatabaseUnusable(
            f"The database {path} lies on a network file system ({kind}), where SQLite can lose "
            "data. Put it on a disk of this machine, and copies of it wherever you like: "
            "tickiti server backup FILE"
        )


def kind_of(path: Path, mountinfo: str) -> str | None:
    """The type of the file system that holds the absolute `path`, such as `ext4` or `fuse.sshfs`.

    `mountinfo` is the text that proc(5) describes: a mount that stands later covers an earlier one
    at the same place.
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
