"""Where a new token is put: `file:PATH` or `profile:NAME`, atomically and for its owner alone.

The rule of this file: what can be known to fail is refused before a token exists, and what is
replaced can be put back as it was.
"""

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tickiti_cli.config import Config
from tickiti_cli.contract.replacing import target_of
from tickiti_cli.credentials import write_private
from tickiti_cli.errors import ConfigProblem, UsageProblem
from tickiti_cli.stores import Store, store_of

if TYPE_CHECKING:
    from tickiti_cli.runtime import Runtime


class Destination(Protocol):
    def install(self, minted: Mapping[str, Any]) -> None:
        """Put the token there. `minted` is a token row with its `token`. Raises ConfigProblem."""
        ...

    def restorer(self) -> Callable[[], object]:
        """What puts back what is there now, to the byte. Raises ConfigProblem, as it does."""
        ...


@dataclass(frozen=True, slots=True)
class FileDestination:
    path: Path

    def __str__(self) -> str:
        return f"file:{self.path}"

    def install(self, minted: Mapping[str, Any]) -> None:
        write_private(self.path, f"{minted['token']}\n")

    def restorer(self) -> Callable[[], object]:
        return partial(_put_back, self.path, _Kept.of(self.path))


@dataclass(frozen=True, slots=True)
class ProfileDestination:
    """Keeps the token it replaces as `previous`, until the new one is confirmed or replaced."""

    name: str
    config: Config

    def __str__(self) -> str:
        return f"profile:{self.name}"

    def install(self, minted: Mapping[str, Any]) -> None:
        new = {"token": minted["token"], "token_id": minted["id"]}
        new |= {"expires_at": minted["expires_at"]} if minted.get("expires_at") else {}
        with self.config.alone():
            store = self.config.token_store(self.name)
            old = store.token
            store.keep(new | ({"previous": old} if old else {}))

    def restorer(self) -> Callable[[], object]:
        return self.config.token_store(self.name).restorer()


def destinations(texts: Iterable[str], config: Config) -> list[Destination]:
    """What --install names, each once. Raises UsageProblem for what is not there or cannot be
    written, ConfigProblem for credentials that are not safe."""
    return list(dict.fromkeys(destination(text, config) for text in texts))


def destination(text: str, config: Config) -> Destination:
    kind, _, value = text.partition(":")
    if kind == "file" and value:
        return _file(Path(value))
    if kind == "profile" and value:
        return _profile(value, config, text)
    raise UsageProblem(f"--install: '{text}' is neither file:PATH nor profile:NAME.")


def report(
    runtime: "Runtime", minted: Mapping[str, Any], places: Sequence[str], *, said: str
) -> None:
    """The token alone on stdout, or nothing secret at all where it was put somewhere."""
    if not places and not runtime.output.is_json:
        runtime.output.remark(f"{said} This is the only time it is shown:")
        runtime.output.text(minted["token"])
        return
    shown = {name: value for name, value in minted.items() if name != "token" or not places}
    where = f" It is in {', '.join(places)}." if places else ""
    runtime.output.done(shown, said=said + where, plain=minted["id"])


def _profile(name: str, config: Config, text: str) -> ProfileDestination:
    if name not in config.profiles:
        raise UsageProblem(f"--install {text}: there is no profile '{name}'.")
    if store_of(config.profiles[name]) is Store.COMMAND:
        raise UsageProblem(
            f"--install {text}: the token of that profile comes from a command.",
            hint="Install it where the command finds it, with --install file:PATH or --hook CMD.",
        )
    config.credentials.find(name)
    return ProfileDestination(name, config)


def _file(path: Path) -> FileDestination:
    """The file behind the links that lead to it. Raises UsageProblem where none can be written."""
    try:
        target = target_of(path.absolute())
        if target.is_replaced:
            folder = next(folder for folder in target.path.parents if os.path.lexists(folder))
            is_open = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
        else:
            is_open = target.descriptor is not None or os.access(target.path, os.W_OK)
    except OSError as error:
        raise UsageProblem(f"{path}: no file can be written there: {error.strerror}.") from error
    if not is_open:
        raise UsageProblem(f"{path}: no file can be written there.")
    return FileDestination(target.path if path.is_symlink() and target.is_replaced else path)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file was: its bytes, mode and owner; the target of a link; or nothing at all."""

    content: bytes | None = field(default=None, repr=False)
    link: str | None = None
    mode: int = 0
    owner: tuple[int, int] = (-1, -1)

    @classmethod
    def of(cls, path: Path) -> "_Kept":
        """Raises ConfigProblem."""
        try:
            if path.is_symlink():
                return cls(link=str(path.readlink()))
            if not os.path.lexists(path):
                return cls()
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):  # what a device or a pipe got cannot be taken back
                return cls()
            mode, owner = stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid)
            return cls(content=path.read_bytes(), mode=mode, owner=owner)
        except OSError as error:
            raise ConfigProblem(f"{path} cannot be read: {error.strerror}.") from error


def _put_back(path: Path, kept: _Kept) -> None:
    """Raises ConfigProblem."""
    try:
        if _Kept.of(path) == kept:
            return
        if kept.content is None and kept.link is None:
            _remove_regular(path)
            return
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
            made = Path(folder) / "kept"
            if kept.content is None:
                made.symlink_to(str(kept.link))
            else:
                made.touch(mode=0o600)
                made.write_bytes(kept.content)
                with suppress(PermissionError):  # a group that is not ours to give
                    os.chown(made, *kept.owner)
                made.chmod(kept.mode)
            made.replace(path)
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be written: {error.strerror}.") from error


def _remove_regular(path: Path) -> None:
    with suppress(FileNotFoundError):
        if stat.S_ISREG(path.lstat().st_mode):
            path.unlink()
