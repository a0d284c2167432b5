"""`server migrate`: a helpdesk goes on on the other database, with the same answers."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import postgres
from tests.support.cli import Cli, Ran
from tests.support.cluster import Cluster, cluster, is_installed
from tests.support.furnished import furnish
from tests.support.nodes import Nodes
from tickiti_cli.reference.tree import read_tree

READS = (
    ("ticket", "list", "--all"),
    ("ticket", "view", "220009"),
    ("ticket", "list", "--search", "content=shoe"),
    ("ticket", "list", "--sort", "number", "--all"),
    ("ticket", "export", "--out", "-"),
    ("response", "export", "--out", "-"),
    ("user", "list"),
    ("team", "list"),
    ("queue", "list"),
    ("template", "list"),
    ("perspective", "list"),
    ("watchlist", "list"),
    ("outbox", "list"),
    ("skill", "list"),
    ("intervention", "list"),
    ("resolution", "list"),
    ("mailbox", "list"),
)
"""Answers that are the same wherever the helpdesk is."""

CREATE = (
    "ticket", "create", "--from", "marcus@shoes.example", "--queue", "Inbox",
    "--subject", "Cracked plate", "--body", "At mile 14.", "--idempotency-key",
)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Cluster:
    if not is_installed():
        pytest.skip("postgresql is not installed")
    return cluster()


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("furnished") / "t.db"
    furnish(path)
    return path


@pytest.fixture
def shop(run: Cli, server: Cluster, tmp_path: Path) -> Iterator[Nodes]:
    ours = Nodes(run, postgres.url_of(tmp_path / "shop.db"), server.passfile)
    yield ours
    ours.tickiti("server", "stop")


@pytest.fixture
def file(run: Cli, furnished: Path) -> Path:
    """A helpdesk that is not served."""
    run.folder.chmod(0o700)
    return Path(shutil.copy(furnished, run.folder / "tickiti.db"))


def start(shop: Nodes, database: str) -> None:
    ran = shop.tickiti("server", "start", "--db", database, "--port", "0", "--detach")
    assert ran.code == 0, ran.stderr


def answers(shop: Nodes) -> dict[tuple[str, ...], Any]:
    found = {
        words: shop.tickiti(*words, *([] if "export" in words else ["-o", "json"]))
        for words in READS
    }
    assert {words: ran.stderr for words, ran in found.items() if ran.code} == {}
    return {words: ran.stdout for words, ran in found.items()}


def migrate(shop: Nodes, source: object, target: object, *flags: str) -> Ran:
    return shop.tickiti("server", "migrate", "--from", str(source), "--to", str(target), *flags)


def created(shop: Nodes, key: str) -> str:
    ran = shop.tickiti(*CREATE, key)
    assert ran.code == 0, ran.stderr
    return ran.stdout.strip()


def test_a_helpdesk_answers_the_same_there_and_back_again(shop: Nodes, run: Cli) -> None:
    first, second = run.folder / "first.db", run.folder / "second.db"
    demo = shop.tickiti(
        "server", "start", "--db", str(first), "--demo", "--port", "0", "--detach"
    )  # fmt: skip
    assert demo.code == 0, demo.stderr
    number = int(created(shop, "k-1"))
    token = shop.token()
    for source, target in ((first, shop.url), (shop.url, second)):
        before = answers(shop)
        assert shop.tickiti("server", "stop").code == 0
        moved = migrate(shop, source, target)
        assert (moved.code, moved.stdout) == (0, f"{target}\n"), moved.stderr
        assert moved.stderr == f"tickiti server start --db {target}\n"
        start(shop, str(target))
        assert shop.token() == token
        assert answers(shop) == before
        assert created(shop, "k-1") == str(number)
        newer = int(created(shop, f"k-{target}"))
        assert newer > number
        assert int(created(shop, f"k2-{target}")) == newer + 1


def test_the_report_has_counts_and_digests_of_every_table(shop: Nodes, file: Path) -> None:
    there = json.loads(migrate(shop, file, shop.url, "-o", "json").stdout)
    back = json.loads(migrate(shop, shop.url, file.with_name("back.db"), "-o", "json").stdout)
    assert there["tables"] == back["tables"]
    assert [*there] == ["from", "to", "rows", "resumed", "was_complete", "seconds", "tables"]
    assert (there["from"], there["to"], there["resumed"]) == (str(file), shop.url, False)
    assert there["rows"] == sum(table["rows"] for table in there["tables"])
    assert all(len(table["digest"]) == 64 for table in there["tables"])
    assert there["seconds"] > 0


def test_a_terminal_shows_how_far_the_move_is(shop: Nodes, file: Path) -> None:
    ran = shop.run.on_terminal(
        "server", "migrate", "--from", str(file), "--to", shop.url, PGPASSFILE=str(shop.passfile)
    )
    assert ran.code == 0, ran.stdout
    assert " rows copied, " in ran.stdout
    assert " rows compared, " in ran.stdout
    assert "rows in" in ran.stdout.splitlines()[-2]


def test_a_running_server_keeps_its_file(shop: Nodes, file: Path) -> None:
    start(shop, str(file))
    pid = shop.status()["pid"]
    held = Ran(
        14,
        "",
        f"tickiti: {file} is in use by process {pid}.\nStop it with: tickiti server stop\n",
    )
    assert migrate(shop, file, shop.url) == held
    assert migrate(shop, shop.url, file) == held


def test_a_server_on_postgresql_is_to_be_stopped_first(shop: Nodes, file: Path) -> None:
    shop.start()
    said = (
        f"tickiti: A server is connected to {shop.url}. Stop each of its servers first: tickiti"
        " server stop --name NAME\n"
    )
    back = file.with_name("back.db")
    assert migrate(shop, shop.url, back) == Ran(14, "", said)
    assert migrate(shop, file, shop.url) == Ran(14, "", said)
    assert [path.name for path in back.parent.glob("back.db*")] == []


def test_a_move_that_is_complete_is_told_again(shop: Nodes, file: Path) -> None:
    first = json.loads(migrate(shop, file, shop.url, "-o", "json").stdout)
    ran = migrate(shop, file, shop.url, "-o", "json")
    assert ran.code == 0, ran.stderr
    assert json.loads(ran.stdout) == {**first, "was_complete": True, "seconds": 0.0}
    assert migrate(shop, file, shop.url).stdout == f"{shop.url}\n"


def test_a_second_move_to_the_same_target_is_refused(shop: Nodes, file: Path) -> None:
    assert migrate(shop, file, shop.url).code == 0
    other = file.with_name("other.db")
    furnish(other)
    assert migrate(shop, other, shop.url) == Ran(
        2,
        "",
        f"tickiti: {shop.url} is not empty: it has a helpdesk. Name a file that does not exist yet,"
        " or an empty database.\n",
    )


def test_no_server_starts_on_an_unfinished_target(shop: Nodes, file: Path) -> None:
    assert migrate(shop, file, shop.url).code == 0
    origin = {"location": str(file), "identity": "i", "state": "s"}
    mark = json.dumps({"origin": origin, "later": []})
    shop.execute(f"INSERT INTO setting VALUES ('unfinished_move', '{mark}')")
    assert shop.tickiti("server", "start", "--db", shop.url, "--port", "0") == Ran(
        16,
        "",
        f"tickiti: {shop.url} holds an unfinished move of {file}. Run the same command again to"
        f" finish it: tickiti server migrate --from {file} --to {shop.url}\n",
    )


def test_two_files_and_two_urls_are_refused_with_the_command_for_them(
    shop: Nodes, file: Path
) -> None:
    other = file.with_name("other.db")
    assert migrate(shop, file, other) == Ran(
        2,
        "",
        "tickiti: --from and --to are both files: one of them must be a URL of PostgreSQL.\n"
        f"tickiti server backup {other} --db {file}\n",
    )
    assert migrate(shop, f"{shop.url}?pooler=127.0.0.1:6432", f"{shop.url}2") == Ran(
        2,
        "",
        "tickiti: --from and --to are both URLs: one of them must be a file.\n"
        f"pg_dump {shop.url} | psql {shop.url}2\n",
    )


def test_a_source_that_is_missing_or_no_database_makes_nothing(shop: Nodes, file: Path) -> None:
    missing = file.with_name("missing.db")
    assert migrate(shop, missing, shop.url) == Ran(
        2, "", f"tickiti: --from {missing}: No such file or directory.\n"
    )
    assert not missing.with_name("missing.db.lock").exists()
    text = file.with_name("text.db")
    text.write_text("This is not a database." * 100)
    ran = migrate(shop, text, shop.url)
    assert (ran.code, ran.stdout) == (16, "")
    assert ran.stderr.startswith(f"tickiti: The database {text} cannot be used: file is not a")
    assert shop.value("SELECT to_regclass('ticket')") is None


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--from", "mysql://a/b", "must be a file, or a URL that begins with postgresql://."),
        ("--to", "postgresql://a:geheim@b/c", "other users of this machine can read a password"),
        ("--to", "postgresql://a@b/c?password=geheim", "other users of this machine can read"),
    ],
)
def test_a_wrong_location_names_its_flag_and_no_password(
    run: Cli, flag: str, value: str, said: str
) -> None:
    other = {"--from": "--to", "--to": "--from"}[flag]
    ran = run("server", "migrate", flag, value, other, "x.db")
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: {flag}: {said}")
    assert "geheim" not in ran.stderr


def test_a_wrong_password_is_named_and_not_repeated(
    shop: Nodes, file: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("*:*:*:*:geheim\n")
    wrong.chmod(0o600)
    for source, target in ((file, shop.url), (shop.url, file.with_name("back.db"))):
        ran = migrate(shop._replace(passfile=wrong), source, target)
        assert (ran.code, ran.stdout) == (16, "")
        assert 'password authentication failed for user "tickiti"' in ran.stderr
        assert "geheim" not in ran.stderr
        assert ran.stderr.count("\n") == 1
    assert not file.with_name("back.db").exists()


def test_a_target_in_no_folder_of_ours_is_named(shop: Nodes, file: Path) -> None:
    assert migrate(shop, file, shop.url).code == 0
    ran = migrate(shop, shop.url, "/proc/none/back.db")
    assert (ran.code, ran.stdout) == (2, "")
    assert "/proc/none" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_the_examples_work_when_pasted(shop: Nodes, file: Path) -> None:
    (command,) = [each for each in read_tree().commands if each.path == "server migrate"]
    there, back = (
        line.replace("postgresql://shop@db.example/tickets", shop.url) for line in command.examples
    )
    assert shop.tickiti(*there.split()[1:]).code == 0
    file.unlink()
    assert shop.tickiti(*back.split()[1:]).code == 0
    assert file.exists()
