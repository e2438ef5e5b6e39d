"""What is expected and what is there, divided into parts that belong together, so that no more than one of them has to
be in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .config import Config
from .conform import Conformed
from .expected import Event, Totals, Version, versions
from .lake import ActualTable
from .spill import Records, Rows, texts


class Divided:
    """Expected events and versions of trades, and the actual rows of bronze and silver, by part."""

    def __init__(self, folder: Path, parts: int, columns: Sequence[str]) -> None:
        """`columns` are those of silver's expected rows."""
        self.parts = range(parts)
        self._symbol, self._traded_at = columns.index("symbol"), columns.index("traded_at")
        self._folder = folder
        self._events, self._versions = (Records(folder / name, parts) for name in ("events", "versions"))
        self._actual: dict[str, Rows] = {}

    def add(self, event: Event, rows: list[tuple]) -> None:
        """Adds an event, and the trades that it was read as."""
        self._events.add(event.source.encode(), tuple(event))
        for version in versions(event, rows):
            trade_id, name, at = (version.row[place] for place in (0, self._symbol, self._traded_at))
            key = _key_without_id(name and name.encode(), at) if trade_id is None else trade_id.encode()
            self._versions.add(key, tuple(version))

    def read_table(self, layer: str, table: ActualTable, target: Path, topic: str) -> dict[str, Any]:
        """Writes a table's final rows to a Parquet file, raw payloads as bytes so that every reader can open it.

        Rows of bronze and silver are divided besides. Answers path and number of the rows; of bronze's also how many
        came from the topic.
        """
        told: dict[str, Any] = {"path": str(target), "rows": 0}
        keys = _KEYS.get(layer)
        with pq.ParquetWriter(target, table.schema, compression="zstd") as file, ExitStack() as opened:
            if keys is not None:
                rows = Rows(self._folder / layer, len(self.parts), table.schema)
                self._actual[layer] = opened.enter_context(rows)
            for batch in table.batches():
                file.write_table(batch)
                told["rows"] += len(batch)
                if keys is not None:
                    rows.add(batch, keys(batch))
                if layer == "bronze":
                    of_topic = pc.sum(pc.starts_with(batch.column("source"), f"{topic}/")).as_py() or 0
                    told["fromTopic"] = told.get("fromTopic", 0) + of_topic
        return told

    def events(self, part: int) -> list[Event]:
        """The expected rows of bronze."""
        return [Event._make(event) for event in self._events.read(part)]

    def versions(self, part: int) -> Iterator[Version]:
        """All versions of the trades that belong to a part."""
        return map(Version._make, self._versions.read(part))

    def actual(self, layer: str, part: int) -> pa.Table:
        """The actual rows of bronze or silver."""
        return self._actual[layer].read(part)


def read_events(events: Iterator[Event], conformed: Conformed, divided: Divided) -> Totals:
    """Reads every event as the trades that it holds; answers what was read."""
    totals = Totals()
    for event in events:
        rows = conformed.rows(event.source, event.value)
        totals.count_message(rows)
        divided.add(event, rows)
    return totals


def write_tables(config: Config, tables: dict[str, ActualTable], divided: Divided) -> dict[str, dict[str, Any]]:
    """Reads every table once; answers what was written of each layer."""
    config.tables_dir.mkdir(parents=True, exist_ok=True)
    names = {layer: config.tables[layer].split(".")[-1] for layer in tables}
    return {
        layer: divided.read_table(layer, table, config.tables_dir / f"{layer}.{names[layer]}.parquet", config.topic)
        for layer, table in tables.items()
    }


def _bronze_keys(batch: pa.Table) -> list[bytes]:
    return [source or b"" for source in texts(batch.column("source"))]


def _silver_keys(batch: pa.Table) -> list[bytes]:
    ids, symbols = texts(batch.column("trade_id")), texts(batch.column("symbol"))
    times = batch.column("traded_at").cast(pa.int64()).to_pylist()
    return [
        _key_without_id(symbol, time) if trade_id is None else trade_id
        for trade_id, symbol, time in zip(ids, symbols, times, strict=True)
    ]


def _key_without_id(symbol: bytes | None, traded_at: int | None) -> bytes:
    return b"%s %d" % (symbol or b"", traded_at or 0)


# What tells, on both sides, which part a row belongs to.
_KEYS: dict[str, Callable[[pa.Table], list[bytes]]] = {"bronze": _bronze_keys, "silver": _silver_keys}
