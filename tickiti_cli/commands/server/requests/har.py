"""Requests as an HTTP Archive (HAR 1.2), which browsers and other tools open.

Rule: a value that was not recorded is -1 or empty, as the format says.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from tickiti_cli import __version__

UNKNOWN = -1


def har_document(rows: Sequence[Mapping[str, Any]], base_url: str) -> dict[str, Any]:
    """The archive of rows of requests.index with their recordings."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "tickiti", "version": __version__},
            "entries": [_entry(row, base_url) for row in rows],
        }
    }


def _entry(row: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    recording = row.get("recording") or {}
    took = row["milliseconds"]
    began = recording.get("began_at") or _began(row)
    return {
        "startedDateTime": began,
        "time": took,
        "request": _request(row, recording, base_url),
        "response": _response(row, recording),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "_requestId": row["request_id"],
    }


def _began(row: Mapping[str, Any]) -> str:
    answered = datetime.fromisoformat(row["answered_at"])
    return (answered - timedelta(milliseconds=row["milliseconds"])).isoformat(
        timespec="milliseconds"
    )


def _request(row: Mapping[str, Any], recording: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    message = recording.get("request") or {}
    query = recording.get("query") or ""
    headers = message.get("headers", [])
    found = {
        "method": row["method"],
        "url": f"{base_url}{row['path']}" + (f"?{query}" if query else ""),
        "httpVersion": _version(recording),
        "cookies": [],
        "headers": _pairs(headers),
        "queryString": _pairs(parse_qsl(query, keep_blank_values=True)),
        "headersSize": UNKNOWN,
        "bodySize": message.get("size", UNKNOWN),
    }
    if message.get("body"):
        found["postData"] = {
            "mimeType": _header(headers, "content-type"),
            "text": message["body"],
            **_comment(message),
        }
        if message["is_base64"]:
            found["postData"]["_encoding"] = "base64"
    return found


def _response(row: Mapping[str, Any], recording: Mapping[str, Any]) -> dict[str, Any]:
    message = recording.get("reply") or {}
    headers = message.get("headers", [])
    content: dict[str, Any] = {
        "size": message.get("size", 0),
        "mimeType": _header(headers, "content-type"),
        **_comment(message),
    }
    if message.get("body"):
        content["text"] = message["body"]
        if message["is_base64"]:
            content["encoding"] = "base64"
    return {
        "status": row["status"],
        "statusText": _phrase(row["status"]),
        "httpVersion": _version(recording),
        "cookies": [],
        "headers": _pairs(headers),
        "content": content,
        "redirectURL": _header(headers, "location"),
        "headersSize": UNKNOWN,
        "bodySize": message.get("size", UNKNOWN),
    }


def _comment(message: Mapping[str, Any]) -> dict[str, str]:
    """What is missing of a body, as a comment."""
    if not message or message["is_whole"]:
        return {}
    return {"comment": f"Incomplete: {message['size']} bytes were sent."}


def _pairs(pairs: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _header(headers: Sequence[Sequence[str]], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")


def _version(recording: Mapping[str, Any]) -> str:
    return f"HTTP/{recording.get('http_version', '1.1')}"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
