"""Serves the sources over HTTP on 127.0.0.1, with what clients must live with: pages, rate limits, errors.

    python -m sources --port 0 --trades FILE.jsonl --served FILE.jsonl --billing FILE.json [--complete]
                      [--limit-every N] [--fail-every N]

The environment has SOURCES_TOKEN, the billing service's, and METABASE_PASSWORD.

Prints ``listening on PORT`` once it does.

GET  /exchange/v1/trades?updated_since=MOMENT&limit=N&cursor=C   {"data": [...], "next_cursor": C}
GET  /exchange/v1/symbols                                        {"data": [...]}
GET  /billing/v2/<resource>?page=N                               {"items": [...], "total_pages": N}; wants the token
     /metabase/api/...                                           see metabase.py
POST /control/trades                                             publishes the body's lines; answers {"published": N}
POST /control/billing                                            takes the body's document in place of --billing
GET  /control/figures                                            requests, refusals and errors so far
"""

from __future__ import annotations

import argparse
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .exchange import Exchange
from .metabase import Metabase

_MOST_ROWS = 10_000
_BILLING_PAGE = 50


class Sources(ThreadingHTTPServer):
    """The server's state."""

    daemon_threads = True

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", arguments.port), Handler)
        self.arguments = arguments
        self.exchange = Exchange()
        with open(arguments.trades, "rb") as lines:
            self.exchange.publish(lines, complete=arguments.complete)
        self.billing: dict[str, list[Any]] = (
            json.loads(Path(arguments.billing).read_text()) if arguments.billing else {}
        )
        self.token = os.environ.get("SOURCES_TOKEN", "")
        self.metabase = Metabase("admin", os.environ.get("METABASE_PASSWORD", ""))
        self.figures = {"requests": 0, "limited": 0, "failed": 0}
        self._served = open(arguments.served, "ab")  # noqa: SIM115 -- as long as the server
        self._lock = threading.Lock()

    def trouble(self) -> int | None:
        """The status by which this request fails, if it does; the same request made again succeeds."""
        with self._lock:
            self.figures["requests"] += 1
            number = self.figures["requests"]
            if self.arguments.limit_every and number % self.arguments.limit_every == 0:
                self.figures["limited"] += 1
                return 429
            if self.arguments.fail_every and number % self.arguments.fail_every == 0:
                self.figures["failed"] += 1
                return 500
        return None

    def note_served(self, rows: list[bytes]) -> None:
        """Writes down what left the exchange, for who judges what arrived."""
        with self._lock:
            self._served.write(b"\n".join(rows) + b"\n")
            self._served.flush()


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    server: Sources

    def do_GET(self) -> None:
        """Serves a page."""
        url = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        if url.path == "/control/figures":
            figures = {"refused": self.server.exchange.refused, "metabase": self.server.metabase.writes}
            self._answer(200, self.server.figures | figures)
            return
        if url.path.startswith("/metabase/api/"):
            self._metabase("GET", None)
            return
        status = self.server.trouble()
        if status is not None:
            self._answer(status, {"error": "rate limit" if status == 429 else "internal error"})
        elif url.path == "/exchange/v1/trades":
            self._trades(query)
        elif url.path == "/exchange/v1/symbols":
            self._answer(200, {"data": self.server.exchange.symbols()})
        elif url.path.startswith("/billing/v2/"):
            self._billing(url.path.removeprefix("/billing/v2/"), query)
        else:
            self._answer(404, {"error": "no such resource"})

    def do_POST(self) -> None:
        """Changes what is served."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/metabase/api/"):
            self._metabase("POST", json.loads(body))
        elif self.path == "/control/trades":
            complete = self.server.arguments.complete
            self._answer(200, {"published": self.server.exchange.publish(body.splitlines(), complete=complete)})
        elif self.path == "/control/billing":
            self.server.billing = json.loads(body)
            self._answer(200, {})
        else:
            self._answer(404, {"error": "no such resource"})

    def do_PUT(self) -> None:
        """Changes something of Metabase's."""
        self._metabase("PUT", json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0)))))

    def _metabase(self, method: str, body: Any) -> None:
        url = urlsplit(self.path)
        session = self.headers.get("X-Metabase-Session")
        path = url.path.removeprefix("/metabase/api")
        self._answer(*self.server.metabase.answer(method, path, parse_qs(url.query), body, session))

    def _trades(self, query: dict[str, str]) -> None:
        exchange = self.server.exchange
        limit = min(int(query.get("limit", "1000")), _MOST_ROWS)
        start = int(query["cursor"]) if "cursor" in query else exchange.since(query.get("updated_since", ""))
        rows = exchange.rows[start : start + limit]
        more = start + limit < len(exchange.rows)
        ending = b'],"next_cursor":"%d"}' % (start + limit) if more else b'],"next_cursor":null}'
        if rows:
            self.server.note_served(rows)
        self._send(200, b'{"data":[' + b",".join(rows) + ending)

    def _billing(self, resource: str, query: dict[str, str]) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self._answer(401, {"error": "unknown token"})
            return
        items = self.server.billing.get(resource)
        if items is None:
            self._answer(404, {"error": f"no resource {resource}"})
            return
        since = query.get("updated_since", "")
        items = sorted((each for each in items if each["updated_at"] >= since), key=lambda each: each["updated_at"])
        page = int(query.get("page", "1"))
        pages = max(1, -(-len(items) // _BILLING_PAGE))
        shown = items[(page - 1) * _BILLING_PAGE : page * _BILLING_PAGE]
        self._answer(200, {"items": shown, "page": page, "total_pages": pages})

    def _answer(self, status: int, document: object) -> None:
        self._send(status, json.dumps(document).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the figures do."""


def main() -> None:
    """Serves until it is stopped."""
    parser = argparse.ArgumentParser(prog="sources")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--trades", required=True)
    parser.add_argument("--served", required=True)
    parser.add_argument("--billing")
    parser.add_argument("--complete", action="store_true")
    parser.add_argument("--limit-every", type=int, default=0)
    parser.add_argument("--fail-every", type=int, default=0)
    server = Sources(parser.parse_args())
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
