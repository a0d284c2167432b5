"""Mixed load: clients that create, respond, send mail, repeat a key, read back, rotate tokens."""

import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.support.faults.history import History, Operation
from tests.support.place import Place, mail, ticket

ABILITIES = ["create-ticket", "ticket-respond", "ticket-index", "tickets:read", "send-email"]
OVERLAP_SECONDS = 3600
NOT_ARRIVED = (OSError, http.client.HTTPException)


class GivenUp(Exception):
    """The server is gone, and this load does not wait for another one."""


@dataclass(slots=True)
class Load:
    """The clients of one place, and what they know together."""

    place: Place
    history: History
    patience: float = 0.0
    """Seconds in which a client tries again after a lost reply or a 503."""

    token: str = ""
    family: int = 0
    rotations: int = 0
    kills: int = 0
    """Of the server, by whoever runs this load."""

    retries: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def prepare(self) -> None:
        """Mint the family of tokens that every client uses."""
        body = {"name": "load", "abilities": ABILITIES}
        minted = json.loads(self.place.post("/_tickiti/tokens/mint", body)[2])["data"]
        self.token, self.family = minted["token"], minted["family"]

    def run(self, clients: int, seconds: float, name: str) -> list[threading.Thread]:
        """Start the clients; they end when `over` is set, or with the server."""
        self.over.clear()
        threads = [
            threading.Thread(target=self._client, args=(f"{name}-{n}", n == 0))
            for n in range(clients)
        ]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        return threads

    def settle(self, operations: list[Operation]) -> None:
        """Send each again: whatever became of it, now it has happened once."""
        client = Client(self)
        for operation in operations:
            client.attempt(operation)
        client.close()

    def _client(self, name: str, is_keeper: bool) -> None:
        client, chance, mine = Client(self), random.Random(name), list[Operation]()
        try:
            while not self.over.is_set():
                self._step(client, chance, mine, f"{name}-{len(mine)}", is_keeper)
        except GivenUp:
            pass
        except Exception as error:  # noqa: BLE001 - a thread's bug must turn the test red
            self.history.violate(f"client {name}: {error!r}")
        finally:
            client.close()

    def _step(
        self, client: "Client", chance: random.Random, mine: list[Operation], key: str, keeps: bool
    ) -> None:
        done = [one for one in mine if one.kind == "create" and one.acknowledged_at is not None]
        actions = ["create", "respond", "mail", "repeat", "read"]
        action = chance.choices(actions, [40, 25, 10, 15, 10])[0]
        if keeps and chance.random() < 0.02:
            client.rotate()
        elif action == "repeat" and mine:
            client.attempt(chance.choice(mine))
        elif action == "read" and done:
            client.read(chance.choice(done), mine)
        elif action == "respond" and done:
            number = json.loads(chance.choice(done).reply)["data"]["ticket_number"]
            body = {"ticket_number": number, "from_email": "a@b.example", "content": key}
            mine.append(self.history.invoke("respond", key, body))
            client.attempt(mine[-1])
        elif action == "mail":
            mine.append(self.history.invoke("mail", key, mail(key)))
            client.attempt(mine[-1])
        else:
            mine.append(self.history.invoke("create", key, ticket(key)))
            client.attempt(mine[-1])


class Client:
    """One connection at a time, one request at a time."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def attempt(self, operation: Operation) -> None:
        status, headers, raw = self.send(
            operation.path, operation.body, key=operation.key, token=self._load.token
        )
        if status != 200:
            self._load.history.violate(f"{operation.key} was refused with {status}: {raw!r}")
            return
        is_replay = headers.get("Idempotency-Replayed") == "true"
        self._load.history.acknowledge(operation, raw, is_replay=is_replay)

    def read(self, created: Operation, mine: list[Operation]) -> None:
        """What was acknowledged before the read began is in what is read."""
        number = json.loads(created.reply)["data"]["ticket_number"]
        expected = {created.body["data"]["content"]} | {
            one.key
            for one in mine
            if one.body.get("ticket_number") == number and one.acknowledged_at is not None
        }
        body = {"ticket_number": number}
        status, _, raw = self.send("/api/v1/tickets/show", body, token=self._load.token)
        shown = json.loads(raw)["data"] if status == 200 else {"responses": []}
        if not expected <= {response["html"] for response in shown["responses"]}:
            self._load.history.violate(f"I1: {created.key} was read without all its answers")

    def rotate(self) -> None:
        """A rotation has no key: where its reply was lost, the next one rotates its outcome."""
        load = self._load
        wanted = {"status": "active"}
        raw = self.send("/_tickiti/tokens", wanted, token=load.place.token)[2]
        active = [
            row["id"] for row in json.loads(raw)["data"]["tokens"] if row["family"] == load.family
        ]
        if len(active) != 1:
            load.history.violate(f"the family of tokens has {len(active)} active ones")
            return
        body = {"id": active[0], "overlap_seconds": OVERLAP_SECONDS}
        status, _, raw = self.send("/_tickiti/tokens/rotate", body, token=load.place.token)
        if status == 200:
            load.token = json.loads(raw)["data"]["token"]
            load.rotations += 1

    def send(
        self, path: str, body: Any, *, key: str = "", token: str
    ) -> tuple[int, dict[str, str], bytes]:
        """A reply that decides; raises GivenUp where the load's patience ends before one comes."""
        deadline = time.monotonic() + self._load.patience
        while True:
            try:
                status, headers, raw = self._once(path, json.dumps(body), key, token)
            except NOT_ARRIVED as error:
                self.close()
                if time.monotonic() >= deadline:
                    raise GivenUp from error
            else:
                if status != 503 or time.monotonic() >= deadline:
                    return status, headers, raw
            self._load.retries += 1
            time.sleep(0.05)

    def _once(self, path: str, raw: str, key: str, token: str) -> tuple[int, dict[str, str], bytes]:
        if self._connection is None:
            port = self._load.place.port
            self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        self._connection.request("POST", path, raw, headers)
        reply = self._connection.getresponse()
        found = reply.status, {k.title(): v for k, v in reply.getheaders()}, reply.read()
        if reply.will_close:
            self.close()
        return found
