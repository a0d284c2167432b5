"""What `token scan` found, as SARIF 2.1.0: the form in which code hosts take findings.

The numbers below are sections of https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from tickiti_cli import __version__
from tickiti_cli.scanning import Finding

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
RULE = "tickiti-token"


def log_of(findings: Iterable[Finding]) -> dict[str, Any]:
    """One run of one rule."""
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver() -> dict[str, Any]:
    text = "A token of the Tickiti API, proven by its checksum."
    rule = {
        "id": RULE,
        "name": "TickitiToken",
        "shortDescription": {"text": text},
        "help": {"text": "Revoke it with `tickiti token revoke ID`, then remove it."},
        "defaultConfiguration": {"level": "error"},
    }
    return {"name": "tickiti", "version": __version__, "rules": [rule]}


def _result(finding: Finding) -> dict[str, Any]:
    region = {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endColumn": finding.end_column,
    }
    # 3.4.3: a relative path is a relative reference of RFC 3986.
    uri = quote(os.fsencode(finding.path), safe="/")
    return {
        "ruleId": RULE,
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": f"A Tickiti token: {finding.token}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}],
        # 3.27.17: the same token elsewhere is the same finding.
        "partialFingerprints": {"token/v1": finding.sha256},
    }
