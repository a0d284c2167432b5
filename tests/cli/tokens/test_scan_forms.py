"""`token scan` reads vendor's tokens, binary files, other encodings and git history."""

import gzip
import json
import os
import random
import string
import subprocess
import time
import zipfile
from io import BytesIO
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.support.cli import Cli, Ran
from tests.support.scans import FOUND_ONE, SARIF, secret, shown
from tickiti_cli.tokens.scan.token_search import CHUNK_BYTES, MOST_SECRET, Position, in_stream

ROOT = Path(__file__).parents[3]
HINT = "If it is a token, revoke it where it was created, then remove it from the file.\n"
FOUND_POSSIBLE = f"tickiti: 1 possible token was found.\n{HINT}"


def vendor(length: int = 40, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=length))


@pytest.mark.parametrize(
    ("text", "column", "begin"),
    [
        ("14|SECRET", 1, "14|"), ("Authorization: Bearer 7|SECRET", 23, "7|"),
        ("TOKEN='1|SECRET'", 8, "1|"), ("url?token=14%7CSECRET&x", 11, "14%7C"),
        ("014|SECRET", 1, "014|"), ("x14|SECRET", 2, "14|"), ("14|tickiti_SECRET", 1, "14|"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("length", [40, 48, 80])
def test_token_of_the_vendors_shape_is_a_possible_finding(
    run: Cli, text: str, column: int, begin: str, length: int
) -> None:
    full = text.replace("SECRET", vendor(length))
    ran = run("token", "scan", "-", stdin=full)
    part = full[full.index(begin) + len(begin) :][:4]
    assert ran == Ran(13, f"stdin\t1\t{column}\t{begin}{part}... (possible)\n", FOUND_POSSIBLE)
    assert vendor(length)[:12] not in ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "text",
    [
        f"14|{vendor(39)}", f"|{vendor()}", f"14{vendor()}", f"1234567890123456789|{vendor()}",
        "5|" + "0123456789abcdef" * 4, "5|" + "0123456789ABCDEF" * 3, f"14|{secret()[:-1]}g",
        f"14||{vendor()}", f"14| {vendor()}", f"{vendor()}|14", f"a|{vendor()}",
    ],
)  # fmt: skip
def test_text_of_another_shape_is_not_a_finding(run: Cli, text: str) -> None:
    assert run("token", "scan", "-", stdin=text) == Ran(0, "", "")


def test_json_and_sarif_mark_possible_findings(run: Cli) -> None:
    text = f"14|{secret()}\n15|{vendor()}\n"
    ran = run("token", "scan", "-", "--format", "json", stdin=text)
    certain, possible = json.loads(ran.stdout)
    assert "possible" not in certain
    assert (possible["possible"], possible["token"]) == (True, f"15|{vendor()[:4]}...")
    message = "1 token and 1 possible token were found."
    assert json.loads(ran.stderr)["error"]["message"] == message
    log = json.loads(run("token", "scan", "-", "--format", "sarif", stdin=text).stdout)
    jsonschema.validate(log, SARIF)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    results = log["runs"][0]["results"]
    assert [result["level"] for result in results] == ["error", "warning"]
    assert [rules[result["ruleIndex"]]["id"] for result in results] == [
        result["ruleId"] for result in results
    ]


@pytest.mark.parametrize("length", [40, 100, MOST_SECRET])
@pytest.mark.parametrize("shift", [0, 1, 3, 30, 43, 60, 103, 260, 1200])
def test_possible_token_across_two_chunks_is_found_once(length: int, shift: int) -> None:
    raw = b"x" * (CHUNK_BYTES - shift) + f" 14|{vendor(length)}".encode()
    for end in (b"", b" ", b"\n" + b"y" * 5000):
        (found,) = in_stream(BytesIO(raw + end), Position("x"))
        assert (found.column, found.is_possible) == (CHUNK_BYTES - shift + 2, True)
        assert found.end_column - found.column == length + 3


@pytest.mark.parametrize("token", [f"14|{secret()}", f"14|{vendor()}"], ids=["minted", "vendor"])
@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig"]
)
@pytest.mark.parametrize("before", ["", "\n", "a: \n\n b ", "é ü\n日本: "])
def test_token_is_found_in_each_encoding(run: Cli, token: str, encoding: str, before: str) -> None:
    text = f"{before}{token}\r\nmore"
    (run.folder / "out.txt").write_bytes(text.encode(encoding))
    ran = run("token", "scan", "out.txt")
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    place = f"out.txt\t{line}\t{column}\t"
    assert ran.code == 13
    has_mark = encoding in ("utf-16", "utf-32", "utf-8-sig")
    assert ran.stdout.startswith(place) or not (has_mark or before.isascii())
    assert ran.stdout.count("\n") == 1


@pytest.mark.parametrize("where", [0, 1, 100, 8000, 9000, CHUNK_BYTES])
def test_token_next_to_a_zero_byte_is_found(run: Cli, where: int) -> None:
    raw = b"\x89PNG" + b"\0" * where + b"\xff\xfe\0" + f"\n14|{secret()}".encode() + b"\0\0"
    (run.folder / "image.png").write_bytes(raw)
    assert run("token", "scan", ".") == Ran(
        13, f"image.png\t2\t1\t{shown(f'14|{secret()}')}\n", FOUND_ONE
    )


def test_gzip_file_is_scanned_and_a_damaged_one_fails_the_scan(run: Cli) -> None:
    log = run.folder / "old.log.gz"
    parts = [f"é\n14|{secret()}\n".encode(), b"x" * 2 * CHUNK_BYTES]
    log.write_bytes(b"".join(map(gzip.compress, parts)))  # two members, as `cat` makes them
    ran = run("token", "scan", ".")
    assert ran == Ran(13, f"old.log.gz\t2\t1\t{shown(f'14|{secret()}')}\n", FOUND_ONE)
    log.write_bytes(gzip.compress(os.urandom(100_000))[:-5000])
    ran = run("token", "scan", ".")
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Cannot read: old.log.gz: damaged gzip file (")
    log.write_bytes(gzip.compress("\n14|".encode("utf-16") + secret().encode("utf-16-le")))
    assert run("token", "scan", ".").code == 13


def test_packed_file_is_named_as_not_scanned(run: Cli) -> None:
    with zipfile.ZipFile(run.folder / "all.zip", "w") as packed:
        packed.writestr("a", f"14|{secret()}" * 100, zipfile.ZIP_DEFLATED)
    assert run("token", "scan", ".") == Ran(0, "", "Skipped archive: all.zip (zip)\n")


def test_scan_takes_linear_time() -> None:
    shapes = [b"1|", b"14|a", b"1\0", b"t\0k", b"9" * 50 + b"|", b"1|" + b"a" * 39 + b"!", b"tkt_",
              b"1%7C", b"\0", b"0" * 17 + b"|" + b"Z" * 300, b"tkt_" + b"a" * 47]  # fmt: skip
    for shape in shapes:
        times = []
        for size in (CHUNK_BYTES // 4, 2 * CHUNK_BYTES):
            began = time.process_time()
            for _ in in_stream(BytesIO(shape * (size // len(shape))), Position("x")):
                pass
            times.append(time.process_time() - began)
        assert times[1] < 40 * (times[0] + 0.05), (shape, times)


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")
        environ = {**os.environ, "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *who, *words], cwd=self.folder, env=environ, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        return done.stdout.strip()

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def commit(self, name: str, text: str, message: str = "x") -> str:
        self.file(name, text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(run: Cli) -> Repository:
    return Repository(run.folder / "repo")


def test_removed_token_is_found_once_in_the_history_with_its_commit(
    run: Cli, repository: Repository
) -> None:
    token, other, told = f"14|{secret()}", f"15|{vendor()}", f"16|{secret(3)}"
    first = repository.commit("a b.txt", f"one\n{token}\n")
    second = repository.commit("ü.txt", f"{token}\n{other}\n")
    repository.commit("a b.txt", "one\n")
    repository.commit("ü.txt", "gone\n")
    third = repository.commit("c", "x", f"Subject\n\n{told}")
    assert run("token", "scan", "repo") == Ran(0, "", "")
    ran = run("token", "scan", "repo", "--git-history", "--format", "json")
    assert ran.code == 13
    assert [(row["path"], row["token"]) for row in json.loads(ran.stdout)] == [
        (f"repo ({first[:12]} a b.txt)", shown(token)),
        (f"repo ({second[:12]} ü.txt)", f"15|{vendor()[:4]}..."),
        (f"repo ({third[:12]})", shown(told)),
    ]


def test_branches_tags_and_stashes_are_searched(run: Cli, repository: Repository) -> None:
    repository.commit("a", "1")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("b", f"1|{secret(1)}")
    repository.git("tag", "kept")
    repository.git("checkout", "-q", "main")
    repository.git("branch", "-q", "-D", "side")
    (repository.folder / "a").write_text(f"2|{secret(2)}")
    repository.git("stash", "-q")
    ran = run("token", "scan", "repo", "--git-history")
    assert (ran.code, ran.stdout.count("\n")) == (13, 2)


def test_repository_configuration_runs_no_program(run: Cli, repository: Repository) -> None:
    (repository.folder / ".gitattributes").write_text("* diff=evil\n")
    repository.commit("a", f"1|{secret()}")
    trap = f"touch {run.folder}/owned; cat"
    for key in ("diff.evil.textconv", "diff.evil.command", "diff.external", "core.pager",
                "core.fsmonitor", "gpg.program", "pager.log"):  # fmt: skip
        repository.git("config", key, trap)
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "log.showRoot", "false")
    for name in ("post-checkout", "fsmonitor-watchman"):
        (repository.folder / ".git/hooks" / name).write_text(f"#!/bin/sh\n{trap}\n")
    (run.folder / "git").write_text(f"#!/bin/sh\n{trap}\n")
    (run.folder / "git").chmod(0o755)
    environ = {"GIT_EXTERNAL_DIFF": trap, "PATH": f":{os.environ['PATH']}", "GIT_DIR": "/nowhere"}
    ran = run("token", "scan", "repo", "--git-history", **environ)
    assert ran.stdout.count(shown(f"1|{secret()}")) == 2
    assert not (run.folder / "owned").exists()


def test_objects_outside_all_branches_are_searched(run: Cli, repository: Repository) -> None:
    repository.commit("a", "1")
    repository.commit("b", f"1|{secret(1)}")
    repository.git("reset", "-q", "--hard", "HEAD~1")
    repository.git("reflog", "expire", "--expire=now", "--all")
    lost = repository.git("hash-object", "-w", "--", str(repository.file("c", f"2|{secret(2)}")))
    (repository.folder / "c").unlink()
    ran = run("token", "scan", "repo", "--git-history")
    assert (ran.code, ran.stdout.count("\n")) == (13, 2)
    assert f"repo ({lost[:12]})\t1\t1\t{shown(f'2|{secret(2)}')}\n" in ran.stdout


@pytest.mark.parametrize("form", ["utf-16", "utf-32", "gzip"])
def test_other_encodings_are_searched_in_the_history(
    run: Cli, repository: Repository, form: str
) -> None:
    text = f"a\n14|{vendor()}\n"
    content = gzip.compress(text.encode()) if form == "gzip" else text.encode(form)
    (repository.folder / "a").write_bytes(content)
    first = repository.commit("b", "1")
    repository.git("rm", "-q", "a")
    repository.commit("b", "2")
    ran = run("token", "scan", "repo", "--git-history", "--format", "json")
    (row,) = json.loads(ran.stdout)
    assert (row["path"], row["line"]) == (f"repo ({first[:12]} a)", 2)


def test_the_message_of_an_annotated_tag_is_searched(run: Cli, repository: Repository) -> None:
    repository.commit("a", "1")
    repository.git("tag", "-a", "v1", "-m", f"1|{secret()}")
    assert run("token", "scan", "repo", "--git-history").code == 13


def test_a_missing_object_starts_no_program_of_the_repository(
    run: Cli, repository: Repository
) -> None:
    repository.commit("a", f"1|{secret()}")
    tree = repository.git("rev-parse", "HEAD^{tree}")
    (repository.folder / ".git/objects" / tree[:2] / tree[2:]).unlink()
    for key, value in {
        "core.repositoryformatversion": "1", "extensions.partialClone": "origin",
        "remote.origin.promisor": "true", "remote.origin.url": str(repository.folder),
        "remote.origin.uploadpack": f"touch {run.folder}/owned; git-upload-pack",
        "protocol.file.allow": "always",
    }.items():  # fmt: skip
        repository.git("config", key, value)
    ran = run("token", "scan", "repo", "--git-history")
    assert not (run.folder / "owned").exists()
    assert ran.stderr.startswith("Cannot read: the history of repo: git ended with 128 (")


def test_unreadable_history_fails_the_scan(run: Cli, repository: Repository) -> None:
    repository.commit("a", "1")
    (repository.folder / ".git/HEAD").write_text("nonsense\n")
    ran = run("token", "scan", "repo", "--git-history")
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("Cannot read: the history of repo: git ended with 128 (fatal: ")
    ran = run("token", "scan", "repo", "--git-history", PATH="/nonexistent")
    assert "Cannot read: the history of repo: git is not installed\n" in ran.stderr


@pytest.mark.parametrize("path", ["repo/sub/deep", "repo/sub/b", "repo/sub"])
def test_a_scan_of_a_part_searches_the_history_of_its_repository(
    run: Cli, repository: Repository, path: str
) -> None:
    (repository.folder / "sub/deep").mkdir(parents=True)
    first = repository.commit("a", f"1|{secret()}")
    repository.commit("a", "1")
    repository.commit("sub/b", "2")
    ran = run("token", "scan", path, "repo/sub", "--git-history", "--format", "json")
    assert ran.code == 13
    assert [row["path"] for row in json.loads(ran.stdout)] == [f"repo ({first[:12]} a)"]


def test_a_repository_above_runs_no_program_of_its_configuration(
    run: Cli, repository: Repository
) -> None:
    (repository.folder / "sub").mkdir()
    repository.commit("sub/a", f"1|{secret()}")
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "alias.rev-parse"):
        repository.git("config", key, f"!touch {run.folder}/owned")
    assert run("token", "scan", "repo/sub", "--git-history").stdout.count("\n") == 2
    assert not (run.folder / "owned").exists()


NO_REPOSITORY = (
    "plain is in no git repository.\nGive a directory of a git clone, or leave --git-history out."
)
SHALLOW = (
    "part is a shallow clone: its older commits are not here and were not searched. "
    "To fetch them: git -C part fetch --unshallow\n"
)
PARTIAL = (
    "part is a partial clone: files that are not here were not searched. "
    "Scan a whole clone to search them.\n"
)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("plain", NO_REPOSITORY),
        ("-", "standard input has no history: give a folder."),
    ],
)
def test_a_path_without_a_history_is_refused(run: Cli, path: str, problem: str) -> None:
    (run.folder / "plain").mkdir()
    (run.folder / "plain/a").write_text(f"1|{secret()}")
    ran = run("token", "scan", path, "--git-history", stdin="x")
    assert ran == Ran(2, "", f"tickiti: --git-history: {problem}\n")


def test_a_folder_of_repositories_is_searched(run: Cli) -> None:
    (run.folder / "all").mkdir()
    repository = Repository(run.folder / "all/repo")
    repository.commit("a", f"1|{secret()}")
    repository.commit("a", "1")
    assert run("token", "scan", "all", "--git-history").stdout.count("\n") == 1


@pytest.mark.parametrize("quiet", [(), ("-q",)])
@pytest.mark.parametrize(("how", "said"), [("--depth=1", SHALLOW), ("--filter=blob:none", PARTIAL)])
def test_a_partial_clone_is_reported(
    run: Cli, repository: Repository, how: str, said: str, quiet: tuple[str, ...]
) -> None:
    repository.commit("a", f"1|{secret()}")
    repository.commit("a", "1")
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git("clone", "-q", how, f"file://{repository.folder}", f"{run.folder}/part")
    ran = run("token", "scan", "part", "--git-history", *quiet)
    assert (ran.code, ran.stderr) == (0, said)
    assert run("token", "scan", "repo", "--git-history").code == 13


def test_the_pre_commit_hook_refuses_a_file_with_a_token(run: Cli) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert (hook["id"], hook["language"]) == ("tickiti-token-scan", "python")
    program, *words = hook["entry"].split()
    assert program == "tickiti"
    (run.folder / "clean").write_text("x")
    (run.folder / "leaky").write_text(f"1|{secret()}")
    assert run(*words, "clean").code == 0
    assert run(*words, "clean", "leaky").code == 13
