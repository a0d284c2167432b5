"""One row of the tables: what is sent to a route, and what the published payloads say it answers.

Rule: path, method, type of body and key are not written here. The test takes them from the
published table of routes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from tests.support.place import Place

Body = dict[str, Any]
Stage = Callable[[Place, Body], Body]


class Route(NamedTuple):
    """A request and its answer. `stage` makes what the body is about, where the stage of the
    route's name in tests/support/stage.py does not."""

    body: Body
    gives: Any
    stage: Stage | None = None
    status: int = 200


def data(**members: Any) -> Body:
    """The envelope: what the published payloads write as D{...}."""
    return {"ok": True, "data": members}


def done(**ids: Any) -> Body:
    """What the published payloads write as ok, or ok + id."""
    return {"ok": True, **ids}


def off(body: Body) -> Route:
    """A route that the ordinary build has switched off."""
    refused = {
        "ok": False, "error": "not_found", "message": str, "code": "not_found",
        "request_id": str, "retryable": False,
    }  # fmt: skip
    return Route(body, refused, status=404)
