"""The 47 routes that came in October 2026. An older install answers them with 404."""

_ADDED = {
    "administration.api_tokens": "create index revoke update",
    "administration.teams": "create delete index update",
    "axial.skills": "create delete index options show update",
    "axial.skills.actions": "delete upsert",
    "interventions": "accept",
    "mail": "send",
    "settings.perspectives": "show",
    "settings.stock_responses": "image_upload",
    "templates": "image_upload render",
    "tickets": (
        "attachment_delete attachment_upload close delete link links merge originator_update "
        "participants_add participants_remove queues resolutions response_copy response_delete "
        "response_move response_show response_update restore search_modes split staff teams unlink"
    ),
    "token": "show",
}

ADDED = frozenset(
    {f"{family}.{verb}" for family, verbs in _ADDED.items() for verb in verbs.split()} | {"faqs"}
)
"""The names of their rows."""
