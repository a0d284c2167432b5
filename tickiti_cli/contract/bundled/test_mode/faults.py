"""Faults of a server in test mode; only on the bundled server."""

from tickiti_cli.contract.endpoint import ControlAbility, Endpoint

index = Endpoint(
    name="test.faults.index",
    path="/_tickiti/test/faults",
    needs=(ControlAbility.CONTROL_SERVER,),
    empty_body=True,
)
add = Endpoint(
    name="test.faults.add",
    path="/_tickiti/test/faults/add",
    needs=(ControlAbility.CONTROL_SERVER,),
    writes=True,
)
clear = Endpoint(
    name="test.faults.clear",
    path="/_tickiti/test/faults/clear",
    needs=(ControlAbility.CONTROL_SERVER,),
    writes=True,
    empty_body=True,
)

ROWS = (index, add, clear)
