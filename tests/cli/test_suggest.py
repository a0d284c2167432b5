"""A wrong name is answered with the nearest right one."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer import BadParameter
from typer.main import get_command

from tests.support.cli import Cli, Ran
from tickiti_cli.parser.app import app
from tickiti_cli.parser.choices import Choice

CONFIG = """
[profiles.prod]
base_url = "https://support.sole-trader.example"
"""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("templat",), 2, "Unknown command 'templat'. Did you mean 'tickiti template'?"),
        (("ticket", "crate"), 2, "Unknown command 'crate'. Did you mean 'tickiti ticket create'?"),
        (("ticket", "list", "--stats", "open"), 2,
         "Unknown flag --stats. Did you mean --status?"),
        (("--quite", "ticket", "list"), 2, "Unknown flag --quite. Did you mean --quiet?"),
        (("api", "creat_ticket"), 2,
         "There is no endpoint 'creat_ticket'. Did you mean create_ticket?"),
        (("help", "exit-code"), 2,
         "Unknown topic or command 'exit-code'. Did you mean exit-codes?"),
        (("man", "tiket"), 2, "There is no manual page 'tiket'. Did you mean ticket?"),
        (("ticket", "list", "-p", "prd"), 3,
         "--profile: there is no profile 'prd' (known: prod). Did you mean prod?"),
        (("profile", "use", "prodd"), 3,
         "There is no profile 'prodd' (known: prod). Did you mean prod?"),
        (("config", "list", "--fields", "nam"), 2,
         "--fields: there is no field 'nam' (known: name, value, origin). Did you mean name?"),
    ],
)  # fmt: skip
def test_mistyped_word_names_the_nearest_command(
    run: Cli, arguments: tuple[str, ...], code: int, said: str
) -> None:
    run.configure(CONFIG)
    ran = run(*arguments)
    assert (ran.code, ran.stdout) == (code, "")
    assert ran.stderr.splitlines()[0] == f"tickiti: {said}"


FORMATS = "one of table, plain, json, ndjson, csv, markdown, html (did you mean json?)."
CREATE = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-o", "jsn", "ticket", "list"),
         f"--output: output 'jsn' is not {FORMATS}"),
        (("config", "set", "output", "jsn"),
         f"defaults.output 'jsn' is not {FORMATS}"),
        (("ticket", "list", "--status", "opne"),
         ("--status: 'opne' is not "
          "one of open, on-hold, closed (did you mean open?).")),
        ((*CREATE, "--body-format", "mk"),
         ("--body-format: 'mk' is not "
          "one of text, md, html, pre (did you mean md?).")),
        (("token", "mint", "--name", "x", "--preset", "fliler"),
         ("--preset: 'fliler' is not "
          "one of read-only, filer, mailer, full (did you mean filer?).")),
        (("server", "act", "220009", "--priority", "zzz"),
         "--priority: 'zzz' is not one of low, normal, high, urgent."),
    ],
)  # fmt: skip
def test_mistyped_choice_names_the_nearest_then_all(
    run: Cli, arguments: tuple[str, ...], said: str
) -> None:
    run.configure(CONFIG)
    ran = run(*arguments)
    assert (ran.code, ran.stdout, ran.stderr.splitlines()[0]) == (2, "", f"tickiti: {said}")


def choices() -> Iterator[tuple[str, Any]]:
    """Every flag and argument of the tree that offers words, by its place."""

    def walk(command: Any, path: str) -> Iterator[tuple[str, Any]]:
        context = typer.Context(command)
        for parameter in command.params:
            offered = {str(item.value) for item in parameter.shell_complete(context, "")}
            # Of names in the helpdesk the server knows which are right.
            if any(word.startswith("<") for word in offered) or "@me" in offered:
                continue
            if offered or isinstance(parameter.type, Choice):
                yield f"{path} {max(parameter.opts, key=len)}", parameter
        for name in command.list_commands(context) if hasattr(command, "list_commands") else ():
            yield from walk(command.get_command(context, name), f"{path} {name}")

    yield from walk(get_command(app), "tickiti")


CHOICES = [*choices()]
ANSWERED_OTHERWISE = {
    # What may be more than the words that are offered, or is answered by what reads it.
    "--output", "--color", "--install", "--route", "abilities", "name", "endpoint", "page",
    "topic",
}  # fmt: skip


def test_flags_with_choices_refuse_other_words() -> None:
    open_ones = [place for place, found in CHOICES if not isinstance(found.type, Choice)]
    assert {place.split()[-1] for place in open_ones} == ANSWERED_OTHERWISE


@pytest.mark.parametrize(
    "parameter", [pytest.param(p, id=at) for at, p in CHOICES if isinstance(p.type, Choice)]
)
def test_a_typo_in_any_choice_names_the_correct_word_first(parameter: Any) -> None:
    words = [str(getattr(word, "value", word)) for word in parameter.type.choices]
    for word in words:
        slip = f"{word[0]}{word[2:]}x" if len(word) > 3 else f"{word}x"
        with pytest.raises(BadParameter) as refused:
            parameter.type.convert(slip, parameter, None)
        told = f"'{slip}' is not one of {', '.join(words)} (did you mean {word}?)."
        assert refused.value.message == told


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("[defaults]\ntimeot = 1\n", ("2: [defaults] cannot have 'timeot' (only: color, max_time, "
         "no_input, output, retries, timeout). Did you mean timeout?")),
        ("[profiles.a]\nbaseurl = 'x'\n", ("2: profile 'a' cannot have 'baseurl' (only: "
         "allow_http, api, base_url, ca_bundle, confirm_writes, from, insecure, proxy, queue, "
         "secret, token_command, web_url). "
         "Did you mean base_url?")),
        ("default_profil = 'a'\n", ("1: the file cannot have 'default_profil' (only: aliases, "
         "default_profile, defaults, profiles). Did you mean default_profile?")),
    ],
)  # fmt: skip
def test_mistyped_file_member_names_the_nearest(run: Cli, config: str, said: str) -> None:
    run.configure(config)
    assert run("config", "list") == Ran(3, "", f"tickiti: {run.config}/config.toml, line {said}\n")


def test_a_name_like_no_other_gets_no_suggestion(run: Cli) -> None:
    run.configure(CONFIG)
    assert run("ticket", "list", "-p", "xyz") == Ran(
        3, "", "tickiti: --profile: there is no profile 'xyz' (known: prod).\n"
    )
