"""Serves MiniStack's application on 127.0.0.1, and nowhere else."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app as ministack_app

from .config import EmulatorConfig

_POLL_SECONDS = 0.02
_PARENT_POLL_SECONDS = 1.0


async def serve(config: EmulatorConfig, on_ready: Callable[[], None], on_stop: Callable[[], None]) -> None:
    """Serves until SIGTERM, SIGINT or the end of the process that started this one.

    Args:
        config: Gives the port.
        on_ready: Called once requests are answered.
        on_stop: Called when it is time to stop, before connections are closed.

    Raises:
        OSError: when the port is taken.
    """
    descriptor = _bound_descriptor(config.port)
    stopping = asyncio.Event()

    def stop() -> None:
        if not stopping.is_set():
            on_stop()
            stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    tasks = [
        asyncio.create_task(_announce(config.port, on_ready)),
        asyncio.create_task(_watch_parent(os.getppid(), stop)),
    ]
    await hypercorn_serve(ministack_app.app, _hypercorn(descriptor), shutdown_trigger=stopping.wait)
    for task in tasks:
        task.cancel()


def _bound_descriptor(port: int) -> int:
    """Bound before anything is started or announced: a foreign server on the port must not look like ours."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except OSError:
        bound.close()
        raise
    return bound.detach()


def _hypercorn(descriptor: int) -> Config:
    hypercorn = Config()
    hypercorn.bind = [f"fd://{descriptor}"]
    hypercorn.keep_alive_timeout = 75
    hypercorn.graceful_timeout = 1
    hypercorn.loglevel = "WARNING"
    return hypercorn


async def _watch_parent(parent: int, stop: Callable[[], None]) -> None:
    """A rehearsal that was killed must not leave its emulator and jobs behind."""
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT_POLL_SECONDS)
    stop()


async def _announce(port: int, on_ready: Callable[[], None]) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(_POLL_SECONDS)
            continue
        writer.close()
        on_ready()
        return
