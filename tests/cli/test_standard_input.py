"""Standard input: one flag or argument of a run reads it, and a second one is refused."""

import subprocess

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign


def ticket(*words: str) -> tuple[str, ...]:
    return ("ticket", "create", "--from", "a@b.example", "-s", "x", *words)


ROWS = "from,subject,body\na@b.example,x,y\n"

PAIRS = [
    ("1\n", ("ticket", "close", "-", "--body-file", "-"), ("--body-file -", "NUMBER -")),
    ("1\n", ("ticket", "note", "-", "--body-file", "-"), ("--body-file -", "NUMBER -")),
    ("{}", ("api", "create_ticket", "--input", "-", "-F", "a=@-"), ("-F a", "--input -")),
    ("{}", ("api", "create_ticket", "-F", "a=@-", "-F", "b=@-"), ("-F b", "-F a")),
    ("x", ticket("--body-file", "-", "--token-file", "-"), ("--token-file -", "--body-file -")),
    (ROWS, ("ticket", "import", "-", "--format", "csv", "--token-file", "-"),
     ("--token-file -", "FILE -")),
]  # fmt: skip


@pytest.mark.parametrize(("stdin", "words", "readers"), PAIRS)
def test_second_reader_of_standard_input_is_refused_before_a_request(
    run: Cli, foreign: Foreign, stdin: str, words: tuple[str, ...], readers: tuple[str, str]
) -> None:
    token = {} if "--token-file" in words else {"TICKITI_API_TOKEN": "1|tkt_x"}
    author = ("--from", "a@b.example") if "note" in words else ()
    ran = run(*words, *author, stdin=stdin, TICKITI_API_BASE=foreign.base_url, **token)
    second, first = readers
    sentence = f"{second}: standard input can be read only once, and {first} reads it."
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr == f"tickiti: {sentence}\nGive one of them a file.\n"
    assert not foreign.asked


@pytest.mark.parametrize(
    ("words", "reader"),
    [
        (("token", "scan", "-"), "PATH -"),
        (("ticket", "import", "-", "--format", "csv"), "FILE -"),
        (("ticket", "close", "-"), "NUMBER -"),
        (ticket("--body-file", "-"), "--body-file -"),
        (("ticket", "list", "--token-file", "-"), "--token-file -"),
    ],
)
def test_closed_standard_input_is_an_error_that_names_its_reader(
    run: Cli, words: tuple[str, ...], reader: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *run.command(words)],
        capture_output=True,
        env=run.environ({"TICKITI_API_BASE": "http://127.0.0.1:1"}),
        timeout=30,
        check=False,
    )
    sentence = f"tickiti: {reader}: there is no standard input.\n"
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", sentence)
