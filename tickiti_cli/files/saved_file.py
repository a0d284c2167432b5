"""Saves a file as it is and restores it to the byte, for a change that may have to be undone."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tickiti_cli.errors import ConfigProblem


class SavedFile(NamedTuple):
    """The state of a path: bytes, mode and owner of a file, the target of a link, or no file."""

    path: Path
    content: bytes | None = None
    link: str | None = None
    mode: int = 0
    owner: tuple[int, int] = (-1, -1)

    def __repr__(self) -> str:
        """Leaves the content out, because it may be a secret."""
        return f"SavedFile(path={self.path!r})"

    @classmethod
    def of(cls, path: Path) -> "SavedFile":
        """Reads the state of a path. Raises ConfigProblem."""
        try:
            if path.is_symlink():
                return cls(path, link=str(path.readlink()))
            if not os.path.lexists(path):
                return cls(path)
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):  # a device or a pipe cannot be rewound
                return cls(path)
            mode, owner = stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid)
            return cls(path, content=path.read_bytes(), mode=mode, owner=owner)
        except OSError as error:
            raise ConfigProblem(f"{path} cannot be read: {error.strerror}.") from error

    def restore(self) -> None:
        """Restores the saved file, or its absence, by an atomic rename. Raises ConfigProblem."""
        try:
            if SavedFile.of(self.path) == self:
                return
            if self.content is None and self.link is None:
                _remove_regular(self.path)
                return
            parent = self.path.parent
            with tempfile.TemporaryDirectory(prefix=f".{self.path.name}.", dir=parent) as folder:
                made = Path(folder) / "saved"
                self._make_at(made)
                made.replace(self.path)
        except OSError as error:
            raise ConfigProblem(f"{self.path} cannot be written: {error.strerror}.") from error

    def _make_at(self, made: Path) -> None:
        if self.content is None:
            made.symlink_to(str(self.link))
            return
        made.touch(mode=0o600)
        made.write_bytes(self.content)
        with suppress(PermissionError):  # only root may give a file to another group or user
            os.chown(made, *self.owner)
        made.chmod(self.mode)


def _remove_regular(path: Path) -> None:
    with suppress(FileNotFoundError):
        if stat.S_ISREG(path.lstat().st_mode):
            path.unlink()
