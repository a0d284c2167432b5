"""Which abilities cover others."""

from collections.abc import Collection

from tickiti_cli.contract.endpoint import Ability, AnyAbility


def covered_by(held: Collection[AnyAbility]) -> frozenset[AnyAbility]:
    """The abilities of a token and those that they cover: a write ability covers its read."""
    reads = {ability.replace(":write", ":read") for ability in held}
    return frozenset(held) | {ability for ability in Ability if ability.value in reads}
