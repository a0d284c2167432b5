"""Makes the next item while the caller works on the one before.

An export reads a page from the server while it writes the last one to the disk.
"""

from collections.abc import Iterator
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")


def one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items. All but the first are made in a thread, and all but the first two before
    they are asked for: the first one is worked on before anything else, so that what is cut short
    early has it.

    The thread ends with the process where the caller stops early, because an item may wait for a
    server.
    """
    wanted: SimpleQueue[Iterator[Item] | None] = SimpleQueue()
    made: SimpleQueue[tuple[Item | None, BaseException | None]] = SimpleQueue()

    def make() -> None:
        while (source := wanted.get()) is not None:
            try:
                made.put((next(source, None), None))
            except BaseException as error:  # noqa: BLE001 - raised again where the item is used
                made.put((None, error))

    item = next(items, None)
    if item is None:
        return
    yield item
    Thread(target=make, name="ahead", daemon=True).start()
    wanted.put(items)
    try:
        while True:
            item, error = made.get()
            if error is not None:
                raise error
            if item is None:
                return
            wanted.put(items)
            yield item
    finally:
        wanted.put(None)
