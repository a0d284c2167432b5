"""Snapshots of a server in test mode; only on the bundled server."""

from tickiti_cli.contract.endpoint import ControlAbility, Endpoint


def _row(verb: str, *, writes: bool) -> Endpoint:
    return Endpoint(
        name=f"test.snapshots.{verb}",
        path=f"/_tickiti/test/snapshots/{verb}" if verb != "index" else "/_tickiti/test/snapshots",
        needs=(ControlAbility.CONTROL_SERVER,),
        writes=writes,
        empty_body=verb == "index",
    )


save = _row("save", writes=True)
load = _row("load", writes=True)
index = _row("index", writes=False)
delete = _row("delete", writes=True)

ROWS = (save, load, index, delete)
