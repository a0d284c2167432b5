"""v1 administration: users, branding, licence, storage and the system itself."""

from tickiti_cli.contract.endpoint import Ability, Plan, Role
from tickiti_cli.contract.v1 import Family

FAMILY = Family(
    name="administration",
    role=Role.ADMIN,
    read_ability=Ability.ADMINISTRATION_READ,
    write_ability=Ability.ADMINISTRATION_WRITE,
)

ai_index = FAMILY.read(
    "ai.index", "administration/ai-assistant", plans=(Plan.AI_ASSISTANT,), sysadmin=True
)
ai_update = FAMILY.write(
    "ai.update", "administration/ai-assistant/update", plans=(Plan.AI_ASSISTANT,), sysadmin=True
)
branding_app_logo = FAMILY.write("branding.app_logo", "administration/branding/app-logo")
branding_email_logo = FAMILY.write("branding.email_logo", "administration/branding/email-logo")
branding_index = FAMILY.read("branding.index", "administration/branding")
branding_reset_app_logo = FAMILY.write(
    "branding.reset_app_logo", "administration/branding/reset-app-logo"
)
branding_reset_email_logo = FAMILY.write(
    "branding.reset_email_logo", "administration/branding/reset-email-logo"
)
branding_update = FAMILY.write("branding.update", "administration/branding/update")
custom_domain_status = FAMILY.read(
    "custom_domain.status", "administration/custom-domain", sysadmin=True
)
custom_domain_update = FAMILY.write(
    "custom_domain.update", "administration/custom-domain/update", sysadmin=True
)
diagnostics_fetch = FAMILY.read("diagnostics.fetch", "administration/diagnostics/fetch")
diagnostics_index = FAMILY.read("diagnostics.index", "administration/diagnostics")
diagnostics_update = FAMILY.write("diagnostics.update", "administration/diagnostics/update")
diagnostics_upload = FAMILY.write("diagnostics.upload", "administration/diagnostics/upload")
licence_index = FAMILY.read("licence.index", "administration/licence")
storage_delete_closed = FAMILY.write(
    "storage.delete_closed", "administration/storage/delete-closed"
)
storage_delete_orphaned = FAMILY.write(
    "storage.delete_orphaned", "administration/storage/delete-orphaned"
)
storage_retention = FAMILY.write("storage.retention", "administration/storage/retention")
system_index = FAMILY.read("system.index", "administration/system")
system_update = FAMILY.write("system.update", "administration/system/update")
users_create = FAMILY.write("users.create", "administration/users/create", served=True)
users_index = FAMILY.read("users.index", "administration/users", served=True)
users_queue_detach = FAMILY.write(
    "users.queue_detach", "administration/users/{user}/queues/{queue}/detach"
)
users_queue_upsert = FAMILY.write(
    "users.queue_upsert", "administration/users/{user}/queues/{queue}"
)
users_update = FAMILY.write("users.update", "administration/users/{user}/update", served=True)

ROWS = (
    ai_index,
    ai_update,
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
    users_create,
    users_index,
    users_queue_detach,
    users_queue_upsert,
    users_update,
)
