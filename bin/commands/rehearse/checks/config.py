"""What the command is told: where Kafka, the catalog and the object store are, and which tables to judge."""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

LAYERS = ("bronze", "silver", "gold")


class ConfigError(Exception):
    """The configuration cannot be used; the message names the key and the remedy."""


@dataclass(frozen=True)
class TrinoServer:
    """A running Trino whose catalog shows the tables."""

    endpoint: str
    catalog: str
    version: str


@dataclass(frozen=True)
class Config:
    """config.json, read."""

    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str
    kafka_bootstrap: str
    topic: str
    tables: dict[str, str]
    """bronze, silver and gold as database.table."""
    extensions: tuple[str, ...]
    """DuckDB extension files in the order in which they are loaded."""
    tables_dir: Path
    result: Path
    open_days_through: date | None
    """The last of the days that are not over and for which gold was asked all the same."""
    features: str | None = None
    """gold's features of days and symbols as database.table, where the stack has them."""
    trino: TrinoServer | None = None
    """Asked too, when there is one."""
    columns: tuple[dict[str, Any], ...] = ()
    """Of the records that the jobs conform messages to, as they were deployed."""
    mappings: tuple[dict[str, Any], ...] = ()
    """Of the sources whose messages are no trades in our own form, as they were deployed."""
    files: dict[str, Any] | None = None
    """The URL of the inbox, and the files that were dropped into it; None when none were."""

    @staticmethod
    def read(path: Path) -> "Config":
        try:
            raw = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: {error}. Pass a JSON file with --config.") from error
        tables = _get(path, raw, "tables")
        out = Path(raw.get("out", "."))
        through = raw.get("openDaysThrough")
        return Config(
            endpoint=_get(path, raw, "endpoint"),
            region=_get(path, raw, "region"),
            access_key_id=_get(path, raw, "accessKeyId"),
            secret_access_key=_get(path, raw, "secretAccessKey"),
            kafka_bootstrap=_get(path, raw, "kafkaBootstrap"),
            topic=_get(path, raw, "topic"),
            tables={layer: _get(path, tables, layer, "tables.") for layer in LAYERS},
            extensions=tuple(_get(path, raw, "extensions")),
            tables_dir=Path(raw.get("tablesDir", out / "tables")),
            result=Path(raw.get("result", out / "checks.json")),
            open_days_through=None if through is None else date.fromisoformat(through),
            features=raw.get("features"),
            trino=_trino(path, raw.get("trino")),
            columns=tuple(raw.get("columns") or ()),
            mappings=tuple(raw.get("mappings") or ()),
            files=raw.get("files"),
        )


def _trino(path: Path, raw: dict[str, Any] | None) -> TrinoServer | None:
    if raw is None:
        return None
    return TrinoServer(*(_get(path, raw, key, "trino.") for key in ("endpoint", "catalog", "version")))


def _get(path: Path, raw: dict[str, Any], key: str, prefix: str = "") -> Any:
    if not isinstance(raw, dict) or key not in raw:
        raise ConfigError(f"{path}: '{prefix}{key}' is missing. Add it.")
    return raw[key]
