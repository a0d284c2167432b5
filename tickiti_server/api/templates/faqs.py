"""The FAQs that everybody may read: a page of the vendor's own, without a token."""

from tickiti_cli.contract.v1 import open_routes as contract
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.templates import images
from tickiti_server.api.templates.bodies.templates import Faqs
from tickiti_server.clock import rfc3339
from tickiti_server.store.helpdesk import templates as stored
from tickiti_server.store.texts.images import Owner


@handles(contract.faqs)
def public_faqs(call: Call) -> Faqs:
    """List the enabled FAQs by ordinal, with their contents. No token is needed."""
    rows = stored.list_enabled_faqs(call.tx)
    ids, contents = [row["id"] for row in rows], [row["content"] for row in rows]
    shown = images.inlined(call, Owner.TEMPLATE, ids, contents)
    return {
        "faqs": [
            {
                "id": str(row["id"]),
                "category": row["category"],
                "subcategory": row["subcategory"],
                "subject": row["subject"],
                "content": content,
                "ordinal": row["ordinal"],
                "updated_at": rfc3339(row["updated_at"]),
            }
            for row, content in zip(rows, shown, strict=True)
        ]
    }
