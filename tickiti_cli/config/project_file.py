"""Finds the project file `.tickiti.toml`: the nearest one that the user can have written.

Rule: a file that another user could have written is ignored, because anybody may put one into a
shared folder, where the file would count for every folder below.
"""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from tickiti_cli import paths
from tickiti_cli.config.layers import (
    PROFILE_MEMBERS,
    PROJECT_MEMBERS,
    USER_MEMBERS,
    Layer,
    text_of_bytes,
)
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.files.private_file import MOST_BYTES, ROOT, advising, read_config_file
from tickiti_cli.files.toml_text import parsed

SUDO_UID = "SUDO_UID"
"""Set by sudo to the user that root acts for."""

ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP, errno.ENAMETOOLONG)
"""Errors of a folder without a project file. A folder that may not be searched counts as one, and
causes no remark."""


HINT = "Correct this project file or remove it."


class Found(NamedTuple):
    """The project file in force and its text; an empty text without a file."""

    path: Path
    text: str = ""


def find(environ: Mapping[str, str], start: Path | None, remark: Callable[[str], object]) -> Found:
    """Returns the file of TICKITI_PROJECT_FILE, else the nearest trusted file in `start` or above.
    `remark` is called for each nearer file that is not trusted. Raises ConfigProblem."""
    if named := environ.get(paths.PROJECT_FILE_VARIABLE):
        return _named(Path(named))
    for folder in (start, *start.parents) if start else ():
        path = folder / paths.PROJECT_FILE
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
            f"{path} is ignored: {reason}. To use it anyway: {paths.PROJECT_FILE_VARIABLE}={path}"
        )
    return Found(Path(paths.PROJECT_FILE))


def layer(found: Found, remark: Callable[[str], object]) -> Layer:
    """Returns the checked members of the file. Members that only the user's own file may have are
    ignored with a remark, because a project file comes with somebody's checkout.

    Raises ConfigProblem, also for a name that no file may have.
    """
    with advising(HINT):
        whole = parsed(found.path, found.text)
    defaults = whole.get("defaults", {})
    inner = _not_for_projects(defaults) if isinstance(defaults, Mapping) else []
    outer = _not_for_projects(whole)
    outer += [name for name in ("confirm_writes",) if whole.get(name) is False]
    if outer or inner:
        names = [*outer, *(f"defaults.{name}" for name in inner)]
        verb = "is" if len(names) == 1 else "are"
        remark(
            f"{found.path}: {', '.join(names)} {verb} ignored: a project file may only have "
            "profile, defaults and confirm_writes = true."
        )
    kept = {name: value for name, value in whole.items() if name not in outer}
    if inner:
        kept["defaults"] = {name: defaults[name] for name in defaults if name not in inner}
    asks = kept.get("confirm_writes", False)
    layer = Layer(found.path, kept, found.text, HINT).checked(PROJECT_MEMBERS)
    if not isinstance(asks, bool):
        raise layer.problem("confirm_writes must be true or false.", "confirm_writes")
    return layer


def _not_for_projects(table: Mapping[str, object]) -> list[str]:
    known = (USER_MEMBERS.keys() | PROFILE_MEMBERS.keys()) - PROJECT_MEMBERS.keys()
    return [name for name in table if name in known]


def _named(path: Path) -> Found:
    try:
        return Found(path, text_of_bytes(path, read_config_file(path)))
    except OSError as error:
        raise ConfigProblem(
            f"{paths.PROJECT_FILE_VARIABLE}: {path} cannot be read: {error.strerror}."
        ) from error


def _text_if_trusted(
    path: Path, link: os.stat_result, environ: Mapping[str, str]
) -> tuple[str, str]:
    """Returns the reason to ignore the file, or its text. Raises ConfigProblem for a trusted file
    that is not text."""
    try:
        # Without blocking, because the name may be that of a pipe without a writer.
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
        return "it is writable by everyone"
    return _distrust_owner(status, environ)


def _distrust_owner(status: os.stat_result, environ: Mapping[str, str]) -> str:
    """Returns the reason to distrust the owner. Root is trusted, because root writes the system
    file; under sudo the calling user is trusted too, as git does."""
    trusted = {os.geteuid(), ROOT}
    sudo = environ.get(SUDO_UID, "")
    if os.geteuid() == ROOT and sudo.isascii() and sudo.isdecimal() and len(sudo) <= 10:
        trusted.add(int(sudo))
    return "" if status.st_uid in trusted else "it belongs to another user"
