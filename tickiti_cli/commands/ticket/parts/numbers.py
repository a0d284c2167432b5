"""The tickets of a command that takes several: their numbers as arguments, or on stdin.

Rule: each number counts once, and a word of stdin that is not a number fails alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, NamedTuple

import typer

from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.read import read_text
from tickiti_cli.parser.options import ticket_number

STDIN = 0
"""The number that stands for `-`. No ticket has this number."""


def _number_or_stdin(text: str) -> int:
    return STDIN if text.strip() == "-" else ticket_number(text)


Numbers = Annotated[
    list[int],
    typer.Argument(
        metavar="NUMBER...",
        parser=_number_or_stdin,
        help='Ticket numbers ("-" for stdin)',
    ),
]


class Word(NamedTuple):
    """A ticket as it was given. `number` is None where it is not a number: see `problem`."""

    number: int | None
    problem: str = ""


class Selection(NamedTuple):
    """The tickets of one run."""

    words: Sequence[Word]
    is_piped: bool
    """True for numbers from stdin."""

    @classmethod
    def of(cls, given: Sequence[int]) -> "Selection":
        """Read the numbers on stdin where `-` is given. Raises UsageProblem."""
        if STDIN not in given:
            return cls([*_once(map(Word, given))], is_piped=False)
        if len(given) > 1:
            raise UsageProblem("Give ticket numbers, or - to read them from stdin.")
        return cls([*_once(_read_words())], is_piped=True)

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of a command that changes all of them in one request.

        Raises UsageProblem for a word that is not a number.
        """
        problem = next((word.problem for word in self.words if word.problem), "")
        if problem:
            raise UsageProblem(f"-: {problem}")
        return [word.number for word in self.words if word.number is not None]


def _once(words: Iterable[Word]) -> Iterator[Word]:
    """Drop the numbers that were there before."""
    known = set[int]()
    for word in words:
        if word.number is None:
            yield word
        elif word.number not in known:
            known.add(word.number)
            yield word


def _read_words() -> Iterator[Word]:
    lines = read_text("-", flag="NUMBER -").splitlines()
    return (_word(text, line) for line, words in enumerate(lines, 1) for text in words.split())


def _word(text: str, line: int) -> Word:
    try:
        return Word(ticket_number(text))
    except typer.BadParameter as error:
        return Word(None, f"Line {line}: {error.message}")
