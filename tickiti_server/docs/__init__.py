"""The documentation page: one HTML file that needs nothing else, made from the OpenAPI document."""

from tickiti_server.docs.page import content_security_policy, render

__all__ = ["content_security_policy", "render"]
