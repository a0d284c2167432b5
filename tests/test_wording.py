"""What users read is plain English in the field's words, as CONTRIBUTING says."""

from collections.abc import Iterator

import pytest

from tests.support import wording
from tests.support.commands import LEAVES
from tests.support.wording import BANNED, ROOT, Text, offences
from tickiti_cli.parser.registry import NOUNS, TOPICS
from tickiti_cli.reference.tree import read_tree

MOST = 49
"""Characters of a summary: a list of commands shows it whole at 80 columns."""

TREE = read_tree()


@pytest.mark.parametrize(
    "texts",
    [
        wording.help_texts,
        wording.sentences,
        wording.endpoint_texts,
        wording.templates,
        wording.documents,
    ],
)
def test_no_text_has_a_banned_pattern(texts: wording.Source) -> None:
    assert offences(texts()) == []


@pytest.mark.parametrize("source", [wording.help_texts, wording.sentences, wording.endpoint_texts])
def test_a_source_of_texts_is_not_empty(source: wording.Source) -> None:
    assert len([*source()]) > 150


SAMPLES = [
    "'x' is no duration", "What was said on tickets", "Where tickets lie",
    "It was begun", "put right", "put back", "yours alone", "it goes on", "written anew",
    "all the same", "for whoever asks", "by its bytes", "Nobody can be asked here",
    "values parted by tabs", "in the place of", "What became of it", "passed over",
    "a JSON member", "The same was sent", "spoken of once", "<str>", "[x<=None]",
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_banned_pattern_is_found(sample: str) -> None:
    assert len(offences(iter([Text("here", sample)]))) == 1


def test_every_banned_pattern_has_a_sample() -> None:
    found = offences(Text("here", sample) for sample in SAMPLES)
    assert len({line.rpartition("write ")[2] for line in found}) == len({*BANNED.values()})


def summaries() -> Iterator[tuple[str, str]]:
    yield from NOUNS.items()
    yield from TOPICS.items()
    yield from ((command.path, command.summary) for command in TREE.commands)


def test_summaries_are_under_fifty_characters() -> None:
    assert {path: text for path, text in summaries() if len(text) > MOST} == {}


def test_summaries_begin_with_a_capital_and_end_without_a_full_stop() -> None:
    assert {
        path: text for path, text in summaries() if not text[0].isupper() or text.endswith(".")
    } == {}


def test_values_of_flags_and_arguments_are_named() -> None:
    """A flag without a word for its value would show typer's `<str>` or the flag's own name."""
    nameless = [
        f"{' '.join(path)} {parameter.opts[-1]}"
        for path, command in LEAVES
        for parameter in command.params
        if not getattr(parameter, "is_flag", False)
        and not parameter.metavar
        and not getattr(parameter.type, "choices", ())
    ]
    assert nameless == []


def test_contributing_lists_every_banned_pattern() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [better for better in BANNED.values() if f"{better} |" not in told] == []
