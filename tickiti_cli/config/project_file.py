"""The project file `.tickiti.toml`: the nearest one that the user can be held to have written.

The rule of this file: a file that another user could have written chooses nothing. Anybody may put
one into a shared folder, and it counts for every folder below.
"""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tickiti_cli import locations
from tickiti_cli.credentials import MOST_BYTES, ROOT
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.layers import text_of_bytes

SUDO_UID = "SUDO_UID"
"""Set by sudo: root acts for this user, in this user's folders."""

ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG)
"""Why a folder has no project file. A folder that cannot be searched has none: nobody said so."""


class Found(NamedTuple):
    """The file in force and its text; no text where there is none."""

    path: Path
    text: str = ""


def find(environ: Mapping[str, str], start: Path | None, remark: Callable[[str], object]) -> Found:
    """The file that TICKITI_PROJECT_FILE names, else the nearest in `start` or above it that is to
    be trusted; `remark` hears of each nearer one that is not. Raises ConfigProblem."""
    if named := environ.get(locations.PROJECT_FILE_VARIABLE):
        return _named(Path(named))
    for folder in (start, *start.parents) if start else ():
        path = folder / locations.PROJECT_FILE
        try:
            status = path.lstat()
        except OSError as error:
            if error.errno not in ABSENT:
                remark(f"{path} is ignored: {error.strerror}.")
            continue
        reason, text = _text_if_trusted(path, status, environ)
        if not reason:
            return Found(path, text)
        remark(
            f"{path} is ignored: {reason}. To use it all the same: "
            f"{locations.PROJECT_FILE_VARIABLE}={path}"
        )
    return Found(Path(locations.PROJECT_FILE))


def _named(path: Path) -> Found:
    try:
        with path.open("rb") as file:
            return Found(path, text_of_bytes(path, file.read(MOST_BYTES)))
    except OSError as error:
        raise ConfigProblem(
            f"{locations.PROJECT_FILE_VARIABLE}: {path} cannot be read: {error.strerror}."
        ) from error


def _text_if_trusted(
    path: Path, link: os.stat_result, environ: Mapping[str, str]
) -> tuple[str, str]:
    """Why the file is ignored, or its text. Raises ConfigProblem where ours is not text."""
    try:
        # Without waiting: the name may be that of a pipe which nobody writes to.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if reason := _distrust(status, environ) or _distrust_owner(link, environ):
                return reason, ""
            raw = os.read(descriptor, MOST_BYTES)
        finally:
            os.close(descriptor)
    except OSError as error:
        return f"it cannot be read: {error.strerror}", ""
    return "", text_of_bytes(path, raw)


def _distrust(status: os.stat_result, environ: Mapping[str, str]) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "it is not a regular file"
    if status.st_mode & stat.S_IWOTH:
        return "everybody may write to it"
    return _distrust_owner(status, environ)


def _distrust_owner(status: os.stat_result, environ: Mapping[str, str]) -> str:
    """Root's files count for everybody: root writes the system's file as well. Under sudo those of
    the user who called it count, as for git."""
    trusted = {os.geteuid(), ROOT}
    sudo = environ.get(SUDO_UID, "")
    if os.geteuid() == ROOT and sudo.isascii() and sudo.isdecimal() and len(sudo) <= 10:
        trusted.add(int(sudo))
    return "" if status.st_uid in trusted else "it belongs to another user"
