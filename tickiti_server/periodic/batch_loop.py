"""Runs periodic work: batch by batch in the writer's own queue, so that requests go on between, and
looks at the database."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Never

from tickiti_cli.contract.errors import ApiError
from tickiti_server.store.interface import Result, Transaction, Work


def alone(job: str, work: Work[Result], *, otherwise: Result) -> Work[Result]:
    """The work of one batch, or `otherwise` while another server of the database does this job.

    Its lock ends with the transaction, so that the job of a server that ends is free at once.
    """

    def batch(tx: Transaction) -> Result:
        return work(tx) if tx.try_lock(f"job:{job}") else otherwise

    return batch


async def look_every(
    seconds: float, look: Callable[[], Awaitable[None]], *, logger: logging.Logger, failure: str
) -> Never:
    """Look again and again, until cancelled. A failure of the database is logged behind the words
    of `failure`."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await look()
        except ApiError as error:
            logger.warning("%s: %s", failure, error)


async def run_batches(
    batch: Callable[[], Awaitable[bool]],
    *,
    every_seconds: float,
    pause_seconds: float,
    logger: logging.Logger,
    failure: str,
    ran: Callable[[], None],
    failed_seconds: float | None = None,
) -> Never:
    """Run `batch` until it returns False, wait `every_seconds`, and start again, until cancelled.

    `pause_seconds` pass between two batches of one backlog. A failure of the database is logged
    behind the words of `failure`, and the work is tried again after the wait, or after
    `failed_seconds`. `ran` is called after each round that did not fail.
    """
    while True:
        wait = every_seconds
        try:
            while await batch():
                await asyncio.sleep(pause_seconds)
            ran()
        except ApiError as error:
            logger.warning("%s: %s", failure, error)
            wait = failed_seconds or every_seconds
        await asyncio.sleep(wait)
