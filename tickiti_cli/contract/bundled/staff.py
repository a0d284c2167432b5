"""Actions of staff on tickets under `/_tickiti/`; only on the bundled server."""

from tickiti_cli.contract.endpoint import Ability, Endpoint, Role

act = Endpoint(
    name="staff.act",
    path="/_tickiti/tickets/act",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.STAFF,
    writes=True,
)

ROWS = (act,)
