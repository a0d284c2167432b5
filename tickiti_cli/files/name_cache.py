"""The names that TAB offers: queues, templates and the like, as the last list has shown them.

A folder for each profile, or for each address that no profile names, has a file for each kind with
a name on each line. The completion scripts read these files, so that TAB starts no program.

Rule: a cache never makes a command fail. Only names are stored, and none that a shell could take
for more than text of one line.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from tickiti_cli.contract.files.file_system import is_folder
from tickiti_cli.control_characters import CONTROL
from tickiti_cli.errors import TickitiError
from tickiti_cli.files.atomic_write import write_private
from tickiti_cli.files.lock import folder_locked

MOST_NAMES = 1000
MOST_CHARACTERS = 255
"""The most characters of one name: as many as the contract allows."""

MOST_FOLDERS = 50
"""The folder used least recently leaves, because an address without a profile is never removed."""

MOST_BYTES_OF_FOLDER = 255
SERVER = ".server"
"""The file with the address that the names of a folder came from."""


class NameCache:
    """The names of one server."""

    def __init__(self, root: Path, base_url: str, profile: str | None) -> None:
        self._root = root
        self._base_url = base_url
        self._folder = folder_of(root, base_url, profile)

    def keep(self, kind: str, names: Iterable[object]) -> None:
        """Replaces the names of a kind by those of a whole list."""
        self._change(kind, lambda _: names, is_begun=True)

    def add(self, kind: str, name: object) -> None:
        """Adds a name to a list that is kept. One alone would pass for the whole list."""
        self._change(kind, lambda known: [*known, name])

    def change(self, kind: str, old: object, new: object) -> None:
        """`new` is None or empty where the name stays."""
        if new and new != old:
            self.add(kind, new)
            self.drop(kind, old)

    def drop(self, kind: str, name: object) -> None:
        self._change(kind, lambda known: [one for one in known if one != name])

    def _change(
        self,
        kind: str,
        change: Callable[[list[str]], Iterable[object]],
        *,
        is_begun: bool = False,
    ) -> None:
        path = self._folder / kind
        with suppress(OSError, ValueError, TickitiError):
            if len(self._folder.name.encode()) > MOST_BYTES_OF_FOLDER:
                return
            if not is_begun and not (self._is_current() and path.is_file()):
                return
            with folder_locked(path):
                if not self._is_current():
                    self._begin()
                known = _text_of(path)
                wanted = "".join(f"{name}\n" for name in offered(change(known.splitlines())))
                if wanted != known or not path.is_file():
                    write_private(path, wanted, is_durable=False)

    def _is_current(self) -> bool:
        """False where another server had the profile's name when the names were kept."""
        return _text_of(self._folder / SERVER) == f"{self._base_url}\n"

    def _begin(self) -> None:
        forget_folder(self._folder, with_folder=False)
        write_private(self._folder / SERVER, f"{self._base_url}\n", is_durable=False)
        folders = sorted(self._root.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in folders[MOST_FOLDERS:]:
            forget_folder(old)


def folder_of(root: Path, base_url: str, profile: str | None) -> Path:
    """Returns the folder of a profile's names, or of those of an address. A slash or a percent sign
    is written as in a URL: a shell does that by itself."""
    text = f"profile-{profile}" if profile is not None else f"server-{base_url}"
    return root / text.replace("%", "%25").replace("/", "%2F")


def offered(names: Iterable[object]) -> list[str]:
    """Returns the names in order, each once, without those that are not text on one line."""
    return sorted({name for name in names if isinstance(name, str) and _is_plain(name)})[
        :MOST_NAMES
    ]


def forget(root: Path, profile: str) -> None:
    """Removes the names of a profile."""
    with suppress(OSError, ValueError):
        forget_folder(folder_of(root, "", profile))


def move(root: Path, profile: str, new: str) -> None:
    """Gives the names of a profile to the profile's new name."""
    forget(root, new)
    with suppress(OSError, ValueError):
        folder_of(root, "", profile).rename(folder_of(root, "", new))


def forget_folder(folder: Path, *, with_folder: bool = True) -> None:
    """Removes the files of a folder of names, which has no folders. Raises OSError."""
    if not is_folder(folder) or folder.is_symlink():
        return
    for path in folder.iterdir():
        path.unlink()
    if with_folder:
        folder.rmdir()


def _is_plain(name: str) -> bool:
    """False for what a file cannot hold, and for a name that would be taken for a flag."""
    is_text = bool(name.strip()) and name.encode("utf-8", "ignore").decode() == name
    is_line = len(name) <= MOST_CHARACTERS and not CONTROL.search(name)
    return is_text and is_line and not name.startswith("-")


def _text_of(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text("utf-8")
    return ""
