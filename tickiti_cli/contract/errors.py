"""Every failure the API can answer with, one class each.

The same class travels from the database to the shell: a server function raises `TicketNotFound(5)`,
the server writes its code and sentence on the wire, the client rebuilds `TicketNotFound` from them.

    ApiError
    ├── BadRequest 400             InvalidJson, KeyMissing, KeyInvalid
    ├── Unauthenticated 401
    ├── Forbidden 403              MissingAbility, RoleRequired, PlanRequired, QueueRightRequired,
    │                              IpNotAllowed, AttachmentBlocked
    ├── NotFound 404               TicketNotFound, ResponseNotFound, AttachmentNotFound,
    │                              SkillNotFound, SnapshotNotFound
    ├── MethodNotAllowed 405
    ├── RequestTimeout 408
    ├── Conflict 409               KeyConflict, KeyInProgress, InterventionUidExists,
    │                              ReviewRequired, TokenInUse
    ├── PayloadTooLarge 413        AttachmentTooLarge
    ├── UnsupportedMediaType 415
    ├── ValidationFailed 422       QueueNotFound, TemplateNotFound, MailboxNotFound,
    │                              InterventionNotFound, PerspectiveNotFound,
    │                              TemplateDataMissing, TemplateSyntax, AssigneeNotFound,
    │                              ResolutionNotFound, ResolutionRequired, AttachmentNotUploaded,
    │                              TagUnknown, CloneLink, SkillReserved
    ├── RateLimited 429
    ├── HeaderTooLarge 431
    ├── ServerError 500
    ├── NotImplementedHere 501
    └── Unavailable 503            StorageFull, StorageUnavailable, Overloaded

Codes and statuses: section 1 of the API contract. The message of each is complete: no other module
composes an error's sentence.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

FieldErrors = Mapping[str, Sequence[str]]


class PortableError(Exception):
    """An error that goes from one process to another. Python would call its class with the sentence
    alone, and a process pool breaks where a class takes more."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (type(self), *self.args), self.__dict__


def _made_again(kind: type[PortableError], *args: object) -> PortableError:
    return kind.__new__(kind, *args)


class ApiError(PortableError):
    """An API failure: a stable code, its HTTP status and a sentence for a person."""

    status: int = 500
    """The status of the class; on a client, the status that the client received."""

    code: str = "error"
    sentence: ClassVar[str] = "The request failed."

    @property
    def v1_status(self) -> int:
        """The status on v1 routes, which differs for a few errors."""
        return self.status

    retryable: bool = False
    """Whether the very same request, sent again later, can succeed."""

    outcome: str = "not_applied"
    """The outcome of the operation as far as a client knows: not_applied, applied or unknown."""

    idempotency_key: str | None = None
    """The key a client sent, to be used again if the outcome is unknown."""

    operation: str | None = None
    """The entry of a client's journal that is still open."""

    was_doubtful: bool = False
    """Whether an attempt of the same request before this answer may have been carried out."""

    hint: str = ""
    """The next step for the user of a client, where the step depends on the case."""

    explained: Sequence[str] = ()
    """The sentences of `errors` in the words of a client's user: of flags, not of members."""

    is_foreign: bool = False
    """Whether a program between client and Tickiti, such as a proxy, may have sent this answer."""

    is_of_many: bool = False
    """Whether the error ends a command of many operations: `outcome` then covers all of them, and
    the sentence has the details."""

    def __init__(
        self,
        message: str = "",
        *,
        errors: FieldErrors | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.message = message or self.sentence
        self.errors = errors or {}
        self.data: Mapping[str, object] = {}
        """Details of the failure besides its sentence, such as the size of a file."""
        self.retry_after = retry_after
        """Seconds to wait before the next try, for the Retry-After header."""
        self.request_id: str | None = None
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message

    @classmethod
    def received(
        cls, message: str, *, errors: FieldErrors | None = None, retry_after: int | None = None
    ) -> Self:
        """The error as read from the wire, with the server's own sentence."""
        error = cls.__new__(cls)
        ApiError.__init__(error, message, errors=errors, retry_after=retry_after)
        return error

    @classmethod
    def of(cls, field: str, sentence: str) -> Self:
        """The error of one field: `sentence` is the message and the field's entry in `errors`."""
        return cls.received(sentence, errors={field: [sentence]})


class BadRequest(ApiError):
    status = 400
    code = "bad_request"
    sentence = "The server could not read the request."


class InvalidJson(BadRequest):
    code = "invalid_json"
    sentence = "The body must be one JSON object in UTF-8."


class _RefusedKey:
    """The status is 422 on v1 routes, as for every invalid value of a request."""

    @property
    def v1_status(self) -> int:
        return ValidationFailed.status


class KeyMissing(_RefusedKey, BadRequest):
    code = "idempotency_key_missing"
    sentence = "Send an Idempotency-Key header: 1 to 255 characters, a new one for each operation."


class KeyInvalid(_RefusedKey, BadRequest):
    code = "idempotency_key_invalid"
    sentence = "The Idempotency-Key header must be one value of 1 to 255 printable characters."


class Unauthenticated(ApiError):
    status = 401
    code = "unauthenticated"
    sentence = "Unauthenticated."


class Forbidden(ApiError):
    status = 403
    code = "forbidden"
    sentence = "This token may not do that."


class MissingAbility(Forbidden):
    code = "missing_ability"

    def __init__(self, needs: Iterable[str]) -> None:
        wanted = " or ".join(f"'{ability}'" for ability in needs)
        super().__init__(f"This token lacks the ability {wanted}.")


class RoleRequired(Forbidden):
    code = "role_required"

    def __init__(self, role: str) -> None:
        super().__init__(f"This requires the role '{role}'.")


class PlanRequired(Forbidden):
    code = "plan_required"

    def __init__(self, plan: str) -> None:
        super().__init__(f"This install's plan does not include '{plan}'.")


class QueueRightRequired(Forbidden):
    code = "queue_right_required"

    def __init__(self, right: str, queue: str) -> None:
        super().__init__(f"This requires the right '{right}' on queue '{queue}'.")


class IpNotAllowed(Forbidden):
    code = "ip_not_allowed"
    sentence = "This token may not be used from this address."


class AttachmentBlocked(Forbidden):
    code = "attachment_blocked"
    sentence = "Attachments of this type are blocked."


class NotFound(ApiError):
    status = 404
    code = "not_found"
    sentence = "This URL does not exist."


MERGED_INTO = "it was merged into ticket "
"""Stands before the number of the ticket that survived a merge, in the error about the other."""


class TicketNotFound(NotFound):
    code = "ticket_not_found"

    def __init__(self, number: int) -> None:
        super().__init__(f"Ticket {number} not found.")

    @classmethod
    def merged(cls, number: int, survivor: int) -> Self:
        """The ticket was merged into another ticket, which exists."""
        return cls.received(f"Ticket {number} not found: {MERGED_INTO}{survivor}.")


class ResponseNotFound(NotFound):
    code = "response_not_found"

    def __init__(self, response_id: int) -> None:
        super().__init__(f"Response {response_id} not found.")


class AttachmentNotFound(NotFound):
    code = "attachment_not_found"
    sentence = "Attachment not found."


class SkillNotFound(NotFound):
    code = "skill_not_found"

    def __init__(self, skill: str) -> None:
        super().__init__(f"Skill '{skill}' not found.")


class SnapshotNotFound(NotFound):
    code = "snapshot_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"Snapshot '{name}' not found.")


class MethodNotAllowed(ApiError):
    status = 405
    code = "method_not_allowed"
    allowed: Sequence[str] = ()
    """The methods that the path has; none of an error that was read from the wire."""

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        self.allowed = tuple(sorted(allowed))
        super().__init__(f"{method} is not allowed here; use {' or '.join(self.allowed)}.")


class RequestTimeout(ApiError):
    status = 408
    code = "request_timeout"
    sentence = "The request did not arrive in time."
    retryable = True


class Conflict(ApiError):
    status = 409
    code = "conflict"
    sentence = "The request conflicts with existing data."


class KeyConflict(Conflict):
    code = "idempotency_key_conflict"
    sentence = "This Idempotency-Key was used for a different request; use a new key for a new one."


class KeyInProgress(Conflict):
    code = "idempotency_key_in_progress"
    sentence = "A request with this Idempotency-Key is still in progress; send it again later."
    retryable = True


class InterventionUidExists(Conflict):
    code = "intervention_uid_exists"

    def __init__(self, uid: str, number: int) -> None:
        super().__init__(f"The uid '{uid}' was used for this intervention before: ticket {number}.")


class ReviewRequired(Conflict):
    code = "review_required"
    sentence = "This attachment needs a review; repeat the request with intent 'review_ok'."


class TokenInUse(Conflict):
    """An error of the bundled server alone: a token that was to be retired once it is idle, and is
    not idle yet."""

    code = "token_in_use"

    def __init__(self, token_id: int, *, last_used_at: str, seconds: int) -> None:
        super().__init__(
            f"Token {token_id} was last used at {last_used_at}: it has not been idle for "
            f"{seconds} seconds."
        )


class PayloadTooLarge(ApiError):
    status = 413
    code = "payload_too_large"
    sentence = "The body is too large."

    @classmethod
    def over(cls, limit: int) -> Self:
        return cls(f"The body is larger than {limit} bytes.")


class AttachmentTooLarge(PayloadTooLarge):
    code = "attachment_too_large"
    sentence = "The file is too large."

    @classmethod
    def to_read(cls, file_size: int, mime_type: str) -> Self:
        """The file exists, and can be read in parts with `offset` and `length`."""
        error = cls(f"The file has {file_size} bytes; download it in parts with offset and length.")
        error.data = {"file_size": file_size, "ranged": True, "mime_type": mime_type}
        return error


class UnsupportedMediaType(ApiError):
    status = 415
    code = "unsupported_media_type"
    sentence = "Send the body as Content-Type: application/json, without a Content-Encoding."


class ValidationFailed(ApiError):
    """Bad values; `errors` names every bad field at once."""

    status = 422
    code = "validation_failed"
    sentence = "Some values are invalid."

    @classmethod
    def of_fields(cls, errors: FieldErrors) -> Self:
        """The error of at least one field: the first field's first sentence is the message."""
        return cls.received(next(iter(errors.values()))[0], errors=errors)


class QueueNotFound(ValidationFailed):
    code = "queue_not_found"

    def __init__(self, name: str, *, field: str = "queue_name") -> None:
        sentence = f"Queue '{name}' not found."
        super().__init__(sentence, errors={field: [sentence]})


class TemplateNotFound(ValidationFailed):
    code = "template_not_found"

    def __init__(self, identifier: str, *, field: str = "template_identifier") -> None:
        sentence = f"Template '{identifier}' not found."
        super().__init__(sentence, errors={field: [sentence]})

    @classmethod
    def disabled(cls, identifier: str, *, field: str = "template_identifier") -> Self:
        """The template exists, but it is disabled."""
        return cls.of(field, f"Template '{identifier}' is disabled.")


class MailboxNotFound(ValidationFailed):
    code = "mailbox_not_found"

    def __init__(self, name: str, *, field: str = "mailbox") -> None:
        sentence = f"Mailbox '{name}' not found."
        super().__init__(sentence, errors={field: [sentence]})


class InterventionNotFound(ValidationFailed):
    code = "intervention_not_found"

    def __init__(self, name: str, *, field: str = "intervention") -> None:
        sentence = f"Intervention '{name}' not found."
        super().__init__(sentence, errors={field: [sentence]})


class PerspectiveNotFound(ValidationFailed):
    code = "perspective_not_found"

    def __init__(self, name: str, *, field: str = "perspective_id") -> None:
        sentence = f"Perspective '{name}' not found."
        super().__init__(sentence, errors={field: [sentence]})


class TemplateDataMissing(ValidationFailed):
    code = "template_data_missing"

    def __init__(self, names: Sequence[str], *, bag: str = "data") -> None:
        errors = {
            f"{bag}.{name}": [f"The {bag}.{name} field is required by the template."]
            for name in names
        }
        super().__init__(f"The data has no value for {', '.join(names)}.", errors=errors)


class TemplateSyntax(ValidationFailed):
    code = "template_syntax"

    def __init__(self, field: str, line: int, column: int, problem: str) -> None:
        self.line, self.problem = line, problem
        sentence = f"The {field} field, line {line}, column {column}: {problem}."
        super().__init__(sentence, errors={field: [sentence]})


class AssigneeNotFound(ValidationFailed):
    code = "assignee_not_found"

    def __init__(self, assignee: str, *, field: str = "assigned_to_email") -> None:
        sentence = f"'{assignee}' is not a member of staff or a team."
        super().__init__(sentence, errors={field: [sentence]})


class ResolutionNotFound(ValidationFailed):
    code = "resolution_not_found"

    def __init__(self, resolution: str, *, field: str = "resolved") -> None:
        sentence = f"Resolution '{resolution}' not found."
        super().__init__(sentence, errors={field: [sentence]})


class ResolutionRequired(ValidationFailed):
    code = "resolution_required"

    def __init__(self, queue: str, *, of_new: str | None = None) -> None:
        """`of_new`: the field of a new ticket's status, beside which no resolution can be sent."""
        what = (
            "close the ticket afterwards" if of_new else "the resolved field is required to close"
        )
        sentence = f"Queue '{queue}' tracks resolutions: {what}."
        super().__init__(sentence, errors={of_new or "resolved": [sentence]})


class AttachmentNotUploaded(ValidationFailed):
    code = "attachment_not_uploaded"

    def __init__(self, sha256: str, *, field: str = "attachments") -> None:
        sentence = f"The file {sha256} is not on this server; upload it first."
        super().__init__(sentence, errors={field: [sentence]})


class TagUnknown(ValidationFailed):
    code = "tag_unknown"

    def __init__(self, tags: Sequence[str], *, field: str = "content") -> None:
        sentence = f"Unknown in the text: {', '.join(tags)}."
        super().__init__(sentence, errors={field: [sentence]})


class CloneLink(ValidationFailed):
    code = "clone_link"

    def __init__(self, number: int, *, field: str = "linked_ticket_number") -> None:
        sentence = f"The link to ticket {number} comes from a split and cannot be removed."
        super().__init__(sentence, errors={field: [sentence]})


class SkillReserved(ValidationFailed):
    code = "skill_reserved"

    def __init__(self, key: str, *, field: str = "skill") -> None:
        sentence = f"Skill '{key}' is reserved."
        super().__init__(sentence, errors={field: [sentence]})


class RateLimited(ApiError):
    status = 429
    code = "rate_limited"
    sentence = "Too many requests; try again later."
    retryable = True


class HeaderTooLarge(ApiError):
    status = 431
    code = "header_too_large"
    sentence = "The headers are larger than 64 KiB."


class ServerError(ApiError):
    status = 500
    code = "internal"
    sentence = "Internal server error; the server's log has the details under the request ID."
    retryable = True


class NotImplementedHere(ApiError):
    status = 501
    code = "not_implemented"
    sentence = "This server does not offer that."

    @classmethod
    def row(cls, name: str) -> Self:
        return cls(f"The bundled server does not answer '{name}' yet.")


class Unavailable(ApiError):
    """Nothing was applied, or the idempotency key decides: the same request may be sent again."""

    status = 503
    code = "unavailable"
    sentence = "The server is unavailable."
    retryable = True


class StorageFull(Unavailable):
    code = "storage_full"
    sentence = "The disk of the database is full; nothing was changed."


class StorageUnavailable(Unavailable):
    code = "storage_unavailable"
    sentence = "The database did not confirm the change; send the same request again."


class Overloaded(Unavailable):
    code = "overloaded"
    sentence = "Too many writes are waiting; nothing was changed."


def _descendants(error: type[ApiError]) -> Iterable[type[ApiError]]:
    for child in error.__subclasses__():
        yield child
        yield from _descendants(child)


BY_CODE: dict[str, type[ApiError]] = {error.code: error for error in _descendants(ApiError)}
"""Every class by its code, the one way back from the wire."""

BY_STATUS: dict[int, type[ApiError]] = {
    error.status: error for error in reversed(ApiError.__subclasses__())
}
"""The class that stands for a status whose code is unknown or absent, as on a remote install."""
