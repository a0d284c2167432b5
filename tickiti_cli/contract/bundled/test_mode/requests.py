"""The request log of a server in test mode; only on the bundled server."""

from tickiti_cli.contract.endpoint import ControlAbility, Endpoint

replay = Endpoint(
    name="test.requests.replay",
    path="/_tickiti/test/requests/replay",
    needs=(ControlAbility.CONTROL_SERVER,),
)
clear = Endpoint(
    name="test.requests.clear",
    path="/_tickiti/test/requests/clear",
    needs=(ControlAbility.CONTROL_SERVER,),
    writes=True,
    empty_body=True,
)

ROWS = (replay, clear)
