"""What a disk may hold after a power cut, made from the system calls of a server that had none.

The rule of this file: what was written before a sync that has ended is there; of everything later
each write, and each sector of a write, is there or not, as chance has it. A reply counts from the
moment in which it is handed to the network.
"""

import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.support.faults.processes import await_port
from tests.support.place import Place
from tests.support.waiting import wait_until
from tickiti_server.prepare import prepare

SECTOR = 512
CALLS = "pwrite64,fdatasync,fsync,ftruncate,unlink,write,writev,sendto,sendmsg"
LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(\(| resumed>)(.*)", re.DOTALL)
PATH = re.compile(r'^(?:\d+<|")((?:\\x[0-9a-f]{2})+)')
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
NUMBERS = re.compile(rb'"ticket_number":(\d+)')


class Change(NamedTuple):
    """Bytes at an offset; or, without bytes, a file that is cut to that length."""

    file: str
    offset: int
    data: bytes | None


class Synced(NamedTuple):
    """A sync that has ended: what came before the moment `began` is on the disk."""

    file: str
    began: int


class Told(NamedTuple):
    """Tickets of which a client was told."""

    numbers: tuple[int, ...]


Event = Change | Synced | Told


class RecordedPlace(Place):
    """A Place whose server runs under strace, beside which it leaves a record of its calls."""

    process: subprocess.Popen[bytes]

    @property
    def token(self) -> str:
        return self._token

    @property
    def record(self) -> Path:
        return self.folder / "record"

    def prepare(self) -> None:
        self._token = prepare(self.database, demo=False, known_token=None).token or ""

    def begin(self, package: Path | None = None) -> None:
        port_file = self.folder / "port"
        # -D: the server stays our own child, so that it can be told to end.
        trace = ["strace", "-D", "-f", "-y", "-xx", "-s", "300000", "-e", f"trace={CALLS}"]
        if package is not None:
            self.environment["PYTHONPATH"] = str(package)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            words = ["--db", str(self.database), "--port-file", str(port_file), "--socket-fd"]
            with (self.folder / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    [*trace, "-o", str(self.record), sys.executable, "-m", "tickiti_server",
                     "serve", *words, str(listener.fileno())],
                    pass_fds=(listener.fileno(),), stdout=log, stderr=log, cwd=self.folder,
                    env=self.environment,
                )  # fmt: skip
        self.port = await_port(port_file, lambda: self.process.poll() is None)

    def end(self) -> int:
        """How it ended, once its record is whole."""
        self.process.terminate()
        code = self.process.wait(timeout=60)
        ended = re.compile(rf"^{self.process.pid} +\+\+\+ exited", re.MULTILINE)
        wait_until(lambda: ended.search(self.record.read_text()))
        return code


def events(record: Path) -> list[Event]:
    """What happened to the files and was told to clients, in order."""
    found: list[Event] = []
    syncs: dict[str, Synced] = {}
    for line in record.read_text().splitlines():
        match = LINE.match(line)
        if match is None:
            continue
        thread, call, how, rest = match.groups()
        if how == "(":
            found += _begun(call, rest)
            if call in ("fdatasync", "fsync"):
                syncs[thread] = Synced(_file(rest), len(found))
        if call in ("fdatasync", "fsync") and rest.endswith("= 0"):
            found.append(syncs.pop(thread))
    return found


def _begun(call: str, rest: str) -> Iterator[Event]:
    if call == "pwrite64":
        offset = int(rest.partition('", ')[2].split(",")[1].split(")")[0].split("<")[0])
        yield Change(_file(rest), offset, _bytes(rest))
    elif call == "ftruncate":
        yield Change(_file(rest), int(rest.partition(">, ")[2].split(")")[0].split("<")[0]), None)
    elif call == "unlink":
        yield Change(_file(rest), 0, None)
    elif call not in ("fdatasync", "fsync"):
        said = _bytes(rest)
        if said.startswith(b"HTTP/1.1 200 ") and (numbers := NUMBERS.findall(said)):
            yield Told(tuple(int(number) for number in numbers))


def _file(rest: str) -> str:
    match = PATH.match(rest)
    return Path(_plain(match[1]).decode()).name if match else ""


def _bytes(rest: str) -> bytes:
    return b"".join(_plain(text) for text in TEXT.findall(rest))


def _plain(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


@dataclass(slots=True)
class Disk:
    """The files at one moment: what is surely there, and the changes that may be."""

    files: dict[str, bytearray]
    pending: dict[str, list[tuple[int, Change]]] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)

    def see(self, index: int, event: Event) -> None:
        match event:
            case Told(numbers):
                self.told |= set(numbers)
            case Synced(file, began):
                waiting = self.pending.pop(file, [])
                for at, change in waiting:
                    if at < began:
                        _apply(self.files[file], change)
                self.pending[file] = [(at, change) for at, change in waiting if at >= began]
            case Change(file):
                if file in self.files:
                    self.pending.setdefault(file, []).append((index, event))

    def image(self, folder: Path, chance: random.Random) -> None:
        """What may be found there after a cut at this moment."""
        for name, whole in self.files.items():
            content = bytearray(whole)
            for _, change in self.pending.get(name, []):
                for part in _survivors(change, chance):
                    _apply(content, part)
            (folder / name).write_bytes(content)


def _survivors(change: Change, chance: random.Random) -> Iterator[Change]:
    fate = chance.random()
    if fate < 0.5:
        yield change
    elif fate < 0.75 and change.data is not None:
        for begin in range(0, len(change.data), SECTOR):
            if chance.random() < 0.5:
                part = change.data[begin : begin + SECTOR]
                yield Change(change.file, change.offset + begin, part)


def _apply(content: bytearray, change: Change) -> None:
    if change.data is None:
        del content[change.offset :]
        return
    missing = change.offset - len(content)
    if missing > 0:
        content.extend(bytes(missing))
    content[change.offset : change.offset + len(change.data)] = change.data


def cuts(
    disk: Disk, seen: list[Event], count: int, chance: random.Random, check: Callable[[], None]
) -> None:
    """Cut the power `count` times at moments that chance chooses; `check` looks at each."""
    moments = sorted(chance.randrange(len(seen) + 1) for _ in range(count))
    passed = 0
    for moment in moments:
        while passed < moment:
            disk.see(passed, seen[passed])
            passed += 1
        check()
