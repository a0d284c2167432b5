"""A changed configuration is valid, and a failed change leaves the old file."""

import json
import stat
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran

CONFIG = """\
# mine
default_profile = "a" # for now

[defaults] # these
timeout = 5 # short

# the first
[profiles.a] # A
base_url = "https://a.example"
"""
SECRETS = '[a]\ntoken = "1|stored"\ntoken_id = 1\n'


@pytest.fixture
def mine(run: Cli) -> Cli:
    run.configure(CONFIG, SECRETS)
    return run


def written(run: Cli) -> str:
    return (run.config / "config.toml").read_text()


@pytest.mark.parametrize(
    ("name", "value", "was", "then"),
    [
        ("timeout", "10", "timeout = 5 # short", "timeout = 10 # short"),
        ("defaults.timeout", "7.5", "timeout = 5 # short", "timeout = 7.5 # short"),
        ("retries", "3", "# short\n", "# short\nretries = 3\n"),
        ("no_input", "yes", "# short\n", "# short\nno_input = true\n"),
        ("output", "json", "# short\n", '# short\noutput = "json"\n'),
        ("profiles.a.insecure", "true", "a.example\"\n", "a.example\"\ninsecure = true\n"),
        ("profiles.a.base_url", "https://a.example/", "//a.", "//a."),
        ("profiles.b.base_url", "https://b.example", 'a.example"\n',
         'a.example"\n\n[profiles.b]\nbase_url = "https://b.example"\n'),
    ],
)  # fmt: skip
def test_set_changes_one_member_and_keeps_comments(
    mine: Cli, name: str, value: str, was: str, then: str
) -> None:
    assert mine("config", "set", name, value) == Ran(0, f"{name}\n", "")
    changed = written(mine)
    assert changed.replace("\n\n[profiles.a]", "\n[profiles.a]") == CONFIG.replace(was, then)
    assert stat.S_IMODE((mine.config / "config.toml").stat().st_mode) == 0o600


def test_a_stored_token_does_not_follow_its_profile_to_another_server(mine: Cli) -> None:
    move = ("config", "set", "profiles.a.base_url", "https://b.example/")
    assert mine(*move) == Ran(
        2,
        "",
        "tickiti: Profile 'a' has a token for https://a.example, which may not be sent elsewhere.\n"
        "Log in there: tickiti auth login -p a --base-url https://b.example\n",
    )
    assert written(mine) == CONFIG
    (mine.config / "credentials.toml").unlink()
    assert mine(*move).code == 0
    assert written(mine) == CONFIG.replace("//a.", "//b.")


def test_the_first_setting_creates_the_file(run: Cli) -> None:
    assert run("config", "set", "max_time", "60").code == 0
    assert written(run) == "[defaults]\nmax_time = 60\n"
    assert run("config", "get", "max_time") == Ran(0, "60.0\n", "")


def test_config_get_prints_the_stored_value_also_as_json(mine: Cli) -> None:
    ran = mine("config", "set", "profiles.a.allow_http", "true", "--json")
    path = str(mine.config / "config.toml")
    assert json.loads(ran.stdout) == {"name": "profiles.a.allow_http", "value": True, "path": path}
    got = mine("config", "get", "profiles.a.allow_http", "--json")
    assert json.loads(got.stdout) == {"profiles.a.allow_http": True}


def test_a_setting_can_be_removed(mine: Cli) -> None:
    assert mine("config", "set", "timeout", "--unset") == Ran(0, "timeout\n", "")
    assert written(mine) == CONFIG.replace("timeout = 5 # short\n", "")
    assert mine("config", "set", "timeout", "--unset") == Ran(
        6, "", f"tickiti: {mine.config}/config.toml does not set defaults.timeout.\n"
    )


NO_SECRET = "config.toml may not contain secrets.\nStore a token with: tickiti auth login -p"
MEMBERS = (
    "allow_http, api, base_url, ca_bundle, confirm_writes, from, insecure, proxy, queue, secret, "
    "token_command, web_url"
)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("timeout", "0"), 2,
         "defaults.timeout '0' is not a number of seconds above 0, at most 86400."),
        (("no_input", "maybe"), 2, "defaults.no_input 'maybe' is not true or false."),
        (("output", "pdf"), 2,
         "defaults.output 'pdf' is not one of table, plain, json, ndjson, csv, markdown, html."),
        (("default_profile", "b"), 3,
         "PATH: default_profile: there is no profile 'b'."),
        (("profiles.a.base_url", "a.example"), 2,
         "profiles.a.base_url: 'a.example' is not a URL such as https://a.example."),
        (("profiles.a.api", "v2"), 2,
         "profiles.a.api 'v2' is not one of auto, v1, classic (did you mean v1?)."),
        (("profiles.a.ca_bundle", "none.pem"), 2,
         "profiles.a.ca_bundle 'none.pem' is not a file."),
        (("profiles.a.insecur", "true"), 2,
         f"A profile has no 'insecur' (only: {MEMBERS}). Did you mean insecure?"),
        (("profiles.b.insecure", "true"), 3,
         ("PATH has no profile 'b' (known: a).\n"
         "Make it with: tickiti config set profiles.b.base_url URL")),
        (("timeot", "1"), 2,
         ("There is no setting 'timeot'. Did you mean timeout?\nSettings: output, color, timeout, "
         "max_time, retries, no_input, default_profile, profiles.NAME.FIELD")),
        (("profiles.a.token", "x"), 2, f"profiles.a.token: {NO_SECRET} a"),
        (("profiles.a.token_command", "echo '14|abcdefghijklmnopqrstuvwxyz'"), 2,
         f"profiles.a.token_command: {NO_SECRET} a"),
        (("timeout",), 2, "Give either VALUE or --unset."),
        (("timeout", "1", "--unset"), 2, "Give either VALUE or --unset."),
    ],
)  # fmt: skip
def test_invalid_setting_changes_nothing(
    mine: Cli, arguments: tuple[str, ...], code: int, said: str
) -> None:
    said = said.replace("PATH", f"{mine.config}/config.toml")
    assert mine("config", "set", *arguments) == Ran(code, "", f"tickiti: {said}\n")
    assert written(mine) == CONFIG


def test_a_broken_file_is_not_changed_but_named(run: Cli) -> None:
    run.configure("timeout = = 1\n")
    ran = run("config", "set", "timeout", "1")
    path = run.config / "config.toml"
    assert ran == Ran(
        3, "", f"tickiti: {path} is not TOML: Invalid value (at line 1, column 11).\n"
    )
    assert written(run) == "timeout = = 1\n"


@pytest.mark.parametrize(
    ("name", "code", "stdout", "stderr"),
    [
        ("timeout", 0, "5.0\n", ""),
        ("retries", 0, "8\n", ""),
        ("output", 0, "\n", ""),
        ("profile", 0, "a\n", ""),
        ("base_url", 0, "https://a.example\n", ""),
        ("default_profile", 0, "a\n", ""),
        ("profiles.a.base_url", 0, "https://a.example\n", ""),
        ("profiles.a.insecure", 6, "", "tickiti: profiles.a.insecure is not set.\n"),
        ("profiles.b.insecure", 3, "", "tickiti: There is no profile 'b' (known: a).\n"),
        ("profiles.a.token", 2, "", f"tickiti: profiles.a.token: {NO_SECRET} a\n"),
    ],
)
def test_effective_setting_is_shown_by_its_name(
    mine: Cli, name: str, code: int, stdout: str, stderr: str
) -> None:
    assert mine("config", "get", name) == Ran(code, stdout, stderr)


def editing(run: Cli, script: str) -> Ran:
    """`config edit` by a person whose editor runs this script on the file."""
    program = run.home / "editor"
    program.write_text(f'file="$1"\n{script}\n')
    return run.on_terminal("config", "edit", EDITOR=f"sh '{program}'", TMPDIR=str(run.home))


def drafts(run: Cli) -> list[Path]:
    return list(run.home.glob("tickiti-*"))


def test_a_valid_edited_file_is_stored(mine: Cli) -> None:
    ran = editing(mine, "sed -i 's/timeout = 5/timeout = 50/' \"$file\"")
    assert ran == Ran(0, f"Wrote {mine.config}/config.toml\n", "")
    assert written(mine) == CONFIG.replace("timeout = 5", "timeout = 50")
    assert drafts(mine) == []


def test_an_unchanged_file_is_not_written(mine: Cli) -> None:
    before = (mine.config / "config.toml").stat().st_ino
    assert editing(mine, ":") == Ran(0, "No changes.\n", "")
    assert (mine.config / "config.toml").stat().st_ino == before
    assert drafts(mine) == []


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo x >> \"$file\"", (" is not TOML: Expected '=' after a key in a key/value pair "
         "(at line 10, column 2).")),
        ("sed -i 's/= 5/= -5/' \"$file\"",
         ", line 5: timeout '-5' is not a number of seconds above 0, at most 86400."),
        ("sed -i 's/timeout/timeot/' \"$file\"", (", line 5: [defaults] cannot have 'timeot' "
         "(only: color, max_time, no_input, output, retries, timeout). Did you mean timeout?")),
        ("sed -i 's/\"a\"/\"aa\"/' \"$file\"",
         ", line 2: default_profile: there is no profile 'aa'. Did you mean a?"),
        ("sed -i 's/https:..//' \"$file\"", (", line 9: base_url of profile 'a': 'a.example' "
         "is not a URL such as https://a.example.")),
        ("sed -i 's/base_url/ca_bundle/' \"$file\"", ", line 8: profile 'a' has no base_url."),
        ("echo \"# 1|abcdefghijklmnopqrstuvwxyz\" >> \"$file\"", (" contains a token; this file "
         "may not contain secrets.")),
    ],
)  # fmt: skip
def test_an_invalid_edited_file_is_kept_as_a_draft(mine: Cli, script: str, said: str) -> None:
    ran = editing(mine, script)
    (draft,) = drafts(mine)
    path = draft / "config.toml"
    assert ran == Ran(
        3,
        f"tickiti: {path}{said}\nNothing was saved; your text is kept in {path}\n",
        "",
    )
    assert written(mine) == CONFIG
    assert (stat.S_IMODE(draft.stat().st_mode), stat.S_IMODE(path.stat().st_mode)) == (0o700, 0o600)


def test_a_broken_file_can_be_repaired_in_the_editor(run: Cli) -> None:
    run.configure("timeout = = 1\n")
    ran = editing(run, "echo '[defaults]' > \"$file\"")
    assert ran == Ran(0, f"Wrote {run.config}/config.toml\n", "")
    assert written(run) == "[defaults]\n"


def test_change_by_another_process_is_not_overwritten(mine: Cli) -> None:
    ran = editing(
        mine, f"echo '# theirs' >> '{mine.config}/config.toml'; echo '# mine' >> \"$file\""
    )
    (draft,) = drafts(mine)
    assert ran == Ran(
        3,
        f"tickiti: {mine.config}/config.toml was changed by another program in the meantime.\n"
        f"Nothing was saved; your text is kept in {draft}/config.toml\n",
        "",
    )
    assert written(mine) == f"{CONFIG}# theirs\n"


def test_a_failing_editor_changes_nothing(mine: Cli) -> None:
    ran = editing(mine, "echo '# more' >> \"$file\"; exit 1")
    (draft,) = drafts(mine)
    said = f"tickiti: The editor 'sh '{mine.home}/editor'' ended with 1; nothing was done.\n"
    assert ran == Ran(2, f"{said}Your text is kept in {draft}/config.toml\n", "")
    assert written(mine) == CONFIG


def test_a_missing_editor_is_named(mine: Cli) -> None:
    assert mine.on_terminal("config", "edit", VISUAL="no-such-editor", EDITOR="true") == Ran(
        2,
        "tickiti: VISUAL: 'no-such-editor' cannot be run: No such file or directory.\n"
        "Name an editor: export EDITOR=nano\n",
        "",
    )


def test_edit_without_a_terminal_is_refused(mine: Cli) -> None:
    said = "tickiti: An editor needs a terminal.\nWithout one: tickiti config set NAME VALUE\n"
    assert mine("config", "edit", EDITOR="true") == Ran(2, "", said)
    assert mine.on_terminal("config", "edit", "--no-input", EDITOR="true") == Ran(2, said, "")


def test_a_renamed_profile_keeps_its_token(mine: Cli) -> None:
    assert mine("profile", "rename", "a", "main") == Ran(0, "main\n", "")
    assert written(mine) == CONFIG.replace('"a"', '"main"').replace(
        "[profiles.a]", "[profiles.main]"
    )
    assert mine("auth", "status").stdout == "main\thttps://a.example\t1\tprofile 'main'\n"
    assert '[main]\ntoken = "1|stored"' in (mine.config / "credentials.toml").read_text()
    assert "[a]" not in (mine.config / "credentials.toml").read_text()


def test_a_new_profile_gets_no_leftover_token(mine: Cli) -> None:
    (mine.config / "credentials.toml").write_text('[b]\ntoken = "2|left"\n')
    assert mine("config", "set", "profiles.b.base_url", "https://b.example") == Ran(
        2,
        "",
        "tickiti: Profile 'b' has a token for another server, which may not be sent elsewhere.\n"
        "Log in there: tickiti auth login -p b --base-url https://b.example\n",
    )
    assert mine("profile", "rename", "a", "b").code == 0
    assert (mine.config / "credentials.toml").read_text() == ""


def test_removing_a_profile_removes_its_token(mine: Cli) -> None:
    assert mine("profile", "remove", "a", "--yes") == Ran(0, "a\n", "")
    assert "a.example" not in written(mine)
    assert "default_profile" not in written(mine)
    assert (mine.config / "credentials.toml").read_text() == ""


def test_removing_a_profile_asks_for_confirmation(mine: Cli) -> None:
    question = "Remove profile 'a' and its stored token?"
    assert mine("profile", "remove", "a") == Ran(
        2, "", f"tickiti: {question} Not a terminal: confirm with --yes.\n"
    )
    asked = mine.on_terminal("profile", "remove", "a", asked="to confirm:", typed="no\n")
    assert asked.code == 2
    assert asked.stdout.endswith("tickiti: Nothing was done.\n")
    assert written(mine) == CONFIG


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("rename", "b", "c"), 3, "There is no profile 'b' (known: a, shared)."),
        (("rename", "a", "shared"), 2, "Profile 'shared' already exists."),
        (("rename", "shared", "c"), 3, "Profile 'shared' is not in PATH."),
        (("remove", "shared", "-y"), 3, "Profile 'shared' is not in PATH."),
    ],
)
def test_a_profile_that_cannot_be_changed_is_named(
    mine: Cli, arguments: tuple[str, ...], code: int, said: str
) -> None:
    system = mine.home / "system" / "tickiti"
    system.mkdir(parents=True)
    (system / "config.toml").write_text('[profiles.shared]\nbase_url = "https://s.example"\n')
    said = said.replace("PATH", f"{mine.config}/config.toml")
    assert mine("profile", *arguments) == Ran(code, "", f"tickiti: {said}\n")
    assert written(mine) == CONFIG
    assert (mine.config / "credentials.toml").read_text() == SECRETS


@pytest.mark.parametrize("arguments", [("rename", "a", "b"), ("remove", "a", "--yes")])
def test_a_profile_with_a_pending_operation_is_not_removed(
    mine: Cli, arguments: tuple[str, ...]
) -> None:
    """No server answers there, so the write stays open in the journal."""
    (mine.config / "config.toml").write_text(CONFIG.replace("https://a.example", "http://[::1]:1"))
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y", "--retries", "0")
    assert mine(*create).code == 11
    operation = mine("op", "list", "--fields", "id").stdout.strip()
    assert mine("profile", *arguments) == Ran(
        13,
        "",
        f"tickiti: Profile 'a' has a pending operation: {operation}.\n"
        f"Resume it first: tickiti op resume {operation}\n",
    )


PLACES = ("flag", "environment", "project", "user", "system")
SETTINGS = {
    # its flag, its variable, and what stands in each of the places, in their order
    "output": ("--output", "TICKITI_OUTPUT", ["json", "ndjson", "csv", "table", "plain"]),
    "color": ("--color", None, ["always", None, "never", "auto", "always"]),
    "timeout": ("--timeout", "TICKITI_API_TIMEOUT_MS", [1, 2, 3, 4, 5]),
    "max_time": ("--max-time", None, [1, None, 3, 4, 5]),
    "retries": ("--retries", "TICKITI_RETRIES", [1, 2, 3, 4, 5]),
    "no_input": ("--no-input", "TICKITI_NO_INPUT", [True, True, True, True, True]),
}
BEGINNINGS = {
    "json": '[{"name"', "ndjson": '{"name"', "csv": "name\r\n", "table": "NAME\nprofile",
    "plain": "profile\n",
}  # fmt: skip
CASES = [
    (name, first)
    for name, (_, variable, _) in SETTINGS.items()
    for first in range(len(PLACES))
    if variable or PLACES[first] != "environment"
]


@pytest.mark.parametrize(
    ("name", "first"), CASES, ids=[f"{name} of {PLACES[first]}" for name, first in CASES]
)
def test_first_of_five_layers_with_a_setting_counts(run: Cli, name: str, first: int) -> None:
    """The places from `first` on have it; those before it do not."""
    flag, variable, values = SETTINGS[name]
    files = {
        "project": run.folder / ".tickiti.toml",
        "user": run.config / "config.toml",
        "system": run.home / "system" / "tickiti" / "config.toml",
    }
    flags: list[str] = []
    environ: dict[str, str] = {}
    for place, value in list(zip(PLACES, values, strict=True))[first:]:
        if place == "flag":
            flags = [flag] if value is True else [flag, str(value)]
        elif place == "environment" and variable:
            environ[variable] = str(value * 1000 if name == "timeout" else value)
        elif place in files:
            files[place].parent.mkdir(parents=True, exist_ok=True)
            files[place].write_text(f"[defaults]\n{name} = {json.dumps(value)}\n")
    if name == "output":  # which is how the answer is written
        assert run("config", "list", "--fields", "name", *flags, **environ).stdout.startswith(
            BEGINNINGS[values[first]]
        )
        return
    ran = run("config", "list", "--json", *flags, **environ)
    (shown,) = [row for row in json.loads(ran.stdout) if row["name"] == name]
    origins = (flag, variable, *map(str, files.values()))
    assert (shown["value"], shown["origin"]) == (values[first], origins[first])


@pytest.mark.parametrize("first", range(len(PLACES)), ids=PLACES)
def test_first_of_five_layers_with_a_profile_counts(run: Cli, first: int) -> None:
    profiles = "".join(f'[profiles.{p}]\nbase_url = "https://{p}.example"\n' for p in PLACES)
    texts = {
        run.folder / ".tickiti.toml": 'profile = "project"\n',
        run.config / "config.toml": f'default_profile = "user"\n{profiles}',
        run.home / "system" / "tickiti" / "config.toml": 'default_profile = "system"\n',
    }
    if first == len(PLACES) - 1:
        texts[run.config / "config.toml"] = profiles
    if first > PLACES.index("project"):
        del texts[run.folder / ".tickiti.toml"]
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    flags = ["-p", "flag"] if first == 0 else []
    environ = {"TICKITI_PROFILE": "environment"} if first <= 1 else {}
    assert run("config", "get", "profile", *flags, **environ) == Ran(0, f"{PLACES[first]}\n", "")


def test_a_project_file_sets_a_profile_and_defaults_only(run: Cli) -> None:
    """What else it may not have: test_a_project_file_cannot_set_the_server_of_a_token."""
    run.configure(CONFIG + '[profiles.b]\nbase_url = "https://b.example"\n')
    (run.folder / ".tickiti.toml").write_text('profile = "b"\n[defaults]\ntimeout = 9\n')
    got = [run("config", "get", name).stdout for name in ("profile", "base_url", "timeout")]
    assert got == ["b\n", "https://b.example\n", "9.0\n"]
