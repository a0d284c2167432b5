"""The names that TAB offers: which lists keep them, which writes change them, what is left out."""

import stat
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign
from tickiti_cli.files import name_cache
from tickiti_cli.files.name_cache import MOST_FOLDERS, MOST_NAMES, NameCache
from tickiti_cli.reference.tree import read_tree

LISTS = {
    # the list, the name of its file, a name that it has kept
    ("queue", "list"): ("queue", "Inbox"),
    ("mailbox", "list"): ("mailbox", "local"),
    ("token", "list"): ("token", "local"),
    ("staff", "list"): ("staff", None),
    ("user", "list"): ("user", None),
    ("template", "list"): ("template", None),
    ("intervention", "list"): ("intervention", None),
    ("perspective", "list"): ("perspective", None),
    ("watchlist", "list"): ("watchlist", None),
    ("team", "list"): ("team", None),
    ("resolution", "list"): ("resolution", None),
    ("skill", "list"): ("skill", None),
    ("stock-response", "list"): ("stock-response", None),
    ("hashtag", "list"): ("hashtag", None),
}


def file_of(run: Cli, kind: str, profile: str = "local") -> Path:
    return run.config / "names" / f"profile-{profile}" / kind


def names_in(run: Cli, kind: str, profile: str = "local") -> list[str]:
    return file_of(run, kind, profile).read_text().splitlines()


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_a_list_caches_its_names_in_a_private_file(local: Cli, words: tuple[str, str]) -> None:
    kind, name = LISTS[words]
    assert local(*words, "-q").code == 0
    file = file_of(local, kind)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert name is None or name in names_in(local, kind)


def test_the_name_cache_has_no_secret(local: Cli) -> None:
    secret = local("token", "mint", "--name", "kept-one", "--preset", "filer").stdout.strip()
    for words in LISTS:
        local(*words)
    texts = "".join(file_of(local, kind).read_text() for kind, _ in LISTS.values())
    assert "kept-one" in texts
    assert secret.partition("|")[2] not in texts
    assert "secret" not in texts


WRITES = [
    ("queue", ("create", "Kept A"), ("edit", "Kept A", "--name", "Kept B"), ("delete", "kept b")),
    (
        "perspective",
        ("create", "Kept A"), ("edit", "Kept A", "--name", "Kept B"), ("delete", "Kept B"),
    ),
    (
        "watchlist",
        ("create", "Kept A"), ("edit", "Kept A", "--name", "Kept B"), ("delete", "Kept B"),
    ),
    ("team", ("create", "Kept A"), ("edit", "Kept A", "--name", "Kept B"), ("delete", "Kept B")),
    (
        "resolution",
        ("create", "Kept A"), ("edit", "Kept A", "--name", "Kept B"), ("delete", "Kept B"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("written", WRITES, ids=lambda written: written[0])
def test_writes_update_the_name_cache(local: Cli, written: tuple[str, ...]) -> None:
    noun, create, edit, delete = written
    assert local(noun, "list", "-q").code == 0
    before = names_in(local, noun)
    assert local(noun, *create, "-q") == Ran(0, "", "")
    assert names_in(local, noun) == sorted([*before, "Kept A"])
    assert local(noun, *edit, "-q") == Ran(0, "", "")
    assert names_in(local, noun) == sorted([*before, "Kept B"])
    assert local(noun, *delete, "--yes", "-q") == Ran(0, "", "")
    assert names_in(local, noun) == before


def test_the_names_of_templates_follow_their_writes(local: Cli) -> None:
    words = ("--type", "email", "-s", "x", "--content-file", "-")
    assert local("template", "list", "-q").code == 0
    assert local("template", "create", "kept.a", *words, stdin="x").code == 0
    assert "kept.a" in names_in(local, "template")
    assert local("template", "edit", "kept.a", "--identifier", "kept.b").code == 0
    assert {"kept.a", "kept.b"} & {*names_in(local, "template")} == {"kept.b"}
    assert local("template", "delete", "kept.b", "--yes").code == 0
    assert "kept.b" not in names_in(local, "template")


def test_the_names_of_tokens_follow_their_writes(local: Cli) -> None:
    assert local("token", "list", "-q").code == 0
    local("token", "mint", "--name", "kept-a", "--preset", "filer")
    assert "kept-a" in names_in(local, "token")
    assert local("token", "edit", "kept-a", "--name", "kept-b").code == 0
    assert {"kept-a", "kept-b"} & {*names_in(local, "token")} == {"kept-b"}
    assert local("token", "revoke", "kept-b", "--yes").code == 0
    assert "kept-b" not in names_in(local, "token")
    assert local("token", "list", "-q").code == 0
    assert "kept-b" not in names_in(local, "token"), "a revoked token is of no use"


def test_a_filtered_list_is_not_cached(local: Cli) -> None:
    assert local("staff", "list", "--search", "nobody-has-this").code == 0
    assert local("token", "list", "--unused-for", "90d").code == 0
    assert not file_of(local, "staff").exists()
    assert not file_of(local, "token").exists()


def test_the_name_cache_follows_a_renamed_or_removed_profile(remote: Cli, foreign: Foreign) -> None:
    cache = NameCache(remote.config / "names", foreign.base_url, "far")
    cache.keep("queue", ["Far"])
    assert remote("profile", "rename", "far", "away").code == 0
    assert names_in(remote, "queue", "away") == ["Far"]
    assert not file_of(remote, "queue", "far").exists()
    assert remote("profile", "remove", "away", "--yes").code == 0
    assert not file_of(remote, "queue", "away").parent.exists()


def test_a_profile_for_another_server_has_no_names_of_the_old_one(run: Cli) -> None:
    run.configure('[profiles.far]\nbase_url = "https://old.example"\n')
    NameCache(run.config / "names", "https://old.example", "far").keep("queue", ["Old"])
    assert run("config", "set", "profiles.far.base_url", "https://new.example").code == 0
    assert not file_of(run, "queue", "far").exists()


def test_names_of_another_server_are_dropped_by_the_next_list(tmp_path: Path) -> None:
    old = NameCache(tmp_path, "https://old.example", "far")
    old.keep("queue", ["Old"])
    old.keep("team", ["Old"])
    new = NameCache(tmp_path, "https://new.example", "far")
    new.add("queue", "New")
    assert (tmp_path / "profile-far" / "queue").read_text() == "Old\n", "one name is no list"
    new.keep("queue", ["New"])
    assert sorted(path.name for path in (tmp_path / "profile-far").iterdir()) == [
        ".server", "queue",
    ]  # fmt: skip


def test_a_name_that_is_not_one_line_is_not_cached() -> None:
    odd = [
        "a\nb",
        "a\tb",
        "\x1b[31m",
        "\u202eab",
        "\x9b",
        "\u2028",
        "",
        "  ",
        "-rf",
        "\ud800",
        None,
    ]
    assert name_cache.offered([*odd, None, 7, "x" * 256, "b", "a", "a"]) == ["a", "b"]


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    cache = NameCache(tmp_path, "https://x.example", "far")
    cache.keep("queue", (f"{number:05}" for number in range(MOST_NAMES + 5)))
    assert len((tmp_path / "profile-far" / "queue").read_text().splitlines()) == MOST_NAMES
    for number in range(MOST_FOLDERS + 5):
        NameCache(tmp_path, f"https://{number}.example", None).keep("queue", ["x"])
    assert len([*tmp_path.iterdir()]) == MOST_FOLDERS


def test_a_name_too_long_for_a_folder_has_no_cache(tmp_path: Path) -> None:
    NameCache(tmp_path, "https://x.example", "ü" * 200).keep("queue", ["x"])
    assert [*tmp_path.iterdir()] == []


def test_a_list_works_where_no_cache_can_be_written(local: Cli) -> None:
    names = local.config / "names"
    names.mkdir()
    (names / "profile-local").write_text("in the way")
    listed = local("queue", "list")
    assert (listed.code, listed.stderr) == (0, "")


def test_an_unchanged_list_writes_nothing(tmp_path: Path) -> None:
    cache = NameCache(tmp_path, "https://x.example", "far")
    cache.keep("queue", ["a"])
    before = (tmp_path / "profile-far" / "queue").stat().st_ino
    cache.keep("queue", ["a"])
    assert (tmp_path / "profile-far" / "queue").stat().st_ino == before


def test_each_kind_of_names_that_tab_asks_for_is_kept_by_a_list() -> None:
    commands = [*read_tree().commands]
    values = [flag.value for command in commands for flag in command.flags if flag.value]
    values += [argument.value for command in commands for argument in command.arguments]
    asked = {value.names for value in values} - {"", "profile", "alias"}
    assert asked == {kind for kind, _ in LISTS.values()}
