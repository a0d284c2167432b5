"""Images from the command line into a ticket and back: `--attach`, `attachment get`."""

import json
import os
import shlex
import subprocess
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply

PNG, GIF = b"\x89PNG\r\n\x1a\nshoe", b"GIF89a\x00\xff\n"
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "Cracked")


@pytest.fixture
def pictured(local: Cli) -> Cli:
    """With two images in the folder where the command is typed."""
    (local.folder / "sole.png").write_bytes(PNG)
    (local.folder / "a=b.gif").write_bytes(GIF)
    return local


def attachments(run: Cli, number: str) -> list[Any]:
    said = json.loads(run("response", "list", number, "--json").stdout)
    return [attachment for response in said for attachment in response["attachments"]]


def test_an_image_goes_into_a_ticket_and_comes_back_byte_for_byte(pictured: Cli) -> None:
    made = pictured(*CREATE, "-b", "Look:", "--attach", "sole.png=left.png", "--attach", "a=b.gif")
    number = made.stdout.strip()
    assert (made.code, made.stderr) == (0, "")
    answer = ("ticket", "respond", number, "--from", "b@b.example", "--attach", "sole.png")
    assert pictured(*answer).code == 0
    found = attachments(pictured, number)
    assert [row["name"] for row in found] == ["left.png", "a=b.gif", "sole.png"]
    said = json.loads(pictured("response", "list", number, "--json").stdout)
    html = f'Look:<br><img src="cid:{found[0]["sha256"]}" alt="left.png">'
    assert said[0]["html"] == f'{html}<br><img src="cid:{found[1]["sha256"]}" alt="a=b.gif">'
    get = ("attachment", "get", number)
    assert pictured(*get, found[0]["id"]) == Ran(0, "left.png\n", "")
    assert (pictured.folder / "left.png").read_bytes() == PNG
    assert (pictured.folder / "left.png").stat().st_mode & 0o777 == 0o666 & ~umask()
    ran = pictured(*get, found[1]["id"], "--out", "left.png", "--accept-review", "--json")
    assert json.loads(ran.stdout) == {
        **found[1], "response_id": said[0]["id"], "path": "left.png"
    }  # fmt: skip
    assert (pictured.folder / "left.png").read_bytes() == GIF
    ran = pictured(*get, found[0]["id"])
    assert ran == Ran(2, "", "tickiti: left.png already exists: choose a name with --out FILE.\n")
    ran = pictured(*get, "--all")
    assert ran.stderr.endswith(" already exists: choose an empty directory with --out DIR.\n")
    assert sorted(path.name for path in pictured.folder.iterdir()) == [
        "a=b.gif", "left.png", "sole.png"
    ]  # fmt: skip


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_attachment_bytes_go_to_a_pipe_but_not_to_a_terminal(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": shown()}))
    line = f"{shlex.join(remote.command(()))} attachment get 7 1 --out - > got.png"
    done = subprocess.run(
        ["/bin/sh", "-c", line], env=remote.environ({}), cwd=remote.folder, check=False,
        capture_output=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert (remote.folder / "got.png").read_bytes() == PNG
    assert json.loads(foreign.asked[0].body) == {"ticket_number": 7, "response_attachment_id": 1}
    on_terminal = remote.on_terminal("attachment", "get", "7", "1", "--out", "-")
    message = "tickiti: --out -: stdout is a terminal; redirect it to a file.\n"
    assert on_terminal == Ran(2, message, "")


def shown(**more: Any) -> dict[str, Any]:
    found = {"id": "1", "response_id": "2", "name": "sole.png", "mime_type": "image/png"}
    content = b64encode(PNG).decode()
    digest = sha256(PNG).hexdigest()
    return {
        **found, "file_size": len(PNG), "sha256": digest, "content_base64": content, "eof": True,
        **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../../.profile", "profile"),
        ("-rf", "rf"),
        ("a\u202e\n.png", "a.png"),
        ("..", "attachment-1"),
    ],
)
def test_a_name_from_a_server_is_never_a_path(
    remote: Cli, foreign: Foreign, name: str, path: str
) -> None:
    foreign.answers(reply({"ok": True, "data": shown(name=name)}))
    assert remote("attachment", "get", "7", "1") == Ran(0, f"{path}\n", "")
    assert (remote.folder / path).read_bytes() == PNG


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"content_base64": "%"}, "The server sent the attachment as invalid base64."),
        ({"content_base64": None}, "The server sent the attachment as invalid base64."),
        ({"sha256": "0"}, "The attachment does not match its SHA-256 checksum."),
    ],
)
def test_changed_attachment_bytes_are_not_written(
    remote: Cli, foreign: Foreign, more: dict[str, Any], sentence: str
) -> None:
    foreign.answers(reply({"ok": True, "data": shown(**more)}))
    ran = remote("attachment", "get", "7", "1")
    hint = "Check the base URL: tickiti profile show"
    assert ran == Ran(7, "", f"tickiti: {sentence}\n{hint}\n")
    assert [*remote.folder.iterdir()] == []


BAD: list[tuple[str, str]] = [
    ("missing.png", "--attach missing.png: No such file or directory."),
    (".", "--attach .: Is a directory."),
    ("=x.png", "--attach: '=x.png' is not FILE or FILE=NAME, such as s.jpg=sole.jpg."),
    ("s.png=", "--attach: 's.png=' is not FILE or FILE=NAME, such as s.jpg=sole.jpg."),
    ("s.png=a/b", "--attach: 's.png=a/b' is not FILE or FILE=NAME, such as s.jpg=sole.jpg."),
    ("huge.png", "--attach: the images exceed 26214400 bytes in total."),
]


def test_a_bad_image_is_named_before_anything_is_sent(remote: Cli, foreign: Foreign) -> None:
    (remote.folder / "huge.png").write_bytes(PNG + bytes(20_000_000))
    for given, sentence in BAD:
        assert remote(*CREATE, "--attach", given) == Ran(2, "", f"tickiti: {sentence}\n")
    ran = remote(
        "ticket", "create", "--from", "a@b.example", "--template", "t", "--attach", "huge.png"
    )
    assert ran.code == 2
    assert foreign.asked == []


def test_missing_attachment_exits_6_and_writes_no_file(local: Cli) -> None:
    number = local(*CREATE, "-b", "x").stdout.strip()
    ran = local("attachment", "get", number, "999999", "--out", "x.png")
    told = "tickiti: Attachment not found.\nSee: tickiti attachment list NUMBER\n"
    assert ran == Ran(6, "", told)
    assert [*local.folder.iterdir()] == []


def test_a_missing_folder_is_named(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(reply({"ok": True, "data": shown()}))
    ran = remote("attachment", "get", "7", "1", "--out", "nowhere/x.png")
    assert ran == Ran(2, "", "tickiti: --out nowhere/x.png: No such file or directory.\n")
