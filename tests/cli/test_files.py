"""Commands replace regular files and write to all others."""

import json
import os
import stat
import subprocess
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tickiti_cli.contract.files import atomic_file
from tickiti_cli.contract.files.atomic_file import is_stdout, replace, target_of

DATABASE = b"SQLite format 3\0" + bytes(52) + b"TIKT" + bytes(28)
PNG = b"\x89PNG\r\n\x1a\nshoe"
Command = Callable[[str], tuple[str, ...]]

ATTACHMENT: Command = lambda out: ("attachment", "get", "7", "1", "--out", out)  # noqa: E731
OPENAPI: Command = lambda out: ("server", "openapi", "--out", out)  # noqa: E731
MINT: Command = lambda out: (  # noqa: E731
    "token", "mint", "--name", "a", "--preset", "filer", "--out", out
)  # fmt: skip
INSTALL: Command = lambda out: (  # noqa: E731
    "token", "mint", "--name", "a", "--preset", "filer", "--install", f"file:{out}"
)  # fmt: skip
EXPORT: Command = lambda out: (  # noqa: E731
    "ticket", "export", "--format", "ndjson", "--out", out
)  # fmt: skip
SECRETS = (MINT, INSTALL)
PUBLIC = (ATTACHMENT, OPENAPI)
WRITERS = (*PUBLIC, *SECRETS)
REPLACERS = (*PUBLIC, INSTALL)
ids = ["attachment", "openapi", "mint", "install"]


PRIVATE_DEVICES = """
mount -t tmpfs none /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/full c 1 7 &&
ln -s /proc/self/fd /dev/fd && ln -s /proc/self/fd/1 /dev/stdout && exec "$@"
"""


class Sheltered(Cli):
    """As root with a /dev of its own: a command that renames over a device must not break the
    machine's."""

    __slots__ = ()

    def command(self, arguments: Sequence[str]) -> list[str]:
        words = super().command(arguments)
        if os.geteuid() != 0:
            return words
        return ["unshare", "-m", "bash", "-c", PRIVATE_DEVICES, "bash", *words]


@pytest.fixture
def writer(remote: Cli, foreign: Foreign) -> Cli:
    """A server that answers every request of the commands above."""
    found = {"id": 1, "name": "a.png", "file_size": len(PNG), "sha256": sha256(PNG).hexdigest()}
    found |= {"content_base64": b64encode(PNG).decode(), "mime_type": "image/png"}
    token = {"id": 9, "token": "9|tkt_0123456789abcdefghij", "expires_at": None, "name": "a"}
    foreign.answers(
        reply({"ok": True, "data": {**found, **token, "tickets": [], "next_cursor": None}})
    )
    return Sheltered(remote.home)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def kind_of(path: Path) -> int:
    return stat.S_IFMT(path.lstat().st_mode)


def nodes(folder: Path) -> dict[str, Path]:
    """Names that are not regular files: a link to a device, and as root a device of its own."""
    folder.mkdir(exist_ok=True)
    found = {"link": folder / "link", "null": folder / "null", "full": folder / "full"}
    found["link"].symlink_to("/dev/null")
    if os.geteuid() == 0:
        os.mknod(found["null"], 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    else:
        found["null"].symlink_to("/dev/zero")
    found["full"].symlink_to("/dev/full")
    return found


@pytest.mark.parametrize("command", WRITERS, ids=ids)
def test_a_device_is_written_to_and_stays_a_device(writer: Cli, command: Command) -> None:
    found = nodes(writer.folder)
    before = {name: path.lstat() for name, path in found.items()}
    assert writer(*command("link")).code == 0
    assert writer(*command("null")).code == 0
    full = writer(*command("full"))
    assert full.code in (2, 3)
    assert "full" in full.stderr
    after = {name: path.lstat() for name, path in found.items()}
    assert {n: (s.st_ino, s.st_mode) for n, s in after.items()} == {
        n: (s.st_ino, s.st_mode) for n, s in before.items()
    }
    assert sorted(path.name for path in writer.folder.iterdir()) == ["full", "link", "null"]


@pytest.mark.parametrize("command", WRITERS, ids=ids)
def test_a_pipe_is_written_to_and_stays_a_pipe(writer: Cli, command: Command) -> None:
    fifo = writer.folder / "fifo"
    os.mkfifo(fifo)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(fifo.read_bytes()))
    reader.start()
    ran = writer(*command("fifo"))
    reader.join(30)
    assert ran.code == 0, ran.stderr
    assert len(received[0]) > 10
    assert kind_of(fifo) == stat.S_IFIFO
    assert [path.name for path in writer.folder.iterdir()] == ["fifo"]


@pytest.mark.parametrize("command", REPLACERS, ids=["attachment", "openapi", "install"])
def test_a_link_stays_and_the_file_behind_it_is_replaced(writer: Cli, command: Command) -> None:
    real = writer.folder / "real"
    real.mkdir()
    (real / "target").write_text("old")
    (real / "target").chmod(0o640)
    (writer.folder / "one").symlink_to("real/two")
    (real / "two").symlink_to("target")
    assert writer(*command("one")).code == 0
    assert kind_of(writer.folder / "one") == kind_of(real / "two") == stat.S_IFLNK
    assert (real / "target").read_bytes() != b"old"
    assert mode_of(real / "target") == (0o600 if command in SECRETS else 0o640)


@pytest.mark.parametrize("command", WRITERS, ids=ids)
def test_a_dangling_link_gets_the_file_that_it_names(writer: Cli, command: Command) -> None:
    (writer.folder / "out").symlink_to("made")
    assert writer(*command("out")).code == 0
    assert (writer.folder / "out").is_symlink()
    assert kind_of(writer.folder / "made") == stat.S_IFREG


@pytest.mark.parametrize("command", [*WRITERS, EXPORT], ids=[*ids, "export"])
def test_a_loop_a_folder_and_a_link_to_one_are_refused(writer: Cli, command: Command) -> None:
    (writer.folder / "loop").symlink_to("loop")
    (writer.folder / "folder").mkdir()
    (writer.folder / "to_folder").symlink_to("folder")
    for name in ("loop", "folder", "to_folder"):
        ran = writer(*command(name))
        assert (ran.code, ran.stdout) == (2, ""), name
        assert name in ran.stderr
    assert [*(writer.folder / "folder").iterdir()] == []
    assert (writer.folder / "loop").is_symlink()


def shell(cli: Cli, script: str, *words: str) -> Ran:
    done = subprocess.run(
        ["bash", "-c", script, "bash", *cli.command(words)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        env=cli.environ({}),
        cwd=cli.folder,
        timeout=60,
        check=False,
    )
    return Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode())


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (ATTACHMENT, "/dev/stdout"),
        (MINT, "/dev/stdout"),
        (EXPORT, "/dev/stdout"),
        (ATTACHMENT, "/dev/fd/1"),
        (MINT, "/proc/self/fd/1"),
        (OPENAPI, "-"),
    ],
)
def test_standard_output_by_any_name_gets_the_content_alone(
    writer: Cli, command: Command, name: str
) -> None:
    words = command(name)
    piped = shell(writer, '"$@" | cat', *words)
    appended = shell(writer, 'echo first; "$@"', *words)
    shared = shell(writer, '{ echo first; "$@"; echo last; } > f; cat f', *words)
    assert appended.stdout == f"first\n{piped.stdout}"
    assert shared.stdout == f"first\n{piped.stdout}last\n"
    assert name not in piped.stdout.splitlines()
    assert [path.name for path in writer.folder.iterdir()] == ["f"]
    headed = shell(writer, '"$@" | head -c 0; exit "${PIPESTATUS[0]}"', *words)
    assert headed.code in (0, 141)
    assert "No such file" not in headed.stderr


def test_another_open_descriptor_is_written_to(writer: Cli) -> None:
    script = '{ "$@" 3>&1 1>/dev/null; }'
    assert json.loads(shell(writer, script, *OPENAPI("/dev/fd/3")).stdout)["openapi"]
    script = '{ echo first >&3; "$@" >/dev/null; } 3>f; cat f'
    ran = shell(writer, script, *ATTACHMENT("/dev/fd/3"))
    assert ran.stdout.startswith("first\n")
    assert "PNG" in ran.stdout
    assert writer(*OPENAPI("/dev/fd/77")).code == 2


def test_an_export_into_a_pipe_or_a_device_is_refused_by_name(writer: Cli) -> None:
    os.mkfifo(writer.folder / "fifo")
    for name in ("fifo", "/dev/null", "/dev/fd/0"):
        ran = writer(*EXPORT(name))
        assert (ran.code, ran.stdout) == (2, "")
        assert ran.stderr.startswith(f"tickiti: --out {name}: ")


def test_a_folder_that_vanishes_is_named(writer: Cli) -> None:
    for command, code in ((ATTACHMENT, 2), (OPENAPI, 2), (EXPORT, 2)):
        ran = writer(*command("gone/file"))
        assert (ran.code, ran.stdout) == (code, "")
        assert "gone/file" in ran.stderr


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    folder = tmp_path / "tiny"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tiny: Path, writer: Cli) -> None:
    (tiny / "out").write_text("old")
    for command in PUBLIC[1:]:
        ran = writer(*command(str(tiny / "out")))
        assert (ran.code, "No space left on device" in ran.stderr) == (2, True)
    with pytest.raises(OSError, match="No space"):
        replace(tiny / "out", b"x" * 100_000, secret=True, durable=True)
    assert [path.name for path in tiny.iterdir()] == ["out"]
    assert (tiny / "out").read_text() == "old"


def test_a_new_public_file_has_the_umasks_mode_and_a_secret_0600(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        replace(tmp_path / "public", b"x")
        replace(tmp_path / "secret", b"x", secret=True)
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "public") == 0o640
    assert mode_of(tmp_path / "secret") == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_keeps_the_owner_of_a_file_except_in_a_shared_folder(
    tmp_path: Path,
) -> None:
    private, shared = tmp_path / "private", tmp_path / "shared"
    for folder in (private, shared):
        folder.mkdir()
        (folder / "file").write_text("old")
        os.chown(folder / "file", 65534, 65534)
    shared.chmod(0o1777)
    for secret in (True, False):
        for folder, owner in ((private, 65534), (shared, 0)):
            replace(folder / "file", b"new", secret=secret)
            assert (folder / "file").stat().st_uid == owner
            os.chown(folder / "file", 65534, 65534)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a link away")
def test_a_link_of_another_user_in_a_shared_folder_is_not_followed(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    os.chown(tmp_path / "link", 65534, 65534, follow_symlinks=False)
    with pytest.raises(PermissionError):
        replace(tmp_path / "link", b"new")
    assert (tmp_path / "target").read_text() == "old"


def test_writing_to_a_pipe_without_a_reader_times_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic_file, "READER_SECONDS", 0.1)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(OSError, match="fifo"):
        replace(tmp_path / "fifo", b"x")


def test_names_that_resemble_descriptors_are_files(tmp_path: Path) -> None:
    replace(tmp_path / "1", b"x")
    assert (tmp_path / "1").read_bytes() == b"x"
    assert not is_stdout(str(tmp_path / "1"))
    assert not is_stdout("1")
    assert not is_stdout("a\0b")
    with pytest.raises(OSError, match="Is a directory"):
        target_of(tmp_path)


def test_a_port_file_may_be_a_link_or_a_device_and_stays_one(run: Cli) -> None:
    cli, database = Sheltered(run.home), run.folder / "tickiti.db"
    link = run.folder / "link"
    link.symlink_to("port")
    nodes(run.folder / "nodes")
    start = ("server", "start", "--port", "0", "--detach", "--db", str(database), "--port-file")
    for name in ("link", "nodes/null", "nodes/link"):
        before = (run.folder / name).lstat()
        try:
            ran = cli(*start, name)
            assert ran.code == 0, ran
        finally:
            assert cli("server", "stop", "--db", str(database)).code == 0
        after = (run.folder / name).lstat()
        assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)
    assert int((run.folder / "port").read_text()) > 0
    os.mkfifo(run.folder / "fifo")
    for name in ("fifo", "nodes", "nowhere/port"):
        ran = cli(*start, name)
        assert ran.code == 2
        assert f"--port-file {name}: cannot write a file there." in ran.stderr


def test_a_backup_follows_a_link_and_overwrites_nothing_else(run: Cli) -> None:
    cli, database = Sheltered(run.home), run.folder / "tickiti.db"
    start = ("server", "start", "--port", "0", "--detach", "--db", str(database))
    assert cli(*start).code == 0
    assert cli("server", "stop", "--db", str(database)).code == 0
    (run.folder / "link").symlink_to("made.db")
    ran = cli("server", "backup", "link", "--db", str(database))
    assert ran.code == 0, ran
    assert (run.folder / "link").is_symlink()
    assert (run.folder / "made.db").stat().st_size > 1000
    os.mkfifo(run.folder / "fifo")
    for name in ("/dev/null", "/dev/stdout", "fifo", "link"):
        assert cli("server", "backup", name, "--db", str(database)).code == 2


@pytest.mark.parametrize("command", [*WRITERS, EXPORT], ids=[*ids, "export"])
@pytest.mark.parametrize("name", ["tickiti.db", "tickiti.db-wal", "tickiti.db.lock", "link",
                                  "config/config.toml", ".tickiti.toml"])  # fmt: skip
def test_no_output_replaces_a_database_or_the_configuration(
    writer: Cli, command: Command, name: str
) -> None:
    folder = writer.folder
    (folder / "tickiti.db").write_bytes(DATABASE)
    for side in ("tickiti.db-wal", "tickiti.db.lock", ".tickiti.toml"):
        (folder / side).write_bytes(b"# kept")
    (folder / "link").symlink_to("tickiti.db")
    path = str(writer.config / "config.toml") if "/" in name else name
    before = Path(folder / path).read_bytes()
    ran = writer(*command(path))
    assert (ran.code, ran.stdout) == (2, "")
    assert path in ran.stderr.splitlines()[0]
    assert Path(folder / path).read_bytes() == before


def test_a_database_of_another_program_is_a_file_like_any_other(writer: Cli) -> None:
    (writer.folder / "shop.db").write_bytes(DATABASE.replace(b"TIKT", b"SHOP"))
    assert writer(*ATTACHMENT("shop.db")).code == 0
    assert (writer.folder / "shop.db").read_bytes() == PNG
