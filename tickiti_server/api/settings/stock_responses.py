"""Stock responses of the v1 API: texts that staff insert into a response.

Rule: placeholders in them are not checked, because nothing renders them.
"""

from collections.abc import Sequence

from tickiti_cli.contract.errors import RoleRequired, TemplateNotFound, ValidationFailed
from tickiti_cli.contract.v1 import settings as contract
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.search.perspectives import refuse_shared as refuse_unless_admin
from tickiti_server.api.settings.bodies.stock_responses import (
    CreateStockResponse,
    FindStockResponse,
    ListStockResponses,
    StockResponse,
    StockResponseShown,
    UpdateStockResponse,
)
from tickiti_server.api.templates import images
from tickiti_server.api.templates.templates import words_of
from tickiti_server.clock import rfc3339
from tickiti_server.rendering.images import Image
from tickiti_server.store.interface import Row
from tickiti_server.store.texts import stock_responses as stored
from tickiti_server.store.texts.images import Owner

_DEFAULT_RELEVANCE = "exclude"

_Parts = tuple[str, Sequence[Image]]
"""A content without its images, and the images."""


@handles(contract.stock_responses_index)
def index(call: Call, body: ListStockResponses) -> list[StockResponse]:
    """List the stock responses, by category and identifier."""
    rows = stored.list_stock_responses(
        call.tx, words_of(body.search or ""), with_content=body.include_content
    )
    return [_whole(row) if body.include_content else _row(row) for row in rows]


@handles(contract.stock_responses_show, refuses=(TemplateNotFound,))
def show(call: Call, body: FindStockResponse) -> StockResponseShown:
    """Show a stock response and its content."""
    return {"template": _whole(_found(call, body.template_id, field="template_id"))}


def _split_new(_call: Call, body: CreateStockResponse) -> _Parts:
    return images.split(body.content, field="content")


@handles(contract.stock_responses_create, prepare=_split_new, refuses=(RoleRequired,))
def create(call: Call, body: CreateStockResponse, parts: _Parts) -> StockResponseShown:
    """Create a stock response."""
    refuse_unless_admin(call, body.ai_relevance is not None)
    _refuse_taken(call, body.identifier, where="")
    html, found = parts
    members = {**body.model_dump(), "content": html}
    members["ai_relevance"] = body.ai_relevance or _DEFAULT_RELEVANCE
    stock_id = stored.insert_stock_response(call.tx, now=call.now, **members)
    if found:
        html = images.store(call, Owner.STOCK_RESPONSE, stock_id, html, found)
        stored.update_stock_response(call.tx, stock_id, {"content": html}, now=call.now)
    return {"template": _whole(_found(call, stock_id, field="id"))}


def _split_changed(_call: Call, body: UpdateStockResponse) -> _Parts:
    return images.split(body.template.content or "", field="template.content")


@handles(
    contract.stock_responses_update,
    prepare=_split_changed,
    refuses=(RoleRequired, TemplateNotFound),
)
def update(call: Call, body: UpdateStockResponse, parts: _Parts) -> Done:
    """Update a stock response. Omitted fields stay as they are."""
    changes = body.template
    row = _found(call, changes.id, field="template.id")
    refuse_unless_admin(call, changes.ai_relevance not in (None, row["ai_relevance"]))
    if changes.identifier is not None:
        _refuse_taken(call, changes.identifier, where="template.", but=row["id"])
    members = changes.model_dump(exclude={"id"}, exclude_none=True)
    if "content" in members:
        html, found = parts
        members["content"] = images.store(call, Owner.STOCK_RESPONSE, row["id"], html, found)
    stored.update_stock_response(call.tx, row["id"], members, now=call.now)
    return DONE


@handles(contract.stock_responses_delete)
def delete(call: Call, body: FindStockResponse) -> Done:
    """Delete a stock response. Deleting what does not exist succeeds."""
    stored.delete_stock_response(call.tx, body.template_id)
    return DONE


def _found(call: Call, stock_id: int, *, field: str) -> Row:
    row = stored.find_stock_response(call.tx, stock_id)
    if row is None:
        raise TemplateNotFound(str(stock_id), field=field)
    return row


def _refuse_taken(call: Call, identifier: str, *, where: str, but: int = 0) -> None:
    namesake = stored.find_stock_response_by_identifier(call.tx, identifier)
    if namesake is not None and namesake["id"] != but:
        sentence = f"Stock response '{identifier}' already exists."
        raise ValidationFailed.of(f"{where}identifier", sentence)


def _row(row: Row) -> StockResponse:
    return {
        "id": str(row["id"]),
        "identifier": row["identifier"],
        "title": row["identifier"],
        "category": row["category"],
        "subcategory": row["subcategory"],
        "subject": row["subject"],
        "keywords": row["keywords"],
        "use_count": row["use_count"],
        "notes": row["notes"],
        "updated_at": rfc3339(row["updated_at"]),
    }


def _whole(row: Row) -> StockResponse:
    return {
        **_row(row),
        "is_enabled": bool(row["is_enabled"]),
        "ai_relevance": row["ai_relevance"],
        "content": row["content"],
    }
