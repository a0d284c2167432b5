"""Text from HTML, text from templates, HTML that can be shown: pure functions."""

from tickiti_server.rendering.sanitising import safe_html
from tickiti_server.rendering.templates import Rendered, render
from tickiti_server.rendering.text import plain_text

__all__ = ["Rendered", "plain_text", "render", "safe_html"]
