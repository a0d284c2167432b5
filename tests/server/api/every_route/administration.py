"""The administration and axial families."""

import re

from tests.server.api.every_route.route import Route, data, done, off
from tests.server.api.every_route.shapes import ADDRESS, ID, SHA256, TIME, Each, Maybe
from tests.server.api.every_route.tickets import FEATURES, TEAM
from tests.support import stage

RIGHTS = ("can_view", "can_manage", "can_delete", "treat_as_inbox", "receive_inbox_errors")
ROLES = (
    "is_staff", "is_admin", "is_superuser", "is_sysadmin", "is_api_user", "tonic_notifications",
)  # fmt: skip
USER = {
    "id": ID, "name": str, "email": ADDRESS, **dict.fromkeys(ROLES, bool),
    "queues": Each({"queue_id": ID, **dict.fromkeys(RIGHTS, bool)}, 0),
}  # fmt: skip
TOKEN = {
    "id": ID, "name": str,
    "owner": {"id": ID, "name": str, "email": ADDRESS, "is_system": bool},
    "abilities": Each(str), "allowed_ip": Maybe(str), "created_at": TIME,
    "last_used_at": Maybe(TIME), "expires_at": Maybe(TIME),
}  # fmt: skip
LOGO = {"name": str, "mime_type": str, "file_size": int, "sha256": SHA256}
ASSISTANT = {
    **dict.fromkeys(
        ("ai_enabled", "ai_auto_draft_inbound", "ai_suggest_after_staff_reply", "ai_auto_send",
         "ai_api_key_set"), bool,
    ),
    **dict.fromkeys(
        ("ai_model", "ai_persona", "ai_business_context", "ai_signature", "ai_auto_signature"),
        str,
    ),
    "ai_auto_send_threshold": int,
}  # fmt: skip
ACTION = {
    "name": str, "description": str, "parameters": dict, "handler_type": {"local", "remote"},
    "handler_ref": str, "permission": {"staff", "participant", "system"},
    "requires_confirmation": bool, "enabled": bool, "ordinal": int, "timeout_ms": Maybe(int),
    "prefetch": bool, "prefetch_params": Maybe(dict),
}  # fmt: skip
LISTED_SKILL = {
    "id": ID, "key": str, "title": str, "description": str, "triggers": str,
    "composition": {"vetted", "guided", "open"}, "citation_set": Each(str, 0), "enabled": bool,
    "reserved": bool, "ordinal": int, "parent_key": Maybe(str), "action_count": int,
}  # fmt: skip
SKILL = {
    **{name: shape for name, shape in LISTED_SKILL.items() if name != "action_count"},
    "instructions": str, "actions": Each(ACTION, 0),
}  # fmt: skip
FLAGS = {"is_staff": True, "is_admin": False, "tonic_notifications": False}
ADMINISTRATION = {
    "administration.api_tokens.index": Route(
        {}, {"tokens": Each(TOKEN), "grantable_abilities": Each(str)}
    ),
    "administration.api_tokens.create": Route(
        {"name": "portal", "owner": "system", "abilities": ["tickets:write"],
         "allowed_ip": "127.0.0.0/8"},
        done(id=ID, token=re.compile(r"\d+\|tkt_[0-9A-Za-z]{48}")),
    ),
    "administration.api_tokens.update": Route(
        {"id": 1, "name": "portal", "abilities": ["tickets:read"], "allowed_ip": None}, done()
    ),
    "administration.api_tokens.revoke": Route({"id": 1}, done()),
    "administration.users.index": Route({}, {"users": Each(USER)}, stage.a_user),
    "administration.users.create": Route(
        {"name": "Erin Vale", "email": "erin@sole-trader.example", **FLAGS},
        {"users": Each(USER), "user_id": ID},
    ),
    "administration.users.update": Route({"user": 1, **FLAGS, "is_admin": True}, done()),
    "administration.users.queue_upsert": Route(
        {"user": 1, "queue": 1, "can_view": True, "can_manage": True, "can_delete": False}, done()
    ),
    "administration.users.queue_detach": Route({"user": 1, "queue": 1}, done()),
    "administration.teams.index": Route({}, {"teams": Each(TEAM)}, stage.a_team),
    "administration.teams.create": Route({"name": "Field", "user_ids": []}, done(team_id=ID)),
    "administration.teams.update": Route({"team_id": 1, "user_ids": []}, done()),
    "administration.teams.delete": Route({"team_id": 1}, done(), stage.a_team),
    "administration.system.index": Route(
        {},
        {"permissions_model": {"permissive", "restrictive"}, "max_attachment_mb": int,
         "notification_mode": {"full", "link"}, "max_responses_in_mail": int,
         "sent_mail_retention_days": int},
    ),
    "administration.system.update": Route({"max_attachment_mb": 50}, done()),
    "administration.branding.index": Route(
        {},
        {"product_name": str, "primary_colour": str, "footer": str, "app_logo": LOGO,
         "email_logo": Maybe(LOGO)},
        stage.a_logo,
    ),
    "administration.branding.update": Route({"footer": "Sole Trader Ltd"}, done()),
    "administration.branding.app_logo": Route({"file": "sole.png"}, done()),
    "administration.branding.email_logo": Route({"file": "sole.png"}, done()),
    "administration.branding.reset_app_logo": Route({}, done(), stage.a_logo),
    "administration.branding.reset_email_logo": Route({}, done()),
    "administration.custom_domain.status": Route(
        {},
        {"default_domain": str, "served_ip": str, "domain": str,
         "status": {"none", "waiting_for_dns", "active"}},
    ),
    "administration.custom_domain.update": Route(
        {"current_password": "secret", "domain": "help.sole-trader.example"}, done()
    ),
    "administration.ai.index": Route({}, ASSISTANT),
    "administration.ai.update": Route(
        {"current_password": "secret", "ai_enabled": True, "ai_auto_send_threshold": 95,
         "ai_persona": "A calm shoe expert.", "ai_api_key": "sk-example"},
        done(),
    ),
    "administration.licence.index": Route(
        {},
        {"plan": str, "features": dict.fromkeys(FEATURES, bool), "staff_limit": Maybe(int),
         "expires_at": None},
    ),
    "administration.storage.retention": Route({"sent_mail_retention_days": 90}, done()),
    "administration.storage.delete_orphaned": Route({}, done(deleted=int)),
    "administration.storage.delete_closed": Route({"older_than_days": 730}, done(deleted=int)),
    "administration.diagnostics.index": off({}),
    "administration.diagnostics.fetch": off({}),
    "administration.diagnostics.update": off({}),
    "administration.diagnostics.upload": off({}),
}  # fmt: skip

WHOLE_SKILL = data(skill=SKILL)
FIND = {
    "name": "find_order", "description": "Finds the tickets of an order.",
    "parameters": {"type": "object"}, "handler_type": "local", "handler_ref": "tickets.search",
    "permission": "staff",
}  # fmt: skip

AXIAL = {
    "axial.skills.index": Route({}, data(skills=Each(LISTED_SKILL))),
    "axial.skills.show": Route({"skill": "axial.core"}, WHOLE_SKILL),
    "axial.skills.options": Route(
        {},
        data(handlers=Each(str), permissions=Each(str), compositions=Each(str),
             skill_fields=Each(str), action_fields=Each(str)),
    ),
    "axial.skills.create": Route(
        {"key": "returns.labels", "title": "Labels", "description": "Who pays the label.",
         "instructions": "Name the label.", "triggers": "A label is lost.",
         "composition": "guided", "actions": [FIND]},
        data(skill={**SKILL, "actions": Each(ACTION)}),
    ),
    "axial.skills.update": Route({"skill": "labels", "title": "Labels"}, WHOLE_SKILL),
    "axial.skills.delete": Route({"skill": "labels"}, data(deleted=True)),
    "axial.skills.actions.upsert": Route(
        {"skill": "labels", "action": FIND}, data(skill={**SKILL, "actions": Each(ACTION)})
    ),
    "axial.skills.actions.delete": Route(
        {"skill": "labels", "name": "find_order"}, data(skill={**SKILL, "actions": []}),
        stage.a_skill_with_an_action,
    ),
}  # fmt: skip
