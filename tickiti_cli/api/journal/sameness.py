"""Whether two requests ask for the same, though their bytes or their endpoints differ."""

import json
from typing import Any


def meaning(content: str | None, otherwise: str) -> Any:
    """The body without `is_public: true`, which is a default of both generations; `otherwise` for
    a body that is not JSON."""
    try:
        body = json.loads(content or "")
    except ValueError:
        return otherwise
    return body | {"is_public": body.get("is_public", True)} if isinstance(body, dict) else body


def do_the_same(one: str, other: str) -> bool:
    """True if two endpoints have the same action, in either API generation."""
    if one == other:
        return True
    from tickiti_cli.contract.catalogue import CATALOGUE  # noqa: PLC0415 - rare, and many modules

    rows = CATALOGUE.get(one), CATALOGUE.get(other)
    actions = {row.action if row else name for row, name in zip(rows, (one, other), strict=True)}
    return len(actions) == 1
