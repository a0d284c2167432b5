"""Health of a server in test mode, which tells the epoch too."""

from tickiti_server.api.test_mode.epoch import shown
from tickiti_server.http.own_pages import Health
from tickiti_server.http.reply import Reply
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.http.test_mode.control import ServerControl
from tickiti_server.validation import strict_json


class TestHealth(Health):
    """Answers 200 while the process runs, with the epoch."""

    __test__ = False  # pytest takes every class of this name for a test

    def __init__(self, services: Services, control: ServerControl) -> None:
        super().__init__(services)
        self._control = control

    async def reply(self, context: RequestContext) -> Reply:
        await super().reply(context)
        return Reply(200, strict_json.encode({"ok": True, **shown(self._control.epoch)}))
