"""The view of faults and of the clock, which a server has in test mode."""

from collections.abc import Mapping
from typing import Any

from tickiti_server.api.call import Call
from tickiti_server.api.faults import HTTP, SMTP, ActiveFault, every_fault
from tickiti_server.clock import rfc3339
from tickiti_server.page.templating import Asked, Shown


def index(call: Call, asked: Asked) -> Shown:  # noqa: ARG001 - there are no filters
    faults = [_shown(one) for one in every_fault()]
    return Shown("faults.html", {"moment": rfc3339(call.now), "faults": faults})


def _shown(active: ActiveFault) -> Mapping[str, Any]:
    fault = active.fault
    value = "" if fault.value is None else f" {fault.value:g}"
    mail = "mail of the mailbox local" if fault.of == SMTP else "webhooks"
    return {
        "id": active.id,
        "action": f"{fault.action}{value}",
        "target": f"requests to {fault.route}" if fault.of == HTTP else mail,
        "fired": active.fired,
        "times": fault.times,
        "is_over": active.is_over,
    }
