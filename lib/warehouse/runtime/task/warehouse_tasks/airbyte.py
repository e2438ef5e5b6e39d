"""Rows from a connector of Airbyte that runs as a process beside this one, without a platform: one of PyPI, or the
runner of Airbyte's CDK for a low-code manifest.

It speaks Airbyte's protocol: records and states come as lines of JSON. A state is opaque; it is kept with the rows that
came before it, and given back by the next sync. https://docs.airbyte.com/platform/understanding-airbyte/airbyte-protocol
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from .sources import Cursor, Feed, SourceError, declared_columns

# The image keeps each connector in an environment of its own; see install-connectors.sh.
_CONNECTORS = "/opt/connectors"
_PAGE = 10_000
# A connector is code of others: it is not told where the warehouse and the secrets are.
_TOLD = ("PATH", "HOME", "TMPDIR", "LANG", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "SSL_CERT_FILE")


def airbyte_feeds(config: dict[str, Any], records: dict[str, Any], secrets: Iterable[str]) -> list[Feed]:
    """The feeds of a connector, one for each stream.

    Args:
        config: `connector` (a requirement of PyPI), `manifest` (of a low-code one), `config`, `streams`.
        records: Rendered RecordSchemas by name.
        secrets: Values that no message may tell.
    """
    hidden = tuple(value for value in secrets if value)
    connector = Connector(config["connector"], config.get("manifest"), config.get("config", {}), hidden)
    return [_feed(connector, stream, records) for stream in config["streams"]]


def _feed(connector: Connector, stream: dict[str, Any], records: dict[str, Any]) -> Feed:
    key = list(stream.get("primary_key", []))
    cursor = stream.get("cursor")
    reading = Reading(connector, stream["name"], cursor)
    return Feed(
        name=stream.get("table", stream["name"]),
        columns=declared_columns(stream, records),
        primary_key=key,
        disposition=stream.get("write_disposition", "merge" if key else "append"),
        # A connector may read several parts at a time, so that nothing is known of an order.
        cursor=None if cursor is None else Cursor(cursor, ordered=False),
        pages=reading.pages,
        state=lambda: reading.state,
    )


@dataclass
class Reading:
    """One stream, and how far it was read."""

    connector: Connector
    stream: str
    cursor: str | None
    state: str | None = None

    def pages(self, state: str | None) -> Iterator[list[dict[str, Any]]]:
        """Rows, a page up to each state that the connector tells."""
        self.state = state
        rows: list[dict[str, Any]] = []
        for message in self.connector.read(self.stream, self.cursor, None if state is None else json.loads(state)):
            if message["type"] == "RECORD":
                rows.append(message["record"]["data"])
                if len(rows) < _PAGE:
                    continue
            else:
                self.state = json.dumps([message["state"]])
            yield rows
            rows = []
        if rows:
            yield rows


@dataclass(frozen=True, repr=False)
class Connector:
    """A connector with its configuration."""

    requirement: str
    manifest: dict[str, Any] | None
    config: dict[str, Any]
    hidden: tuple[str, ...]

    def read(self, stream: str, cursor: str | None, state: Any) -> Iterator[dict[str, Any]]:
        """The records and states that it tells.

        Raises:
            SourceError: It is not there, or does not succeed.
        """
        with tempfile.TemporaryDirectory(prefix="connector-") as scratch:
            folder = Path(scratch)
            with (folder / "errors").open("wb") as errors:
                process = self._start(folder, stream, cursor, state, errors)
            problem = ""
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    message = _message(line)
                    if message["type"] in ("RECORD", "STATE"):
                        yield message
                    problem = _problem(message) or problem
                code = process.wait()
            finally:
                process.kill()
                process.wait()
            if code != 0:
                last = (folder / "errors").read_text(errors="replace").strip().splitlines()[-1:]
                raise SourceError(f"{stream}: {self.requirement} failed: {self._told(problem or ''.join(last))}")

    def _start(self, folder: Path, stream: str, cursor: str | None, state: Any, errors: Any) -> subprocess.Popen[bytes]:
        files = {"config": self.config, "catalog": _catalog(stream, cursor), "state": state}
        files["manifest-path"] = self.manifest
        command = [str(self._executable()), "read"]
        for option, content in files.items():
            if content is not None:
                file = folder / f"{option}.json"
                file.write_text(json.dumps(content))
                command += [f"--{option}", str(file)]
        environment = {name: os.environ[name] for name in _TOLD if name in os.environ}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment, cwd=folder)

    def _executable(self) -> Path:
        package = self.requirement.partition("==")[0]
        name = "source-declarative-manifest" if package == "airbyte-cdk" else package.removeprefix("airbyte-")
        file = Path(os.environ.get("CONNECTORS_FOLDER", _CONNECTORS)) / package / "bin" / name
        if not file.exists():
            raise SourceError(f"There is no {file}: name {self.requirement} among the platform's airbyteConnectors.")
        return file

    def _told(self, text: str) -> str:
        for value in self.hidden:
            text = text.replace(value, "***")
        return text if len(text) <= 400 else f"{text[:397]}..."


def _message(line: bytes) -> dict[str, Any]:
    """A message; what is none counts as a line of the log."""
    try:
        message = json.loads(line, parse_float=Decimal, parse_constant=str)
    except ValueError:
        message = None
    if not isinstance(message, dict) or "type" not in message:
        return {"type": "LOG"}
    # A state is given back as it was told.
    return json.loads(line) if message["type"] == "STATE" else message


def _problem(message: dict[str, Any]) -> str:
    trace = message.get("trace", {})
    if trace.get("type") == "ERROR":
        return " ".join(str(trace["error"].get(part) or "") for part in ("message", "internal_message")).strip()
    log = message.get("log", {})
    return str(log.get("message", "")) if log.get("level") in ("ERROR", "FATAL") else ""


def _catalog(stream: str, cursor: str | None) -> dict[str, Any]:
    """What a connector is asked for: one stream, from where its state ends when it has a cursor."""
    described = {"name": stream, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]}
    asked = {"stream": described, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
    if cursor is not None:
        asked |= {"sync_mode": "incremental", "cursor_field": [cursor]}
    return {"streams": [asked]}
