"""The clock of a server in test mode; only on the bundled server."""

from tickiti_cli.contract.endpoint import ControlAbility, Endpoint


def _row(verb: str, *, writes: bool = True, empty_body: bool = True) -> Endpoint:
    return Endpoint(
        name=f"test.clock.{verb}",
        path=f"/_tickiti/test/clock/{verb}",
        needs=(ControlAbility.CONTROL_SERVER,),
        writes=writes,
        empty_body=empty_body,
    )


show = _row("show", writes=False)
freeze = _row("freeze")
advance = _row("advance", empty_body=False)
reset = _row("reset")

ROWS = (show, freeze, advance, reset)
