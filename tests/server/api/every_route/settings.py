"""The settings, mail and templates families."""

from tests.server.api.every_route.route import Route, data, done
from tests.server.api.every_route.shapes import ADDRESS, ID, SHA256, TIME, Each, Maybe
from tests.support import stage

PERSPECTIVE = {
    "id": ID, "name": str, "description": Maybe(str), "shared": bool, "owner": Maybe(ADDRESS),
    "built_in": bool, "display_mode": {"list", "card"}, "show_in_crm": bool,
    "conditions": Each({"field": str, "operator": {"is", "is not", "contains"}, "value": str}, 0),
    "orders": Each({"field": str, "ascending": bool}, 0),
}  # fmt: skip
WATCHLIST = {
    "id": ID, "name": str, "icon": str, "description": Maybe(str), "display_mode": {"list", "card"},
    "shared": bool, "owner": Maybe(ADDRESS), "ticket_ids": Each(ID, 0),
}  # fmt: skip
STOCK = {
    "id": ID, "identifier": str, "title": str, "category": str, "subcategory": Maybe(str),
    "subject": Maybe(str), "keywords": Maybe(str), "use_count": int, "is_enabled": bool,
    "notes": Maybe(str), "ai_relevance": {"as_is", "compose", "reference", "exclude"},
    "content": str, "updated_at": TIME,
}  # fmt: skip
BARE_STOCK = {
    name: shape
    for name, shape in STOCK.items()
    if name not in ("content", "is_enabled", "ai_relevance")
}
IMAGE = {
    "cid": str, "img": str, "name": "sole.png", "mime_type": "image/png", "file_size": int,
    "sha256": SHA256,
}  # fmt: skip
MAILBOX = {
    "id": ID, "name": str, "address": str, "from_name": Maybe(str), "mailbox_type": Maybe(str),
    "pop_enable": bool, "pop_host": Maybe(str), "pop_port": Maybe(int), "pop_encryption": str,
    "pop_validate_cert": bool, "max_consecutive_errors": int, "secondary_report_threshold": int,
    "outgoing_mailbox_type": str, "smtp_enable": bool, "smtp_host": Maybe(str),
    "smtp_port": Maybe(int), "smtp_user": Maybe(str), "smtp_security": str,
    "gmail_connected": False, "built_in": bool, "paused_until": Maybe(TIME),
    "paused_reason": Maybe(str),
}  # fmt: skip
SENT = {
    "id": str, "to_address": ADDRESS, "subject": str, "mailbox": str, "sent_at": Maybe(TIME),
    "status": str,
}  # fmt: skip
TEMPLATE = {
    "id": ID, "type": {"email", "notification", "intervention", "faq"}, "identifier": str,
    "category": Maybe(str), "subcategory": Maybe(str), "subject": Maybe(str), "is_enabled": bool,
    "description": Maybe(str), "legend": Maybe(str), "keywords": Maybe(str), "ordinal": int,
    "updated_at": TIME,
}  # fmt: skip
WHOLE_TEMPLATE = {"template": {**TEMPLATE, "content": str}}

SETTINGS = {
    "settings.perspectives.index": Route(
        {"scope": "all"}, {"perspectives": Each(PERSPECTIVE, 2)}, stage.a_perspective
    ),
    "settings.perspectives.show": Route({"perspective_id": 1}, {"perspective": PERSPECTIVE}),
    "settings.perspectives.create": Route(
        {"name": "Urgent shoes", "shared": True, "description": "Before breakfast.",
         "conditions": [{"field": "priority", "operator": "is", "value": "urgent"}],
         "orders": [{"field": "updated_at", "ascending": False}], "display_mode": "card"},
        {"perspective_id": ID},
    ),
    "settings.perspectives.update": Route(
        {"perspective_id": 1, "orders": [{"field": "subject", "ascending": True}]}, done()
    ),
    "settings.perspectives.delete": Route({"perspective_id": 1}, done(), stage.a_perspective),
    "settings.watchlists.index": Route(
        {}, {"watchlists": Each(WATCHLIST), "colours": Each(str)}, stage.a_watchlist
    ),
    "settings.watchlists.create": Route(
        {"name": "Berlin", "icon": "shoe", "shared": True, "description": "Broken in the race."},
        done(watchlist_id=ID),
    ),
    "settings.watchlists.update": Route({"watchlist_id": 1, "icon": "eye"}, done()),
    "settings.watchlists.delete": Route({"watchlist_id": 1}, done(), stage.a_watchlist),
    "settings.watchlists.add_tickets": Route({"watchlist_id": 1, "ticket_ids": [1]}, done()),
    "settings.watchlists.remove_tickets": Route({"watchlist_id": 1, "ticket_ids": [1]}, done()),
    "settings.watchlists.reorder": Route({"watchlist_id": 1, "ticket_ids": [1]}, done()),
    "settings.hashtags.index": Route({}, Each({"tag": str, "count": int}), stage.a_hashtag),
    "settings.hashtags.delete": Route({"tag": "staged"}, done(), stage.a_hashtag),
    "settings.stock_responses.index": Route(
        {"search": "staged"}, Each(BARE_STOCK), stage.a_stock_response
    ),
    "settings.stock_responses.show": Route({"template_id": 1}, {"template": STOCK}),
    "settings.stock_responses.create": Route(
        {"identifier": "returns.box", "category": "Returns", "keywords": "box, label",
         "content": "<p>Use the old box.</p>", "ai_relevance": "as_is"},
        {"template": STOCK},
    ),
    "settings.stock_responses.update": Route(
        {"template": {"id": 1, "notes": "Europe only."}}, done()
    ),
    "settings.stock_responses.delete": Route(
        {"template_id": 1}, done(), stage.a_stock_response
    ),
    "settings.stock_responses.image_upload": Route({"template_id": 1, "file": "sole.png"}, IMAGE),
}  # fmt: skip

MAIL = {
    "mail.send": Route(
        {"to_address": "marcus@trailblazers-club.example", "subject": "Shipped",
         "content": "<p>On its way.</p>", "cc": ["anna@sole-trader.example"], "mailbox": "local"},
        data(
            email_id=str, message_id=str, to_address=ADDRESS, cc=["anna@sole-trader.example"],
            mailbox="local", status="queued",
        ),
    ),
    "mail.mailboxes.index": Route(
        {}, {"mailboxes": Each(MAILBOX, 2), "queues": Each({"id": ID, "name": str}, 3)},
        stage.a_mailbox,
    ),
    "mail.mailboxes.create": Route(
        {"name": "returns", "address": "returns@sole-trader.example", "from_name": "Sole Trader",
         "outgoing_mailbox_type": "smtp", "smtp_enable": True,
         "smtp_host": "smtp.sole-trader.example", "smtp_port": 587, "smtp_security": "starttls"},
        done(mailbox_id=ID),
    ),
    "mail.mailboxes.update": Route({"mailbox_id": 2, "from_name": "Returns"}, done()),
    "mail.mailboxes.set_password": Route(
        {"mailbox_id": 2, "field": "smtp_password", "value": "open sesame"}, done()
    ),
    "mail.mailboxes.delete": Route({"mailbox_id": 2}, done(), stage.a_mailbox),
    "mail.subjects.index": Route({}, Each({"id": ID, "subject": str}), stage.a_blocked_subject),
    "mail.subjects.create": Route({"subject": "Out of office"}, done(id=ID)),
    "mail.subjects.delete": Route({"id": 1}, done(), stage.a_blocked_subject),
    "mail.excluded.index": Route({}, Each({"id": ID, "email": str}), stage.an_excluded_address),
    "mail.excluded.create": Route({"email": "*@newsletter.example"}, done(id=ID)),
    "mail.excluded.delete": Route({"id": 1}, done(), stage.an_excluded_address),
    "mail.sent_mail.list": Route({"range_days": 30, "limit": 300}, Each(SENT), stage.a_mail),
    "mail.sent_mail.search": Route({"search": "a@b.example"}, Each(SENT), stage.a_mail),
    "mail.sent_mail.show": Route(
        {"id": 1}, {**SENT, "cc": [], "text": str, "html": Maybe(str)}
    ),
}  # fmt: skip

TEMPLATES = {
    "templates.index": Route({}, Each(TEMPLATE), stage.a_template),
    "templates.faqs": Route({}, Each({**TEMPLATE, "type": "faq"}), stage.a_faq),
    "templates.show": Route({"template_id": 1}, WHOLE_TEMPLATE),
    "templates.search": Route(
        {"search": '"your order"', "mode": "templates", "type": "email"}, Each(TEMPLATE),
        stage.a_template,
    ),
    "templates.create": Route(
        {"type": "notification", "identifier": "stock.low", "subject": "{{sku}} runs out",
         "content": "<p>{{left}} pairs.</p>", "keywords": "stock", "is_enabled": True},
        WHOLE_TEMPLATE,
    ),
    "templates.update": Route({"template": {"id": 1, "legend": "order.id: a number"}}, done()),
    "templates.delete": Route({"template_id": 1}, done(), stage.a_template),
    "templates.render": Route(
        {"template_identifier": "warranty.received", "type": "email",
         "data": {"name": "Marcus", "order": {"id": 4711}, "lines": [{"sku": "VP-3"}]}},
        data(subject="Your order 4711", content="<p>Dear Marcus, we have your VP-3.</p>"),
    ),
    "templates.image_upload": Route({"template_id": 1, "file": "sole.png"}, IMAGE),
}  # fmt: skip
