"""Brings the rows of a feed into the warehouse, in batches that are each committed with the position that they end at.

A sync that is killed has lost nothing but its last batch: the next one starts from the position that the warehouse
keeps (dlt's pipeline state), wherever it runs. Rows are merged by their key, so that a batch that was loaded without
its position being kept changes nothing when it comes again.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
from dlt.common.destination import AnyDestination
from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.pipeline.exceptions import PipelineStepFailed

from .columns import Column, Misfit, converter, infer_type, json_text
from .schema_contract import INGESTED_AT, QUARANTINE_COLUMNS, Batch, Contract, ContractBroken, Row, SchemaContract
from .sources import Feed, SourceError

DEFAULT_BATCH_ROWS = 250_000


@dataclass
class TableReport:
    """What a sync did to one table.

    Attributes:
        read: Rows that the source gave, those that were known already left out.
        loaded: Rows that were merged or appended, one a key.
        quarantined: Rows that are in the quarantine only.
        cursor: Where the next sync starts.
        said: Differences between the source and the table.
    """

    read: int = 0
    loaded: int = 0
    quarantined: int = 0
    batches: int = 0
    cursor: str | None = None
    said: list[str] = field(default_factory=list)


@dataclass
class Position:
    """What is kept in the warehouse about a feed between syncs; plain JSON.

    Attributes:
        cursor: The greatest that was committed, as the source wrote it.
        at_cursor: Digests of the rows that have it: the source gives them again.
        ingested_at: Of the last batch. Later batches have a later one, whatever the clock says.
        given: Fields that every row had; None before the first batch.
        columns: The table's.
        state: Of a source that keeps its own account of how far it was read; opaque.
    """

    cursor: str | None = None
    at_cursor: list[str] = field(default_factory=list)
    ingested_at: str | None = None
    given: list[str] | None = None
    columns: list[dict[str, Any]] = field(default_factory=list)
    state: str | None = None

    def next_ingestion(self) -> datetime:
        """The time of the next batch."""
        now = datetime.now(UTC)
        if self.ingested_at is None:
            return now
        return max(now, datetime.fromisoformat(self.ingested_at) + timedelta(microseconds=1))


class Sync:
    """Syncs the feeds of one source."""

    def __init__(
        self,
        source: str,
        dataset: str,
        destination: AnyDestination,
        contract: Contract,
        *,
        batch_rows: int = DEFAULT_BATCH_ROWS,
        staging: AnyDestination | None = None,
        loader_file_format: Any = None,
    ) -> None:
        # The folder of a task is gone with it, so nothing may depend on what an earlier sync left there.
        self._folder = tempfile.TemporaryDirectory(prefix="warehouse-sync-")
        self._pipeline = dlt.pipeline(
            pipeline_name=source,
            dataset_name=dataset,
            destination=destination,
            staging=staging,
            pipelines_dir=self._folder.name,
        )
        self._source = source
        self._contract = contract
        self._batch_rows = batch_rows
        self._format = loader_file_format
        self._column_name = NamingConvention().normalize_identifier
        try:
            self._pipeline.sync_destination()
        except PipelineStepFailed as error:
            raise LoadError(f"{source}: the warehouse does not let the task in: {_cause(error)}") from error

    def close(self) -> None:
        """Removes the working folder."""
        self._folder.cleanup()

    def run(self, feed: Feed) -> TableReport:
        """Syncs one feed.

        Raises:
            ContractBroken: the schema contract is `freeze` and the source has changed.
            SourceError: the source cannot be read.
        """
        position = self._position(feed)
        report = TableReport(cursor=position.cursor)
        declared = {each.field: each for each in feed.columns}
        kept = {each["field"]: Column(**each) for each in position.columns}
        contract = SchemaContract(
            f"{self._source}.{feed.name}",
            self._contract,
            (kept | declared).values(),
            feed.primary_key,
            self._column_name,
            offered=feed.offered,
        )
        for rows, is_last in self._batches(feed, position):
            ingested_at = position.next_ingestion()
            batch = contract.apply(rows, None if position.given is None else set(position.given), ingested_at)
            position.ingested_at = ingested_at.isoformat()
            position.given = sorted(batch.given)
            position.columns = [asdict(each) for each in contract.columns.values()]
            if feed.cursor is not None and (feed.cursor.ordered or is_last):
                self._advance(position, feed, rows)
            if feed.state is not None:
                position.state = feed.state()
            self._load(feed, batch, position)
            report.read += len(rows)
            report.loaded += batch.table.num_rows
            report.quarantined += batch.held_back
            report.batches += 1
            report.said += batch.said
        if report.loaded:
            self._index(feed)
        report.cursor = position.cursor
        return report

    def _batches(self, feed: Feed, position: Position) -> Iterator[tuple[list[Row], bool]]:
        """Rows that are new, in batches, and whether each is the last. A batch never ends where its position would be
        the one that it started from, for the next sync would then read the same rows for ever."""
        cursor = feed.cursor
        start = position.cursor if position.cursor is not None else cursor.initial if cursor else None
        known = set(position.at_cursor)
        rows: list[Row] = []
        resume = position.state if feed.state is not None else start if cursor is not None else None
        for page in feed.pages(resume):
            if cursor is not None and known:
                page = [row for row in page if _text(row.get(cursor.field)) != start or _digest(row) not in known]
            rows += page
            if len(rows) < self._batch_rows or feed.disposition == "replace":
                continue
            if cursor is not None and cursor.ordered and _text(rows[-1].get(cursor.field)) == position.cursor:
                continue
            yield rows, False
            rows = []
        if rows:
            yield rows, True

    def _advance(self, position: Position, feed: Feed, rows: list[Row]) -> None:
        assert feed.cursor is not None
        name = feed.cursor.field
        given = [row[name] for row in rows if row.get(name) is not None]
        if not given:
            return
        ends = given[-1] if feed.cursor.ordered else max(given, key=_comparable(given))
        text = _text(ends)
        at_end = [_digest(row) for row in rows if _text(row.get(name)) == text]
        position.at_cursor = sorted({*at_end, *(position.at_cursor if text == position.cursor else [])})
        position.cursor = text

    def _load(self, feed: Feed, batch: Batch, position: Position) -> None:
        kept = asdict(position)

        def rows() -> Iterator[Any]:
            dlt.current.resource_state().update(kept)
            yield batch.table

        table = dlt.resource(
            rows,
            name=feed.name,
            primary_key=feed.primary_key or None,
            write_disposition=feed.disposition,
            # What transforms the rows asks for those that arrived since: Redshift skips all blocks before them.
            # https://docs.aws.amazon.com/redshift/latest/dg/c_best-practices-sort-key.html (2026-11-29)
            columns=[{**each.hint, "sort": each.name == INGESTED_AT} for each in batch.columns],
        )
        resources = [table]
        if batch.quarantine is not None:
            resources.append(
                dlt.resource(
                    [batch.quarantine],
                    name=f"{feed.name}_quarantine",
                    primary_key="row_id",
                    write_disposition="merge",
                    columns=[each.hint for each in QUARANTINE_COLUMNS],
                )
            )
        try:
            self._pipeline.run(resources, loader_file_format=self._format)
        except PipelineStepFailed as error:
            raise LoadError(f"{self._source}.{feed.name}: the warehouse refused the rows: {_cause(error)}") from error

    def _index(self, feed: Feed) -> None:
        """In PostgreSQL, which has no sort keys, an index finds rows by their arrival; statistics have it used."""
        if self._pipeline.destination.destination_name != "postgres":
            return
        with self._pipeline.sql_client() as client:
            table = client.make_qualified_table_name(self._column_name(feed.name))
            index = client.escape_column_name(f"{self._column_name(feed.name)}_{INGESTED_AT}")
            client.execute_sql(f"create index if not exists {index} on {table} ({INGESTED_AT})")
            client.execute_sql(f"analyze {table}")

    def _position(self, feed: Feed) -> Position:
        sources = self._pipeline.state.get("sources", {})
        for state in sources.values():
            kept = state.get("resources", {}).get(feed.name)
            if kept is not None:
                return Position(**kept)
        return Position()


class LoadError(Exception):
    """The warehouse did not take the rows."""


def _cause(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _comparable(values: list[Any]) -> Any:
    """What the cursor's values are compared by: what they mean, not how they are written."""
    column = Column("cursor", "cursor", infer_type(values))
    convert = converter(column)

    def key(value: Any) -> Any:
        try:
            return convert(value)
        except Misfit:
            raise SourceError(f"the cursor has values of several types, such as {value!r}") from None

    return key


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _digest(row: Row) -> str:
    return hashlib.sha256(json_text(row).encode()).hexdigest()[:32]


__all__ = ["ContractBroken", "LoadError", "Sync", "TableReport"]
