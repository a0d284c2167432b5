"""The API's own description: OpenAPI 3.1, derived from the rows and the handlers' annotations."""

from tickiti_server.openapi.document import describe

__all__ = ["describe"]
