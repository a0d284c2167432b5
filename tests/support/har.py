"""The HTTP Archive format, version 1.2, as JSON Schema: what every reader of it relies on."""

from collections.abc import Mapping
from typing import Any

import jsonschema

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
SIZE: Schema = {"type": "integer", "minimum": -1}
MILLISECONDS: Schema = {"type": "number", "minimum": 0}


def record(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """An object of these members. The names of any others begin with an underscore."""
    return {
        "type": "object",
        "properties": {**required, **optional, "comment": TEXT},
        "patternProperties": {"^_": {}},
        "required": [*required],
        "additionalProperties": False,
    }


def array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


PAIRS = array(record({"name": TEXT, "value": TEXT}))
COOKIES = array(record({"name": TEXT, "value": TEXT}))
POSTED = record({"mimeType": TEXT, "text": TEXT})
CONTENT = record(
    {"size": {"type": "integer", "minimum": 0}, "mimeType": TEXT},
    text=TEXT,
    encoding={"const": "base64"},
    compression={"type": "integer"},
)
MESSAGE: dict[str, Schema] = {
    "httpVersion": {"type": "string", "pattern": "^HTTP/[0-9.]+$"},
    "cookies": COOKIES,
    "headers": PAIRS,
    "headersSize": SIZE,
    "bodySize": SIZE,
}
REQUEST = record(
    {**MESSAGE, "method": TEXT, "url": {"type": "string", "format": "uri", "pattern": "^https?://"},
     "queryString": PAIRS},
    postData=POSTED,
)  # fmt: skip
RESPONSE = record(
    {**MESSAGE, "status": {"type": "integer", "minimum": 0, "maximum": 599}, "statusText": TEXT,
     "content": CONTENT, "redirectURL": TEXT},
)  # fmt: skip
ENTRY = record(
    {
        "startedDateTime": {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$",
        },
        "time": MILLISECONDS,
        "request": REQUEST,
        "response": RESPONSE,
        "cache": record({}),
        "timings": record({"send": MILLISECONDS, "wait": MILLISECONDS, "receive": MILLISECONDS}),
    },
    serverIPAddress=TEXT,
    connection=TEXT,
)
ARCHIVE = record(
    {
        "log": record(
            {
                "version": {"const": "1.2"},
                "creator": record({"name": TEXT, "version": TEXT}),
                "entries": array(ENTRY),
            }
        )
    }
)


def check(document: Any) -> None:
    """Raises ValidationError for a document that is not an archive, or whose times disagree."""
    jsonschema.Draft202012Validator.check_schema(ARCHIVE)
    jsonschema.validate(document, ARCHIVE)
    for entry in document["log"]["entries"]:
        parts = sum(entry["timings"].values())
        assert abs(entry["time"] - parts) < 0.001, entry
