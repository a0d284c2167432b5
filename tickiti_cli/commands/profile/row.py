"""A profile as a row of `profile list` and `profile show`."""

from tickiti_cli.config.proxy import OF_PROFILE, Proxy
from tickiti_cli.output.format import columns
from tickiti_cli.runtime import Runtime

LISTED = columns("name", "base_url", "is_default", "has_token")


def row_of(runtime: Runtime, name: str) -> dict[str, object]:
    config = runtime.config
    return {
        "name": name,
        "base_url": config.profiles[name].get("base_url"),
        "is_default": name == config.default_profile,
        "has_token": config.token_store(name).is_filled,
    }


def details_of(runtime: Runtime, name: str) -> dict[str, object]:
    """The settings of a profile except its address. A proxy is shown without its password."""
    members = runtime.config.profiles[name]
    details = {member: value for member, value in members.items() if member != "base_url"}
    if proxy := details.get("proxy"):
        details["proxy"] = Proxy(str(proxy), OF_PROFILE).shown
    return details
