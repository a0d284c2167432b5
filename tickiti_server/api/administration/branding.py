"""The branding and the custom domain. They are stored and shown, but have no effect, because the
bundled server has no web interface."""

from tickiti_cli.contract.v1 import administration as contract
from tickiti_server.api.administration.bodies.branding import (
    Branding,
    Domain,
    Logo,
    UpdateBranding,
    UpdateDomain,
)
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.store.access import system_settings as stored
from tickiti_server.store.files.logos import find_logo

PRODUCT_NAME, PRIMARY_COLOUR = "Tickiti", "#1d4ed8"

DEFAULT_DOMAIN, SERVED_IP = "localhost", "127.0.0.1"
"""Shown for the vendor's: the bundled server does not know the address that clients use."""


@handles(contract.branding_index)
def index(call: Call) -> Branding:
    """Show name, colour, footer and logos."""
    found = stored.find_members(call.tx, stored.BRANDING)
    return {
        "product_name": found.get("product_name", PRODUCT_NAME),
        "primary_colour": found.get("primary_colour", PRIMARY_COLOUR),
        "footer": found.get("footer", ""),
        "app_logo": _logo(call, "app"),
        "email_logo": _logo(call, "email"),
    }


@handles(contract.branding_update)
def update(call: Call, body: UpdateBranding) -> Done:
    """Change name, colour or footer."""
    stored.set_members(call.tx, stored.BRANDING, body.model_dump(exclude_unset=True))
    return DONE


@handles(contract.custom_domain_status)
def domain_status(call: Call) -> Domain:
    """Show your own domain and its status."""
    domain = stored.find_members(call.tx, stored.CUSTOM_DOMAIN).get("domain", "")
    return {
        "default_domain": DEFAULT_DOMAIN,
        "served_ip": SERVED_IP,
        "domain": domain,
        "status": "waiting_for_dns" if domain else "none",
    }


@handles(contract.custom_domain_update)
def update_domain(call: Call, body: UpdateDomain) -> Done:
    """Set your own domain. It is stored; the bundled server makes no DNS lookup."""
    stored.set_members(call.tx, stored.CUSTOM_DOMAIN, {"domain": body.domain or None})
    return DONE


def _logo(call: Call, kind: str) -> Logo | None:
    row = find_logo(call.tx, kind)
    if row is None:
        return None
    return {
        "name": row["name"],
        "mime_type": row["mime_type"],
        "file_size": row["file_size"],
        "sha256": row["sha256"],
    }
