"""The presets of `token mint`: sets of abilities that integrations commonly need."""

from tickiti_cli.contract.endpoint import Ability

PRESETS: dict[str, tuple[Ability, ...]] = {
    "read-only": (
        Ability.TICKET_INDEX,
        *(ability for ability in Ability if ability.endswith(":read")),
    ),
    "filer": (Ability.CREATE_TICKET, Ability.TICKET_RESPOND),
    "mailer": (Ability.SEND_EMAIL,),
    "full": tuple(ability for ability in Ability if ability is not Ability.MANAGE_TOKENS),
}
"""`full` has every ability but that to manage tokens."""
