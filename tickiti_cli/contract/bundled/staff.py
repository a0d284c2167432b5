"""What staff do in the vendor's interface: under `/_tickiti/`, on the bundled server alone."""

from tickiti_cli.contract.endpoint import Ability, Endpoint, Role

act = Endpoint(
    name="staff.act",
    path="/_tickiti/tickets/act",
    needs=(Ability.MANAGE_TOKENS,),
    role=Role.STAFF,
    writes=True,
)

ROWS = (act,)
