"""The format of tokens: its parts, what is refused, and what a scanner can verify offline."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickiti_cli.contract.token_format import checksum, is_minted_secret, split_token

BASE62 = string.digits + string.ascii_letters
RANDOM_PARTS = st.text(BASE62, min_size=40, max_size=40)

NO_TOKENS = [
    "",
    "|",
    "1|",
    "|secret",
    "secret",
    "0|secret",
    "01|secret",
    "-1|secret",
    "+1|secret",
    " 1|secret",
    "1|secret\n",
    "1|sec ret",
    "1|sécret",
    "\uff11|secret",
    "1.0|secret",
    "1e3|secret",
    "99999999999999999999|secret",
    "1|" + "x" * 256,
]


def test_token_is_an_id_and_a_secret() -> None:
    assert split_token("14|wfNxV4zX") == (14, "wfNxV4zX")


def test_token_is_split_at_its_first_bar() -> None:
    assert split_token("14|a|b") == (14, "a|b")


@pytest.mark.parametrize("text", NO_TOKENS)
def test_malformed_token_is_refused(text: str) -> None:
    assert split_token(text) is None


@given(st.text())
def test_token_id_fits_a_database_integer(text: str) -> None:
    parts = split_token(text)
    assert parts is None or 0 < parts[0] < 2**63


@given(RANDOM_PARTS)
def test_minted_secret_verifies_offline(random_part: str) -> None:
    assert is_minted_secret(f"tkt_{random_part}{checksum(random_part)}")


@given(RANDOM_PARTS, st.integers(0, 39), st.sampled_from(BASE62))
def test_minted_secret_with_a_changed_character_fails(
    random_part: str, place: int, other: str
) -> None:
    changed = random_part[:place] + other + random_part[place + 1 :]
    secret = f"tkt_{changed}{checksum(random_part)}"
    assert is_minted_secret(secret) == (changed == random_part)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "tkt_",
        "wfNxV4zX",
        "tkt_" + "0" * 48,
        "tkt_" + "0" * 40 + checksum("0" * 40).upper() + " ",
    ],
)
def test_foreign_secret_is_not_a_minted_secret(secret: str) -> None:
    assert not is_minted_secret(secret)


def test_checksum_is_crc_32_in_eight_hex_digits() -> None:
    assert checksum("123456789") == "cbf43926"
    assert all(len(checksum(text)) == 8 for text in ("", "a", "0" * 40))
