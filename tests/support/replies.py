"""Replies of the server, checked and taken apart."""

import json


def code_of(reply: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    """Status and code, once the whole envelope has been checked."""
    status, headers, raw = reply
    body = json.loads(raw)
    assert body["ok"] is False
    assert body["error"] in (body["message"], body["code"])
    assert headers["x-request-id"] == body["request_id"]
    assert isinstance(body["retryable"], bool)
    for secret in ("Traceback", "SELECT", "/tickiti_server", "sqlite"):
        assert secret not in raw.decode()
    return status, body["code"]
