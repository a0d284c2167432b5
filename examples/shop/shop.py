"""A small shop that files a ticket for each order that needs a person.

Any HTTP library would do; this is the standard one, so that the example needs nothing.
"""

import http.client
import json
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

ATTEMPTS = 4


class NotFiled(Exception):
    """The helpdesk cannot be reached, or refuses the ticket."""


def file_order(helpdesk: str, token: str, number: str, complaint: str, customer: str) -> int:
    """File a ticket about an order, once, and return its number. Raises NotFiled."""
    body = {
        "originator_email_address": customer,
        "data": {"subject": f"Order {number}", "content": complaint},
    }
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(0.1 * 2**attempt)
        # Made of the order, so that each attempt has the same key: a reply may be lost after the
        # helpdesk has created the ticket.
        key = f"order-{number}"
        try:
            status, reply = _post(helpdesk, "/api/create_ticket", body, token, key)
        except (OSError, http.client.HTTPException):
            continue  # nobody knows whether the ticket is there
        if status == 200:
            return int(json.loads(reply)["data"]["ticket_number"])
        if status < 500 and status != 429:
            raise NotFiled(f"order {number}: {status} {reply[:200]!r}")
    raise NotFiled(f"order {number}: no answer in {ATTEMPTS} attempts")


def _post(
    address: str, path: str, body: Mapping[str, object], token: str, key: str
) -> tuple[int, bytes]:
    where = urlsplit(address)
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=10)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    try:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
