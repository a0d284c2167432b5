"""Text functions take linear time: twice the text takes twice the time, for every repeated pattern.

By hand, with every pair of pieces: TICKITI_TEST_SHAPES=5000 .venv/bin/python -m pytest
tests/server/rendering/test_linear_time.py
"""

import gc
import os
import random
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tickiti_cli.contract.errors import TemplateSyntax
from tickiti_cli.contract.placeholders import names_in, parse
from tickiti_server.rendering import case_folding
from tickiti_server.rendering.case_folding import address_key, folded
from tickiti_server.rendering.images import BadImage, extracted
from tickiti_server.rendering.markup import is_affordable
from tickiti_server.rendering.sanitiser import safe_html
from tickiti_server.rendering.styles import harmless
from tickiti_server.rendering.templates import render
from tickiti_server.rendering.text import plain_text
from tickiti_server.validation.fields import is_address, trimmed

SHAPES = int(os.environ.get("TICKITI_TEST_SHAPES", "60"))
SMALL, TIMES = 20_000, 8
PIECES = [
    "<", ">", "</", "<!--", "-->", "<!", "<?", "<![CDATA[", "]]>", "&", "&amp;", "&#", "&#9",
    "&lt", "<a ", "<a href=x>", "</a>", "<a x='", '<a x="', "<img ", "<img src=data:image/png,",
    '<img src="data:image/png;base64,', "<p>", "<p ", "</p>", "<b title=1>", "<li>", "<ul>",
    "</ul>", "<ol>", "<blockquote>", "</blockquote>", "<pre>", "</pre>", "<table>", "<td>",
    "</table>", "<dl><dd>", "<br>", "<script>", "<style>", "</style>", "<title>", "<textarea>",
    "'", '"', "=", " = ", "/", " ", "\n", "\t", "\xa0", "\ufeff", "\u0301", "\u00ad", "\u0130",
    "\u0301\u0316", "\u0f73",
    "\u00fc", "a", "a b ", "a.b@", "@", ".", "-", "{{", "}}", "{{a", "{{a}}", "{%", "{", "(", ")",
    "url(", "color:red;", "color:rgb(", "%", "%4", "%41", "\\", "/*", "x:y;", "<!-- >a", "<x y ",
    "\x00", "\x1f", "<svg>", "<a b=c d ", "</1", "<o:p>", "&#x110000;", "&notit;",
]  # fmt: skip


def quiet(function: Callable[[str], object]) -> Callable[[str], object]:
    def work(text: str) -> None:
        with suppress(BadImage, TemplateSyntax):
            function(text)

    return work


WORK: dict[str, Callable[[str], object]] = {
    "plain_text": plain_text,
    "is_affordable": is_affordable,
    "extracted": quiet(extracted),
    "style": harmless,
    "folded": folded,
    "address_key": address_key,
    "trimmed": lambda text: trimmed(f"\u00fc{text}\u00fc"),
    "is_address": is_address,
    "parse": quiet(lambda text: parse(text, field="content")),
    "names_in": names_in,
    "render": lambda text: render("", "{{a}}", {"a": text}),
}


def shapes() -> Iterator[tuple[str, str]]:
    """What a text begins with, and what is repeated behind it: each piece, and some pairs."""
    yield from (("", piece) for piece in PIECES)
    drawn = random.Random(10)
    pairs = [(first, second) for first in PIECES for second in PIECES]
    for first, second in drawn.sample(pairs, min(SHAPES, len(pairs))):
        yield "", first + second
        yield first * 1000, second


COSTLY = ["&", "\xa0", "x&", "<table>x&", "</a><table>&", "</style>\xa0", "<b title=1><p>"]
MOST_SECONDS = 10
"""Of a library that copies a text for each sign of some kinds: 1 s on an idle machine."""


def seconds(work: Callable[[str], object], text: str) -> float:
    gc.disable()  # a collection walks all objects of the process, whatever the text
    try:
        began = time.process_time()
        work(text)
        return time.process_time() - began
    finally:
        gc.enable()


@pytest.mark.faults
@pytest.mark.parametrize("name", WORK)
def test_text_functions_take_linear_time(name: str) -> None:
    work, slow = WORK[name], []
    for head, piece in shapes():
        small = head + piece * (SMALL // len(piece))
        large = head + piece * (SMALL * TIMES // len(piece))
        # A quadratic one takes 64 times as long. Short texts of lines have a way of their own that
        # is four times as fast; a measurement alone may be wrong.
        for _ in range(3):
            if seconds(work, large) <= 45 * max(seconds(work, small), 0.002):
                break
        else:
            slow.append((head[:20], piece))
    assert slow == []


@pytest.mark.parametrize("piece", [*COSTLY, *random.Random(10).sample(PIECES, 20)])
def test_sanitising_takes_bounded_time(piece: str) -> None:
    assert seconds(safe_html, (piece * 250_000)[:250_000]) < MOST_SECONDS


def test_combining_marks_of_unicode_are_all_known() -> None:
    moved = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if unicodedata.combining(unicodedata.normalize("NFD", character)[0])
    }
    assert case_folding.marks() == moved


@pytest.mark.parametrize("mark", ["\u0301\u0316", "\u0f73", "\u0344\u0316", "\U0001e94a\u0301"])
def test_words_near_many_combining_marks_are_found(mark: str) -> None:
    text = f"Größe a{mark * 200_000} Straße"
    assert seconds(folded, text) < MOST_SECONDS
    assert "grösse" in folded(text)
    assert folded(text).endswith(" strasse")


@pytest.mark.parametrize("count", [1, 2, 29])
def test_combining_marks_in_another_order_are_the_same_letter(count: int) -> None:
    above, below = "\u0301" * count, "\u0316"
    assert folded(f"x{above}{below}y") == folded(f"x{below}{above}y")
