"""v1 administration: tokens, users, teams, branding, licence, storage and the system itself."""

from tickiti_cli.contract.endpoint import Ability, Key, Plan, Role
from tickiti_cli.contract.v1.family import Family

FAMILY = Family(
    name="administration",
    role=Role.ADMIN,
    read_ability=Ability.ADMINISTRATION_READ,
    write_ability=Ability.ADMINISTRATION_WRITE,
)

ai_index = FAMILY.read(
    "ai.index",
    "administration/ai-assistant",
    plans=(Plan.AI_ASSISTANT,),
    sysadmin=True,
    served=True,
)
ai_update = FAMILY.write(
    "ai.update",
    "administration/ai-assistant/update",
    plans=(Plan.AI_ASSISTANT,),
    sysadmin=True,
    key=Key.NONE,
    served=True,
)
"""The request carries a secret, so that a key is ignored."""
api_tokens_create = FAMILY.write(
    "api_tokens.create", "administration/api-tokens/create", key=Key.NONE, served=True
)
"""The reply shows a secret, so that a key is ignored."""
api_tokens_index = FAMILY.read("api_tokens.index", "administration/api-tokens", served=True)
api_tokens_revoke = FAMILY.write(
    "api_tokens.revoke", "administration/api-tokens/revoke", served=True
)
api_tokens_update = FAMILY.write(
    "api_tokens.update", "administration/api-tokens/update", served=True
)
branding_app_logo = FAMILY.upload(
    "branding.app_logo", "administration/branding/app-logo", served=True
)
branding_email_logo = FAMILY.upload(
    "branding.email_logo", "administration/branding/email-logo", served=True
)
branding_index = FAMILY.read("branding.index", "administration/branding", served=True)
branding_reset_app_logo = FAMILY.write(
    "branding.reset_app_logo", "administration/branding/reset-app-logo", served=True
)
branding_reset_email_logo = FAMILY.write(
    "branding.reset_email_logo", "administration/branding/reset-email-logo", served=True
)
branding_update = FAMILY.write("branding.update", "administration/branding/update", served=True)
custom_domain_status = FAMILY.read(
    "custom_domain.status", "administration/custom-domain", sysadmin=True, served=True
)
custom_domain_update = FAMILY.write(
    "custom_domain.update", "administration/custom-domain/update", sysadmin=True, served=True
)
diagnostics_fetch = FAMILY.read("diagnostics.fetch", "administration/diagnostics/fetch")._replace(
    is_off=True
)
diagnostics_index = FAMILY.read("diagnostics.index", "administration/diagnostics")._replace(
    is_off=True
)
diagnostics_update = FAMILY.write(
    "diagnostics.update", "administration/diagnostics/update", is_off=True
)
diagnostics_upload = FAMILY.write(
    "diagnostics.upload", "administration/diagnostics/upload", is_off=True
)
licence_index = FAMILY.read("licence.index", "administration/licence", served=True)
storage_delete_closed = FAMILY.write(
    "storage.delete_closed", "administration/storage/delete-closed", served=True
)
storage_delete_orphaned = FAMILY.write(
    "storage.delete_orphaned", "administration/storage/delete-orphaned", served=True
)
storage_retention = FAMILY.write(
    "storage.retention", "administration/storage/retention", served=True
)
system_index = FAMILY.read("system.index", "administration/system", served=True)
system_update = FAMILY.write("system.update", "administration/system/update", served=True)
teams_create = FAMILY.write("teams.create", "administration/teams/create", served=True)
teams_delete = FAMILY.write("teams.delete", "administration/teams/delete", served=True)
teams_index = FAMILY.read("teams.index", "administration/teams", served=True)
teams_update = FAMILY.write("teams.update", "administration/teams/update", served=True)
users_create = FAMILY.write("users.create", "administration/users/create", served=True)
users_index = FAMILY.read("users.index", "administration/users", served=True)
users_queue_detach = FAMILY.write(
    "users.queue_detach", "administration/users/{user}/queues/{queue}/detach", served=True
)
users_queue_upsert = FAMILY.write(
    "users.queue_upsert", "administration/users/{user}/queues/{queue}", served=True
)
users_update = FAMILY.write("users.update", "administration/users/{user}/update", served=True)

ROWS = (
    ai_index,
    ai_update,
    api_tokens_create,
    api_tokens_index,
    api_tokens_revoke,
    api_tokens_update,
    branding_app_logo,
    branding_email_logo,
    branding_index,
    branding_reset_app_logo,
    branding_reset_email_logo,
    branding_update,
    custom_domain_status,
    custom_domain_update,
    diagnostics_fetch,
    diagnostics_index,
    diagnostics_update,
    diagnostics_upload,
    licence_index,
    storage_delete_closed,
    storage_delete_orphaned,
    storage_retention,
    system_index,
    system_update,
    teams_create,
    teams_delete,
    teams_index,
    teams_update,
    users_create,
    users_index,
    users_queue_detach,
    users_queue_upsert,
    users_update,
)
