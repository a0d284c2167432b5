"""A folded text is the key of its words, however few passes it takes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tickiti_server.rendering.case_folding import SLICE, case_key, folded

LETTERS = (
    "aAiIsS\u00d6\u00f6\u00df\u00c5\u00b5\u00ff\u0130\u0131\u03a3\u03c2\u1e9e\u0f73"
    "\u1100\u1161\u11a8\uac00\u2019"
)
MARKS = "\u0301\u0307\u0316\u034f\u200b\u00ad\ufeff"
SPACES = " \n\t\r\x1f\x85\xa0\u2000\u2028\u3000"
SIGNS = st.one_of(st.sampled_from(LETTERS + MARKS + SPACES), st.characters())


def by_definition(text: str) -> str:
    return " ".join(case_key(text).split())


@given(st.text(SIGNS, max_size=40))
@settings(max_examples=500)
def test_folded_text_is_its_key_with_single_spaces(text: str) -> None:
    assert folded(text) == by_definition(text)


def test_every_character_is_folded_beside_others_as_alone() -> None:
    alphabets, forms = range(0x3100), range(0xA600, 0xAC00)
    for code in (*alphabets, *forms, *range(0xF900, 0x1_1000)):
        sign = chr(code)
        text = f" X{sign} {sign}i\u0307  {sign}\u0301 {sign} x"
        assert folded(text) == by_definition(text), hex(code)


def test_text_of_several_slices_is_folded_like_one() -> None:
    words = "Stra\u00dfe \u039f\u0394\u039f\u03a3  A\u0301\u200b \u200b "
    text = words * (2 * SLICE // len(words))
    assert folded(text) == by_definition(text)
