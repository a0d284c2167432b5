"""Secrets for `token scan` to find, and its report."""

import random
import string

from tickiti_cli.contract.token_format import checksum

FOUND_ONE = (
    "tickiti: 1 token was found.\n"
    "Revoke each token, then remove it from the file: tickiti token revoke ID\n"
)


SARIF = {
    # What a consumer relies on, by section 3 of the standard.
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results", "columnKind"],
                "properties": {
                    "columnKind": {"enum": ["unicodeCodePoints", "utf16CodeUnits"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name", "version", "rules"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "items": {
                                            "type": "object",
                                            "required": ["id", "shortDescription"],
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "level", "message", "locations"],
                            "properties": {
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"type": "object", "required": ["text"]},
                                "locations": {"type": "array", "minItems": 1},
                            },
                        },
                    },
                },
            },
        },
    },
}


def secret(seed: int = 1) -> str:
    chosen = random.Random(seed).choices(string.ascii_letters + string.digits, k=40)
    return f"tkt_{''.join(chosen)}{checksum(''.join(chosen))}"


def shown(token: str) -> str:
    return f"{token[: token.index('tkt_') + 8]}..."
