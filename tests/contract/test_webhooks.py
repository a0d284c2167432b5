"""Callbacks are signed by the published scheme; a signature is valid for its own content alone."""

import base64
from typing import Any

import pytest

from tickiti_cli.contract import webhooks
from tickiti_cli.contract.allowed_hosts import AllowedHost
from tickiti_cli.contract.webhooks import NotGenuine

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CALL: dict[str, Any] = {
    "message_id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "timestamp": "1614265330",
    "body": b'{"test": 2432232314}', "now": 1614265330.0,
    "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}  # fmt: skip
"""The example that the scheme's own libraries are tested with."""


def test_published_example_has_the_published_signature() -> None:
    message, body = CALL["message_id"], CALL["body"]
    signed = webhooks.sign(SECRET, message_id=message, timestamp=1614265330, body=body)
    assert signed == CALL["signature"]
    webhooks.verify(SECRET, **CALL)


def test_new_secret_has_32_random_bytes() -> None:
    first, second = webhooks.new_secret(), webhooks.new_secret()
    assert first != second
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_????", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_YQ=="]
)
def test_malformed_secret_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="a secret is whsec_ and then base64"):
        webhooks.key_of(secret)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"body": b'{"test": 2432232315}'}, "no signature is by this secret"),
        ({"message_id": "msg_other"}, "no signature is by this secret"),
        ({"timestamp": "1614265331"}, "no signature is by this secret"),
        ({"signature": "v2," + CALL["signature"][3:]}, "no signature is by this secret"),
        ({"signature": CALL["signature"][3:]}, "no signature is by this secret"),
        ({"signature": "v1,ü"}, "no signature is by this secret"),
        ({"timestamp": "soon"}, "its webhook-timestamp is not a number of seconds"),
        ({"timestamp": "-1614265330"}, "its webhook-timestamp is not a number of seconds"),
        ({"now": 1614265631.0}, "its webhook-timestamp is more than 300 seconds away"),
        ({"now": 1614265029.0}, "its webhook-timestamp is more than 300 seconds away"),
        ({"message_id": "", "signature": ""}, "it has no webhook-id and no webhook-signature"),
    ],
)  # fmt: skip
def test_signature_of_other_content_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(NotGenuine, match=f"^{why}$"):
        webhooks.verify(SECRET, **{**CALL, **change})


def test_signature_by_the_old_or_the_new_secret_verifies() -> None:
    new = webhooks.new_secret()
    members: dict[str, Any] = {"message_id": CALL["message_id"], "body": CALL["body"]}
    headers = webhooks.headers([new, SECRET], timestamp=1614265330, **members)
    assert headers["webhook-signature"].count(" ") == 1
    for secret in (new, SECRET):
        webhooks.verify(secret, **{**CALL, "signature": headers["webhook-signature"]})
    with pytest.raises(NotGenuine):
        webhooks.verify(
            webhooks.new_secret(), **{**CALL, "signature": headers["webhook-signature"]}
        )


@pytest.mark.parametrize(
    ("entry", "takes", "leaves"),
    [
        ("localhost", [("localhost", 80), ("LOCALHOST.", 9000)], [("localhost.example", 80)]),
        ("127.0.0.1:9000", [("127.0.0.1", 9000)], [("127.0.0.1", 9001), ("127.0.0.2", 9000)]),
        ("[::1]:9000", [("::1", 9000)], [("::1", 80)]),
        ("shop.internal", [("shop.internal", 443)], [("a.shop.internal", 443)]),
    ],
)
def test_allowed_host_matches_that_host_alone(
    entry: str, takes: list[tuple[str, int]], leaves: list[tuple[str, int]]
) -> None:
    allowed = AllowedHost.of(entry)
    assert [allowed.takes(*where) for where in takes] == [True] * len(takes)
    assert [allowed.takes(*where) for where in leaves] == [False] * len(leaves)


@pytest.mark.parametrize(
    "entry", ["", "a b", "http://a", "a:0", "a:99999", "a:", "::1", "[::1", "*.example", "a/b"]
)
def test_malformed_host_is_not_allowed(entry: str) -> None:
    with pytest.raises(ValueError, match=r"is not HOST or HOST:PORT, such as 127\.0\.0\.1:9000"):
        AllowedHost.of(entry)
