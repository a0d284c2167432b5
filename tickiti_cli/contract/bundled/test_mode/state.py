"""The state of a server in test mode; only on the bundled server."""

from tickiti_cli.contract.endpoint import ControlAbility, Endpoint

show = Endpoint(
    name="test.show",
    path="/_tickiti/test/show",
    needs=(ControlAbility.CONTROL_SERVER,),
    empty_body=True,
)
reset = Endpoint(
    name="test.reset",
    path="/_tickiti/test/reset",
    needs=(ControlAbility.CONTROL_SERVER,),
    writes=True,
    empty_body=True,
)

seed = Endpoint(
    name="test.seed",
    path="/_tickiti/test/seed",
    needs=(ControlAbility.CONTROL_SERVER,),
    writes=True,
)

ROWS = (show, reset, seed)
