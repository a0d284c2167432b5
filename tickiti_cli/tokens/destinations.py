"""The places of --install and --out: files and profiles, written atomically with mode 0600.

Rule: a place that cannot be written is refused before a token exists, and every place that is
changed can be restored. What another run has installed since is never undone.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tickiti_cli.config.resolution import Config
from tickiti_cli.contract.token_format import split_token
from tickiti_cli.credentials.token_store import Store, store_of
from tickiti_cli.errors import ConfigProblem, UsageProblem
from tickiti_cli.files.atomic_write import Target, target_of, write_private
from tickiti_cli.files.lock import folder_locked
from tickiti_cli.files.own_files import refuse_own
from tickiti_cli.files.saved_file import SavedFile

if TYPE_CHECKING:
    from tickiti_cli.runtime import Runtime


class Destination(Protocol):
    def install(self, minted: Mapping[str, Any]) -> None:
        """Write the token. `minted` is a token row with its `token`. Raises ConfigProblem."""
        ...

    def restorer(self, minted: Mapping[str, Any]) -> Callable[[], object]:
        """Return a function that restores the present content, unless the place has a token of
        another run by then. Both raise ConfigProblem."""
        ...


@dataclass(frozen=True, slots=True)
class FileDestination:
    path: Path

    def __str__(self) -> str:
        return f"file:{self.path}"

    def install(self, minted: Mapping[str, Any]) -> None:
        write_private(self.path, f"{minted['token']}\n")

    def restorer(self, minted: Mapping[str, Any]) -> Callable[[], object]:
        saved = SavedFile.of(self.path)

        def restore() -> None:
            if not _is_other(_text_of(self.path), minted):
                saved.restore()

        return restore


@dataclass(frozen=True, slots=True)
class NewFileDestination(FileDestination):
    """The file of --out. One that has content is never replaced: a token cannot be shown again, and
    two runs may have named one file. `given` is the name as the user wrote it."""

    given: str

    def install(self, minted: Mapping[str, Any]) -> None:
        if not self._target.is_replaced:  # a device or a pipe loses nothing
            FileDestination.install(self, minted)
            return
        with folder_locked(self.path):
            self.refuse_filled()
            FileDestination.install(self, minted)

    def refuse_filled(self) -> None:
        """Raise UsageProblem for a file that has content."""
        status = self._target.status
        if self._target.is_replaced and status is not None and status.st_size:
            raise UsageProblem(
                f"--out {self.given}: the file exists and is not empty.",
                hint=f"Name a new file, or replace its content with --install file:{self.given}",
            )

    @property
    def _target(self) -> Target:
        return target_of(self.path.absolute())


@dataclass(frozen=True, slots=True)
class ProfileDestination:
    """A profile. The replaced token stays as `previous` until the new one is confirmed."""

    name: str
    config: Config

    def __str__(self) -> str:
        return f"profile:{self.name}"

    def install(self, minted: Mapping[str, Any]) -> None:
        new = {"token": minted["token"], "token_id": minted["id"]}
        new |= {"expires_at": minted["expires_at"]} if minted.get("expires_at") else {}
        with self.config.locked():
            if self.name not in self.config.profiles:  # nobody would find the token there
                raise ConfigProblem(f"Profile '{self.name}' was removed or renamed meanwhile.")
            store = self.config.token_store(self.name)
            old = store.token
            store.keep(new | ({"previous": old} if old else {}))

    def restorer(self, minted: Mapping[str, Any]) -> Callable[[], object]:
        store = self.config.token_store(self.name)
        old, put_back = store.token, store.restorer()

        def restore() -> None:
            now = store.token
            if now == old or not _is_other(now or "", minted):
                put_back()

        return restore


def destinations(texts: Iterable[str], config: Config) -> list[Destination]:
    """Parse the values of --install, each once.

    Raises UsageProblem for a place that is missing or cannot be written, and ConfigProblem for
    credentials with unsafe permissions.
    """
    return list(dict.fromkeys(destination(text, config) for text in texts))


def new_file(given: str) -> NewFileDestination:
    """Return the place of --out. Raises UsageProblem for a file that has content or that cannot be
    written."""
    place = NewFileDestination(file_at(Path(given), where=f"--out {given}").path, given)
    place.refuse_filled()
    return place


def destination(text: str, config: Config) -> Destination:
    kind, _, value = text.partition(":")
    if kind == "file" and value:
        return file_at(Path(value), where=f"--install {text}")
    if kind == "profile" and value:
        return _profile(value, config, text)
    raise UsageProblem(f"--install: '{text}' is neither file:PATH nor profile:NAME.")


def report(
    runtime: "Runtime",
    minted: Mapping[str, Any],
    places: Sequence[str],
    *,
    said: str,
    is_silent: bool = False,
) -> None:
    """Show the token on stdout; without its secret where it was installed somewhere. With
    `is_silent` stdout stays empty, but for JSON."""
    if not places and not runtime.output.is_json:
        runtime.output.remark(f"{said} This is the only time it is shown:")
        runtime.output.text(minted["token"])
        return
    shown = {name: value for name, value in minted.items() if name != "token" or not places}
    where = f" It is in {', '.join(places)}." if places else ""
    if is_silent and not runtime.output.is_json:
        runtime.output.remark(said + where)
        return
    runtime.output.done(shown, said=said + where, plain=minted["id"])


def _profile(name: str, config: Config, text: str) -> ProfileDestination:
    if name not in config.profiles:
        raise UsageProblem(f"--install {text}: there is no profile '{name}'.")
    if store_of(config.profiles[name]) is Store.COMMAND:
        raise UsageProblem(
            f"--install {text}: the token of that profile comes from a command.",
            hint="Put the token where that command reads it: --install file:PATH or --hook CMD.",
        )
    config.credentials.find(name)
    return ProfileDestination(name, config)


def _is_other(text: str, minted: Mapping[str, Any]) -> bool:
    """True for a token that is not the minted one."""
    return split_token(text) is not None and text != minted["token"]


def _text_of(path: Path) -> str:
    """Return the text of a regular file; empty for anything else."""
    return (SavedFile.of(path).content or b"").decode("ascii", "replace").strip()


def file_at(path: Path, *, where: str) -> FileDestination:
    """Resolve links to the file itself. `where` is the flag and its value. Raises UsageProblem
    where the file cannot be written."""
    try:
        target = target_of(path.absolute())
        refuse_own(target, where)
        if target.is_replaced:
            folder = next(folder for folder in target.path.parents if os.path.lexists(folder))
            is_open = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
        else:
            is_open = target.descriptor is not None or os.access(target.path, os.W_OK)
    except OSError as error:
        raise UsageProblem(f"{where}: cannot write a file there: {error.strerror}.") from error
    if not is_open:
        raise UsageProblem(f"{where}: cannot write a file there.")
    return FileDestination(target.path if path.is_symlink() and target.is_replaced else path)
