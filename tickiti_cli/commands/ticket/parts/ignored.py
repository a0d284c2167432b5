"""The fields of a request that the server ignored."""

from tickiti_cli.api.reply import Accepted
from tickiti_cli.runtime import Runtime


def tell_ignored(runtime: Runtime, done: Accepted) -> None:
    """Name the members of the request that the server did not know, because they did nothing."""
    names = done.get("ignored_params")
    if isinstance(names, list) and names:
        runtime.output.remark(f"Ignored by the server: {', '.join(map(str, names))}.")
