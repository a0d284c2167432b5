"""The start of the server."""

import gc
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from pydantic import TypeAdapter

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_server import serve
from tickiti_server.api.handler import collect
from tickiti_server.api.registry import MODULES
from tickiti_server.validation.fields import Body

THREADS = 8


def test_garbage_collector_is_enabled_before_the_server_answers() -> None:
    """`python -m tickiti_server serve` disables it while it imports its modules."""
    thresholds = gc.get_threshold()
    gc.disable()
    try:
        serve._spare_the_collector()
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        gc.enable()


def test_start_builds_only_the_models_of_new_tickets_and_mail() -> None:
    """Each other model is built by the first request that needs it."""
    handlers = collect(MODULES, CATALOGUE.values())
    built = {
        name
        for name, handler in handlers.items()
        if handler.body is not None and handler.body.pydantic_complete
    }
    assert built == {"create_ticket", "tickets.create", "send_email", "mail.send"}


def test_concurrent_first_requests_build_one_valid_model() -> None:
    class Ref(Body):
        number: int

    class Pair(Body):
        first: Ref
        second: Ref

    adapter, barrier = TypeAdapter(Pair), Barrier(THREADS)

    def validate(number: int) -> int:
        barrier.wait()
        body = adapter.validate_python({"first": {"number": number}, "second": {"number": 0}})
        return body.first.number + Ref(number=1).number

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(validate, range(THREADS))) == list(range(1, THREADS + 1))
