"""S3 that fails on purpose: while a file lies in the state folder, every request of the AWS SDKs to S3 is refused."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from ministack import app as ministack_app

from .journal import Journal

SWITCH = "storage-fault"

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# What S3 answers when it is overloaded or broken; SDKs are expected to try again.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (2026-11-24)
_ANSWERS = ((500, "InternalError"), (503, "SlowDown"))


def install(state_dir: Path, journal: Journal) -> None:
    """Puts the fault in front of MiniStack's application; without the file it costs one look at the folder."""
    stock = ministack_app.app
    switch = state_dir / SWITCH
    answers = itertools.cycle(_ANSWERS)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _is_signed_for_s3(scope) and switch.exists():
            status, code = next(answers)
            journal.storage_fault(scope["method"], scope["path"], status)
            await _refuse(send, status, code)
        else:
            await stock(scope, receive, send)

    ministack_app.app = app


def _is_signed_for_s3(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    return b"/s3/aws4_request" in headers.get(b"authorization", b"")


async def _refuse(send: Send, status: int, code: str) -> None:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>On purpose</Message></Error>'
    headers = [(b"content-type", b"application/xml"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
