"""`token scan` finds leaked tokens by their checksum and never shows a whole token."""

import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest

from tests.support.cli import Cli, Ran
from tests.support.scans import FOUND_ONE, SARIF, secret, shown
from tickiti_cli.tokens.scan.token_search import CHUNK_BYTES

PIPES = "To scan a pipe, read it from standard input: tickiti token scan -"
FOUND_TWO = FOUND_ONE.replace("1 token was", "2 tokens were")


def test_token_is_found_with_line_and_column_and_shown_in_part(run: Cli) -> None:
    full, bare = f"14|{secret()}", secret(2)
    (run.folder / "notes.txt").write_text(f"one\nkäse: {full}!\n  {bare}\n")
    ran = run("token", "scan", "notes.txt")
    expected = f"notes.txt\t2\t7\t{shown(full)}\nnotes.txt\t3\t3\t{shown(bare)}\n"
    assert ran == Ran(13, expected, FOUND_TWO)


def test_scan_without_findings_is_exit_0(run: Cli) -> None:
    (run.folder / "a").write_text("nothing, tkt_ and 14|tkt_short\n")
    assert run("token", "scan", ".") == Ran(0, "", "")
    assert run("token", "scan", ".", "-o", "table") == Ran(0, "", "No tokens found.\n")
    assert run("token", "scan", "-", stdin="") == Ran(0, "", "")


def test_token_with_a_wrong_checksum_is_ignored(run: Cli) -> None:
    wrong = secret()[:-1] + ("0" if secret()[-1] != "0" else "1")
    assert run("token", "scan", "-", stdin=f"14|{wrong}") == Ran(0, "", "")


@pytest.mark.parametrize(
    ("text", "column", "begin"),
    [
        ("Authorization: Bearer 14|TOKEN", 23, "14|"),
        ("x14|TOKEN", 2, "14|"),
        ('"TOKEN"', 2, ""),
        ("014|TOKEN", 5, ""),
        ("|TOKEN", 2, ""),
        ("1234567890123456789|TOKEN", 21, ""),
        ("14%7CTOKEN", 6, ""),
        ("TOKENTOKEN", 1, ""),
    ],
)
def test_token_is_found_in_any_surrounding_text(
    run: Cli, text: str, column: int, begin: str
) -> None:
    ran = run("token", "scan", "-", stdin=text.replace("TOKEN", secret()))
    first, *_ = ran.stdout.splitlines()
    assert (ran.code, first) == (13, f"stdin\t1\t{column}\t{shown(begin + secret())}")


def test_output_formats_never_show_a_whole_token(run: Cli) -> None:
    for flags in ((), ("--format", "json"), ("--format", "sarif"), ("-o", "table"), ("-v",)):
        ran = run("token", "scan", "-", *flags, stdin=f"14|{secret()}")
        assert ran.code == 13
        assert secret()[:12] not in ran.stdout + ran.stderr


def test_json_is_an_array_of_findings(run: Cli) -> None:
    (run.folder / "a b.txt").write_text(f"3|{secret()}")
    ran = run("token", "scan", "a b.txt", "--format", "json")
    assert ran.code == 13
    assert json.loads(ran.stdout) == [
        {
            "path": "a b.txt", "line": 1, "column": 1, "end_column": 55,
            "token": shown(f"3|{secret()}"), "sha256": sha256(secret().encode()).hexdigest(),
        }
    ]  # fmt: skip
    assert json.loads(ran.stderr)["error"]["message"] == "1 token was found."


def test_sarif_is_valid_with_encoded_paths(run: Cli) -> None:
    (run.folder / "ä #1.txt").write_text(f"\n 3|{secret()}")
    ran = run("token", "scan", ".", "--format", "sarif")
    log = json.loads(ran.stdout)
    jsonschema.validate(log, SARIF)
    (result,) = log["runs"][0]["results"]
    assert result["ruleId"] == log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]["id"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "%C3%A4%20%231.txt"
    assert place["region"] == {"startLine": 2, "startColumn": 2, "endColumn": 56}
    assert (ran.code, ran.stderr) == (13, FOUND_ONE)
    clean = run("token", "scan", "-", "--format", "sarif")
    jsonschema.validate(json.loads(clean.stdout), SARIF)
    assert (clean.code, json.loads(clean.stdout)["runs"][0]["results"]) == (0, [])


def test_git_folders_links_and_pipes_are_skipped_and_listed_if_verbose(
    run: Cli, tmp_path: Path
) -> None:
    token = f"14|{secret()}"
    tree = run.folder / "tree"
    for folder in (tree / ".git", tree / "sub" / ".git", tmp_path / "outside"):
        folder.mkdir(parents=True)
        (folder / "config").write_text(token)
    (tree / "link").symlink_to(tmp_path / "outside" / "config")
    (tree / "folder").symlink_to(tmp_path / "outside")
    (tree / "loop").symlink_to(tree)
    os.mkfifo(tree / "pipe")
    assert run("token", "scan", "tree") == Ran(0, "", "")
    assert run("token", "scan", "tree", "-v").stderr.splitlines() == [
        "Skipped: tree/.git: the history (see --git-history)",
        "Skipped: tree/folder: a symbolic link",
        "Skipped: tree/loop: a symbolic link",
        "Skipped: tree/link: a symbolic link",
        "Skipped: tree/pipe: a pipe or a device",
        "Skipped: tree/sub/.git: the history (see --git-history)",
    ]
    (tree / "sub" / "real").write_text(token)
    assert run("token", "scan", "tree").stdout == f"tree/sub/real\t1\t1\t{shown(token)}\n"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda _: None, "x: no such file or directory."),
        (lambda path: path.symlink_to("/"), "x is a symbolic link: give the path it points to."),
        (
            os.mkfifo,
            "x is neither a file nor a directory.\n" + PIPES,
        ),
    ],
    ids=["absent", "link", "pipe"],
)
def test_named_paths_are_never_skipped(run: Cli, make: object, sentence: str) -> None:
    make(run.folder / "x")  # type: ignore[operator]
    (run.folder / "found").write_text(f"1|{secret()}")
    assert run("token", "scan", "found", "x") == Ran(2, "", f"tickiti: {sentence}\n")


def test_unreadable_file_fails_the_scan(run: Cli) -> None:
    closed = run.folder / "closed"
    closed.touch()
    refused = ("-f", "-qq", "-o", "/dev/null", "-e", "inject=openat:error=EACCES")
    command = run.command(("token", "scan", str(run.folder)))
    done = subprocess.run(
        ["strace", *refused, "-P", str(closed), *command],
        env=run.environ({}), cwd=run.folder, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert Ran(done.returncode, done.stdout, done.stderr) == Ran(
        2,
        "",
        f"Cannot read: {closed}: Permission denied\n"
        "tickiti: The scan is incomplete: some files could not be read.\n",
    )


def test_file_whose_name_is_not_utf_8_is_scanned(run: Cli) -> None:
    (run.folder / os.fsdecode(b"caf\xe9")).write_text(f"1|{secret()}")
    assert run("token", "scan", ".").stdout.encode("utf-8", "surrogateescape") == (
        f"caf\\udce9\t1\t1\t{shown(f'1|{secret()}')}\n".encode()
    )
    log = json.loads(run("token", "scan", ".", "--format", "sarif").stdout)
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "caf%E9"


@pytest.mark.parametrize("shift", [1, 20, 53, 54, 55, 56, 80, 150])
def test_token_across_two_chunks_is_found_once(run: Cli, shift: int) -> None:
    token = f"14|{secret()}"
    text = "é\n" + "x" * (CHUNK_BYTES - shift - 3) + token + "\n" * 300
    (run.folder / "large").write_text(text)
    column = CHUNK_BYTES - shift - 3 + 1
    expected = f"large\t2\t{column}\t{shown(token)}\n"
    assert run("token", "scan", "large") == Ran(13, expected, FOUND_ONE)


@pytest.mark.faults
def test_long_line_is_scanned_in_constant_memory(run: Cli) -> None:
    size = 64 * CHUNK_BYTES
    with (run.folder / "huge").open("wb") as file:
        for _ in range(64):
            file.write(b"x" * CHUNK_BYTES)
        file.write(f"14|{secret()}".encode())
    # The whole process with its libraries in less than the line alone is long.
    command = run.command(("token", "scan", "huge"))
    done = subprocess.run(
        ["prlimit", f"--data={48 * CHUNK_BYTES}", *command],
        env=run.environ({}), cwd=run.folder, capture_output=True, check=False, text=True,
    )  # fmt: skip
    found = f"huge\t1\t{size + 1}\t{shown(f'14|{secret()}')}\n"
    assert (done.returncode, done.stdout) == (13, found)


def test_scan_needs_no_configuration_and_no_server(run: Cli) -> None:
    run.configure("", "")
    (run.folder / "t").write_text(f"1|{secret()}")
    ran = run("token", "scan", "t", TICKITI_API_TOKEN="", HTTPS_PROXY="http://127.0.0.1:1")
    assert (ran.code, ran.stderr) == (13, FOUND_ONE)
