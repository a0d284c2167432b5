"""How the rows of a v1 family are written: `/api/v1/<family>/...`, two abilities and a role."""

from typing import NamedTuple

from tickiti_cli.contract.endpoint import Ability, Endpoint, Envelope, Plan, Role


class Family(NamedTuple):
    """The part of a row that a whole family shares; `read` and `write` add a route's own."""

    name: str
    role: Role
    read_ability: Ability
    write_ability: Ability | None = None

    def read(
        self,
        verb: str,
        path: str,
        *,
        plans: tuple[Plan, ...] = (),
        sysadmin: bool = False,
        envelope: Envelope = Envelope.BARE,
        served: bool = False,
    ) -> Endpoint:
        """A route that changes nothing: either ability opens it, and no body means `{}`."""
        needs = (
            (self.read_ability, self.write_ability) if self.write_ability else (self.read_ability,)
        )
        return Endpoint(
            name=f"{self.name}.{verb}",
            path=f"/api/v1/{path}",
            needs=needs,
            role=self.role,
            plans=plans,
            sysadmin=sysadmin,
            envelope=envelope,
            served=served,
            empty_body=True,
        )

    def write(
        self,
        verb: str,
        path: str,
        *,
        plans: tuple[Plan, ...] = (),
        sysadmin: bool = False,
        envelope: Envelope = Envelope.BARE,
        served: bool = False,
    ) -> Endpoint:
        """A route that changes something: only the write ability opens it."""
        assert self.write_ability is not None
        return Endpoint(
            name=f"{self.name}.{verb}",
            path=f"/api/v1/{path}",
            needs=(self.write_ability,),
            role=self.role,
            plans=plans,
            sysadmin=sysadmin,
            envelope=envelope,
            served=served,
            writes=True,
        )
