"""The findings of `token scan` as SARIF 2.1.0, the format that code hosts import.

Numbers in comments are sections of https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from tickiti_cli import __version__
from tickiti_cli.tokens.scan.token_search import Finding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RULE, POSSIBLE_RULE = "tickiti-token", "tickiti-possible-token"


def log_of(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return a SARIF log with one run and two rules."""
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver() -> dict[str, Any]:
    rules = [
        _rule(RULE, "TickitiToken", "A Tickiti API token, confirmed by its checksum.", "error"),
        _rule(
            POSSIBLE_RULE,
            "TickitiPossibleToken",
            "Text in the form of a Tickiti API token; it has no checksum.",
            "warning",
        ),
    ]
    return {"name": "tickiti", "version": __version__, "rules": rules}


def _rule(rule: str, name: str, text: str, level: str) -> dict[str, Any]:
    return {
        "id": rule,
        "name": name,
        "shortDescription": {"text": text},
        "help": {"text": "Revoke it with `tickiti token revoke ID`, then remove it."},
        "defaultConfiguration": {"level": level},
    }


def _result(finding: Finding) -> dict[str, Any]:
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endColumn": finding.end_column,
    }
    # 3.4.3: a relative path is a relative reference of RFC 3986.
    uri = quote(os.fsencode(finding.path), safe="/")
    return {
        "ruleId": POSSIBLE_RULE if finding.is_possible else RULE,
        "ruleIndex": int(finding.is_possible),
        "level": "warning" if finding.is_possible else "error",
        "message": {"text": f"A {'possible ' * finding.is_possible}Tickiti token: {finding.token}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
        # 3.27.17: the same token in another file is the same finding.
        "partialFingerprints": {"token/v1": finding.sha256},
    }
