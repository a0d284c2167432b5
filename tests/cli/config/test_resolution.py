"""The server, the token and the settings in effect, and the files that are refused."""

import json
import os
from pathlib import Path

import pytest

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply

CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
NOT_CONFIGURED = Ran(
    3,
    "",
    "tickiti: No Tickiti server is configured.\n"
    "Set one up with `tickiti init`; or start the bundled server with `tickiti server start`, "
    "or log in to yours with "
    "`tickiti auth login`.\n",
)


def profiles(**urls: str) -> str:
    return "".join(f'[profiles.{name}]\nbase_url = "{url}"\n' for name, url in urls.items())


def secrets(**tokens: str) -> str:
    return "".join(f'[{name}]\ntoken = "{token}"\n' for name, token in tokens.items())


@pytest.fixture
def answering(foreign: Foreign) -> Foreign:
    foreign.answers(reply({"ok": True, "data": {"tickets": [], "next_cursor": None}}))
    return foreign


def token_sent(run: Cli, foreign: Foreign, *flags: str, **environ: str) -> str:
    """The token that a call sends."""
    foreign.asked.clear()
    ran = run("ticket", "list", *flags, **environ)
    assert ran.code == 0, ran.stderr
    return foreign.asked[0].headers["authorization"].removeprefix("Bearer ")


def test_missing_configuration_is_an_error(run: Cli) -> None:
    assert run(*CREATE) == NOT_CONFIGURED
    assert run("ticket", "list", TICKITI_API_TOKEN="1|x") == NOT_CONFIGURED


@pytest.mark.parametrize(
    ("flags", "environ", "server"),
    [
        ((), {}, "of-the-user"),
        ((), {"TICKITI_PROFILE": "b"}, "b"),
        ((), {"TICKITI_API_BASE": "https://environment.example"}, "environment"),
        (
            (),
            {"TICKITI_API_BASE": "https://environment.example", "TICKITI_PROFILE": "b"},
            "environment",
        ),
        (("-p", "c"), {"TICKITI_API_BASE": "https://environment.example"}, "c"),
        (("-p", "c"), {"TICKITI_PROFILE": "b"}, "c"),
        (
            ("--base-url", "https://flag.example/"),
            {"TICKITI_API_BASE": "https://environment.example"},
            "flag",
        ),
    ],
)
def test_flags_precede_the_environment_which_precedes_the_files(
    run: Cli, flags: tuple[str, ...], environ: dict[str, str], server: str
) -> None:
    names = {name: f"https://{name}.example" for name in ("of-the-user", "b", "c")}
    run.configure(f'default_profile = "of-the-user"\n{profiles(**names)}')
    ran = run(*CREATE, "--dry-run", *flags, **environ)
    assert json.loads(ran.stdout)["url"] == f"https://{server}.example/api/create_ticket"


def test_a_project_pins_a_profile_for_everything_below_it(run: Cli) -> None:
    run.configure(
        'default_profile = "a"\n' + profiles(a="https://a.example", b="https://b.example")
    )
    (run.home / ".tickiti.toml").write_text('profile = "b"\n')
    assert run("profile", "show").stdout == f"b\thttps://b.example\t{run.home}/.tickiti.toml\n"


def test_the_administrators_file_has_the_lowest_precedence(run: Cli) -> None:
    system = run.home / "system" / "tickiti"
    system.mkdir(parents=True)
    (system / "config.toml").write_text(
        'default_profile = "a"\n[defaults]\nretries = 1\ntimeout = 5\n'
        + profiles(a="https://a.example")
    )
    run.configure("[defaults]\nretries = 2\n")
    ran = run("config", "list", "--show-origin")
    assert ran.stdout == (
        f"profile\ta\t{system}/config.toml\n"
        f"base_url\thttps://a.example\t{system}/config.toml\n"
        "output\t\tbuilt in\n"
        "color\tauto\tbuilt in\n"
        f"timeout\t5.0\t{system}/config.toml\n"
        "max_time\t120.0\tbuilt in\n"
        f"retries\t2\t{run.config}/config.toml\n"
        "no_input\tfalse\tbuilt in\n"
    )


def test_settings_name_their_layer(run: Cli) -> None:
    run.configure("[defaults]\nmax_time = 60\n")
    (run.folder / ".tickiti.toml").write_text("[defaults]\ncolor = 'never'\n")
    ran = run(
        "config", "list", "--show-origin", "--json", "--retries", "3",
        TICKITI_API_TIMEOUT_MS="2500", TICKITI_NO_INPUT="1",
    )  # fmt: skip
    rows = {row["name"]: (row["value"], row["origin"]) for row in json.loads(ran.stdout)}
    assert rows == {
        "profile": (None, "not configured"),
        "base_url": (None, "not configured"),
        "output": (None, "built in"),
        "color": ("never", f"{run.folder}/.tickiti.toml"),
        "timeout": (2.5, "TICKITI_API_TIMEOUT_MS"),
        "max_time": (60.0, f"{run.config}/config.toml"),
        "retries": (3, "--retries"),
        "no_input": (True, "TICKITI_NO_INPUT"),
    }


def test_the_path_of_the_configuration_is_shown_even_when_it_is_broken(run: Cli) -> None:
    run.configure("this is not TOML")
    assert run("config", "path") == Ran(0, f"{run.config}/config.toml\n", "")


NO_COUNT = "is not a whole number from 0 to 1000."
NO_TIME = "is not a number of seconds above 0, at most 86400."
NO_MILLISECONDS = "is not a number of milliseconds above 0, at most 86400000."
NO_FORMAT = "is not one of table, plain, json, ndjson, csv, markdown, html."
PROFILE_MEMBERS = (
    "allow_http, api, base_url, ca_bundle, confirm_writes, from, insecure, proxy, queue, secret, "
    "token_command, web_url"
)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ("x =", " is not TOML: Invalid value (at line 1, the end of the file)."),
        (
            "a = 1",
            (
                ", line 1: the file cannot have 'a' (only: aliases, default_profile, defaults, "
                "profiles)."
            ),
        ),
        ("default_profile = 1", ", line 1: default_profile must be the name of a profile."),
        ('default_profile = "b"', ", line 1: there is no profile 'b' (known: none)."),
        ("profiles = 1", ", line 1: 'profiles' must be a table."),
        ("[profiles]\na = 1", ", line 2: profile 'a' must be a table."),
        ("[profiles.a]\nbase_url = 1", ", line 2: base_url of profile 'a' must be text."),
        (
            "[profiles.a]\ninsecure = 'no'",
            ", line 2: insecure of profile 'a' must be true or false.",
        ),
        (
            "[profiles.a]\ntoken = '1|x'",
            f", line 2: profile 'a' cannot have 'token' (only: {PROFILE_MEMBERS}).",
        ),
        ("[defaults]\nretries = -1", f", line 2: retries '-1' {NO_COUNT}"),
        ("[defaults]\nretries = true", f", line 2: retries 'True' {NO_COUNT}"),
        ("[defaults]\ntimeout = nan", f", line 2: timeout 'nan' {NO_TIME}"),
        ("[defaults]\noutput = 'pdf'", f", line 2: output 'pdf' {NO_FORMAT}"),
    ],
)
def test_a_bad_file_is_named_with_its_error(run: Cli, config: str, sentence: str) -> None:
    run.configure(config)
    ran = run("config", "list")
    assert ran == Ran(3, "", f"tickiti: {run.config}/config.toml{sentence}\n")


@pytest.mark.parametrize(
    ("variable", "text", "sentence"),
    [
        ("TICKITI_RETRIES", "many", f"retries 'many' {NO_COUNT}"),
        ("TICKITI_API_TIMEOUT_MS", "0", f"timeout '0' {NO_MILLISECONDS}"),
        ("TICKITI_API_TIMEOUT_MS", "-5", f"timeout '-5' {NO_MILLISECONDS}"),
        ("TICKITI_API_TIMEOUT_MS", "soon", f"timeout 'soon' {NO_MILLISECONDS}"),
        ("TICKITI_NO_INPUT", "maybe", "no_input 'maybe' is not true or false."),
        ("TICKITI_OUTPUT", "pdf", f"output 'pdf' {NO_FORMAT}"),
    ],
)
def test_a_bad_variable_is_named(run: Cli, variable: str, text: str, sentence: str) -> None:
    ran = run("config", "list", **{variable: text})
    assert ran == Ran(3, "", f"tickiti: {variable}: {sentence}\n")


@pytest.mark.parametrize(
    ("flag", "text", "sentence"),
    [
        ("--retries", "-1", "retries '-1' is not a whole number from 0 to 1000."),
        ("--timeout", "0", "timeout '0.0' is not a number of seconds above 0, at most 86400."),
        (
            "--output",
            "pdf",
            "output 'pdf' is not one of table, plain, json, ndjson, csv, markdown, html.",
        ),
        ("--color", "red", "color 'red' is not one of auto, always, never."),
    ],
)
def test_a_bad_flag_is_a_usage_error(run: Cli, flag: str, text: str, sentence: str) -> None:
    ran = run("config", "list", flag, text)
    assert ran == Ran(2, "", f"tickiti: {flag}: {sentence}\n")


@pytest.mark.parametrize(
    "url", ["support.example", "ftp://support.example", "https://", "https://a b", "a.b/?x",
            "https://h/?x=1", "https://h#x", "file:///etc/passwd", "https://[::1", "https://h:99999",
            "https://h:x", "https://h:-1", "https://[v1.x", "http://:80", "https://a]b", "https:///x",
            "https://h\\evil.example", "https://h..example", "https://.", f"https://{'h' * 64}.x",
            "http://ex\u2100mple.com", "HTTPS://[::1"]
)  # fmt: skip
def test_invalid_address_is_refused(run: Cli, url: str) -> None:
    ran = run("ticket", "list", "--base-url", url)
    assert ran == Ran(
        2, "", f"tickiti: --base-url: '{url}' is not a URL such as https://support.example.\n"
    )


def test_invalid_address_of_each_source_is_refused(run: Cli) -> None:
    ran = run("ticket", "list", TICKITI_API_BASE="https://[::1")
    sentence = "TICKITI_API_BASE: 'https://[::1' is not a URL such as https://support.example."
    assert ran == Ran(2, "", f"tickiti: {sentence}\n")
    run.config.mkdir(exist_ok=True)
    text = 'default_profile = "a"\n[profiles.a]\nbase_url = "https://[::1"\n'
    (run.config / "config.toml").write_text(text)
    for command in (("ticket", "list"), ("doctor",), ("profile", "show", "a"), ("auth", "status")):
        ran = run(*command)
        assert ran.code != 1, command
        assert "a bug" not in ran.stderr
    sentence = (
        f"{run.config}/config.toml, line 3: base_url of profile 'a': 'https://[::1' is not a URL "
        "such as https://support.example."
    )
    assert run("ticket", "list") == Ran(3, "", f"tickiti: {sentence}\n")


@pytest.mark.parametrize("sentence", ["a pipe: it must be a regular file", "larger than 1048576"])
def test_config_that_cannot_be_read_whole_is_refused_at_once(run: Cli, sentence: str) -> None:
    run.config.mkdir(mode=0o700, parents=True)
    file = run.config / "config.toml"
    if "pipe" in sentence:
        os.mkfifo(file)
    else:
        file.write_text("#" * 1024 * 1024 + "#")
    for words in (("ticket", "list"), ("config", "list"), ("config", "set", "retries", "3")):
        ran = run(*words)
        assert (ran.code, ran.stdout) == (3, "")
        assert ran.stderr.startswith(f"tickiti: {file} is {sentence}"), words
    named = run("config", "list", TICKITI_PROJECT_FILE=str(file))
    assert (named.code, sentence in named.stderr) == (3, True)


@pytest.mark.parametrize("name", ["config.toml", "credentials.toml"])
def test_nested_values_too_deep_for_the_parser_are_not_a_bug(run: Cli, name: str) -> None:
    run.configure(profiles(a="https://a.example"), "")
    file = run.config / name
    file.touch(mode=0o600)
    file.write_text(f"a = {'[' * 3000}")
    sentence = f"{file} is not TOML: Values are nested too deeply."
    ran = run("ticket", "list", "-p", "a")
    assert (ran.code, ran.stdout, ran.stderr.splitlines()[0]) == (3, "", f"tickiti: {sentence}")


def test_infinite_number_of_retries_is_named_with_its_line(run: Cli) -> None:
    run.configure("[defaults]\nretries = inf\n" + profiles(a="https://a.example"))
    ran = run("ticket", "list", "-p", "a", TICKITI_API_TOKEN="1|x")
    sentence = "line 2: retries 'inf' is not a whole number from 0 to 1000."
    assert (ran.code, sentence in ran.stderr) == (3, True), ran.stderr


def test_the_scheme_of_an_address_may_be_in_any_case(run: Cli) -> None:
    with Foreign() as server:
        address = server.base_url.replace("http", "HTTP")
        ran = run("ticket", "list", "--base-url", address, TICKITI_API_TOKEN="1|" + "a" * 40)
        assert (ran.code, len(server.asked)) != (2, 0), ran.stderr


@pytest.mark.parametrize(
    ("given", "plain"),
    [("https://Desk.Example:443/Path/", "https://desk.example/Path"),
     ("HTTP://LOCALHOST:80", "http://localhost"), ("http://[::1]:80/", "http://[::1]"),
     ("https://[::443]", "https://[::443]"), ("https://desk.example:80", "https://desk.example:80")]
)  # fmt: skip
def test_one_address_has_one_spelling(run: Cli, given: str, plain: str) -> None:
    """Bulk jobs and operations of one server are found by its address."""
    ran = run("config", "list", "--json", "--base-url", given)
    rows = {row["name"]: row["value"] for row in json.loads(ran.stdout)}
    assert rows["base_url"] == plain


@pytest.mark.parametrize(
    "line",
    ['base_url = "https://evil.example"', "insecure = true", "allow_http = true",
     'ca_bundle = "x"', 'token_command = "x"', 'profiles.a.base_url = "https://evil.example"',
     'default_profile = "b"', 'defaults.base_url = "https://evil.example"',
     'defaults.allow_http = true', "from = 7"],
)  # fmt: skip
def test_a_project_file_cannot_set_the_server_of_a_token(run: Cli, line: str) -> None:
    mine, other = "https://a.example", "https://b.example"
    run.configure(f'default_profile = "a"\n{profiles(a=mine, b=other)}', secrets(a="1|x"))
    (run.folder / ".tickiti.toml").write_text(f"{line}\ndefaults.retries = 3\n")
    member = line.partition(" ")[0]
    member = member if member.startswith("defaults") else member.partition(".")[0]
    told = (
        f"{run.folder}/.tickiti.toml: {member} is ignored: a project file may only have profile, "
        "defaults and confirm_writes = true.\n"
    )
    assert run("config", "get", "base_url") == Ran(0, f"{mine}\n", told)
    assert run("config", "get", "retries") == Ran(0, "3\n", told)
    shown = run(*CREATE, "--dry-run", "--json")
    assert (shown.code, json.loads(shown.stdout)["url"], shown.stderr) == (
        0, f"{mine}/api/create_ticket", told
    )  # fmt: skip


@pytest.mark.parametrize("line", ['token = "1|x"', "retries = 3", "defaults.a = 1", "defaults = 1"])
def test_a_project_file_with_an_unknown_name_is_refused(run: Cli, line: str) -> None:
    run.configure('default_profile = "a"\n' + profiles(a="https://a.example"), secrets(a="1|x"))
    (run.folder / ".tickiti.toml").write_text(f"{line}\n")
    ran = run(*CREATE)
    assert (ran.code, ran.stdout) == (3, "")
    assert ran.stderr.startswith(f"tickiti: {run.folder}/.tickiti.toml, line 1: ")
    assert ran.stderr.endswith("\nCorrect this project file or remove it.\n")


def test_a_token_flag_precedes_every_other_token_source(run: Cli, answering: Foreign) -> None:
    run.configure(profiles(a=answering.base_url), secrets(a="1|stored"))
    file = run.folder / "t"
    file.touch(mode=0o600)
    file.write_text("1|flag\n")
    assert token_sent(run, answering, "-p", "a", "--token-file", "t") == "1|flag"
    sent = token_sent(
        run, answering, "--base-url", answering.base_url, "--token-file", "t",
        TICKITI_API_TOKEN="1|environment",
    )  # fmt: skip
    assert sent == "1|flag"


def test_the_environments_own_sources_have_an_order(run: Cli, answering: Foreign) -> None:
    file = run.folder / "t"
    file.touch(mode=0o600)
    file.write_text("1|file\n")
    (run.home / "tickiti-token").write_text("1|systemd\n")
    sources = {
        "TICKITI_API_TOKEN_FILE": str(file),
        "TICKITI_API_TOKEN": "1|variable",
        "TICKITI_TOKEN_COMMAND": "echo '1|command'",
        "CREDENTIALS_DIRECTORY": str(run.home),
    }
    for expected in ("1|file", "1|variable", "1|command", "1|systemd"):
        assert (
            token_sent(run, answering, TICKITI_API_BASE=answering.base_url, **sources) == expected
        )
        del sources[next(iter(sources))]


def test_a_token_of_the_environment_never_goes_to_a_profiles_server(
    run: Cli, foreign: Foreign
) -> None:
    run.configure(f'default_profile = "a"\n{profiles(a=foreign.base_url)}')
    ran = run("ticket", "list", TICKITI_API_TOKEN="1|environment", CREDENTIALS_DIRECTORY="/tmp")
    assert ran == Ran(
        4,
        "",
        f"tickiti: There is no token for {foreign.base_url}.\n"
        "TICKITI_API_TOKEN is set and not used. A token of the environment goes only to the server "
        "of TICKITI_API_BASE or --base-url.\n"
        "Log in: tickiti auth login -p a, or give a token with --token-file FILE.\n",
    )
    assert foreign.asked == []


def test_an_explicit_profile_ignores_the_environments_server_and_token(
    run: Cli, answering: Foreign
) -> None:
    run.configure(profiles(a=answering.base_url), secrets(a="1|stored"))
    environ = {"TICKITI_API_BASE": "https://elsewhere.example", "TICKITI_API_TOKEN": "1|other"}
    assert token_sent(run, answering, "-p", "a", **environ) == "1|stored"


def test_a_stored_token_never_goes_to_another_server(run: Cli, foreign: Foreign) -> None:
    run.configure(
        f'default_profile = "a"\n{profiles(a="https://a.example")}', secrets(a="1|stored")
    )
    assert run("ticket", "list", "--base-url", foreign.base_url).code == 4
    assert run("ticket", "list", TICKITI_API_BASE=foreign.base_url).code == 4
    both = run("ticket", "list", "-p", "a", "--base-url", foreign.base_url)
    assert both == Ran(
        2,
        "",
        f"tickiti: --base-url {foreign.base_url} is not the server of profile 'a', "
        "https://a.example, and its token goes nowhere else.\n"
        "Leave one of the two out, or give the token with --token-file.\n",
    )
    assert foreign.asked == []


def test_a_profiles_token_command_is_asked_each_time(run: Cli, answering: Foreign) -> None:
    run.configure(profiles(a=answering.base_url) + "token_command = \"echo '1|fresh'\"\n")
    assert token_sent(run, answering, "-p", "a") == "1|fresh"


def test_a_token_command_that_fails_is_not_replaced_by_another_source(
    run: Cli, foreign: Foreign
) -> None:
    run.configure(
        profiles(a=foreign.base_url) + 'token_command = "exit 9"\n', secrets(a="1|stored")
    )
    ran = run("ticket", "list", "-p", "a")
    assert ran == Ran(3, "", "tickiti: The token command printed no token (exit 9).\n"
               "Run the token_command of profile 'a' in a shell to see what it prints; to change "
               "it: tickiti config edit\n")  # fmt: skip


def test_token_file_dash_reads_the_token_from_standard_input(run: Cli, answering: Foreign) -> None:
    ran = run(
        "ticket", "list", "--base-url", answering.base_url, "--token-file", "-", stdin="1|piped\n"
    )
    assert ran.code == 0
    assert answering.asked[0].headers["authorization"] == "Bearer 1|piped"


def test_an_unknown_profile_error_lists_the_profiles(run: Cli) -> None:
    run.configure(profiles(a="https://a.example", b="https://b.example"))
    assert run("ticket", "list", "-p", "c") == Ran(
        3, "", "tickiti: --profile: there is no profile 'c' (known: a, b).\n"
    )


def test_a_missing_ca_bundle_is_named(run: Cli) -> None:
    run.configure(profiles(a="https://a.example"), secrets(a="1|x"))
    ran = run("ticket", "list", "-p", "a", "--ca-bundle", "missing.pem")
    assert ran == Ran(2, "", "tickiti: --ca-bundle missing.pem: No such file or directory.\n")


def test_comments_in_the_configuration_survive(run: Cli) -> None:
    run.configure(
        '# mine\ndefault_profile = "a" # for now\n\n'
        + profiles(a="https://a.example", b="https://b.example")
    )
    assert run("profile", "use", "b") == Ran(0, "b\n", "")
    assert (run.config / "config.toml").read_text() == (
        '# mine\ndefault_profile = "b" # for now\n\n'
        + profiles(a="https://a.example", b="https://b.example")
    )


def test_a_configuration_file_that_is_a_link_stays_a_link(run: Cli, tmp_path: Path) -> None:
    run.configure(profiles(a="https://a.example"))
    kept = tmp_path / "dotfiles.toml"
    (run.config / "config.toml").rename(kept)
    (run.config / "config.toml").symlink_to(kept)
    assert run("profile", "use", "a").code == 0
    assert (run.config / "config.toml").is_symlink()
    assert 'default_profile = "a"' in kept.read_text()
