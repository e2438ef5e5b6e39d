"""The whole judgement: read, compute, compare, write. Part by part, so that memory does not grow with the rows."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pyarrow as pa

from . import features, quality, second_engine, trino
from .arrived import Topic
from .columns import shown
from .compare import (
    Check,
    Findings,
    code_checks,
    compare_bronze,
    compare_silver,
    count_codes,
    gold_checks,
    same,
    silver_columns,
)
from .config import LAYERS, Config, TrinoServer
from .conform import Conformed, declared
from .divide import Divided, read_events, write_tables
from .expected import DailySums, Event, Gold, Totals, run_of, silver, utc_date
from .files import Bucket, Dropped, drop_checks, file_events, read_dropped
from .lake import ActualTable, open_catalog, open_table, runs_of_silver, summed_property
from .mapping import conformed
from .spill import Records, number_of_parts

_Result = TypeVar("_Result")

# What a layer must have to be judged at all; the silver table may have extensions besides.
_COLUMNS = {
    "bronze": {"raw_payload", "source", "ingested_at"},
    "silver": {"trade_id", "symbol", "price", "quantity", "traded_at", "is_valid", "validation_errors"},
    "gold": {"date", "symbol", "total_volume", "vwap", "trade_count"},
}


class Stages:
    """How long each step took and what went through it, in the shape of report.json."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []

    def time(self, name: str, engine: str, engine_version: str, step: Callable[[], _Result]) -> _Result:
        start = time.monotonic()
        result = step()
        seconds = round(time.monotonic() - start, 3)
        self.done.append(
            {
                "name": name,
                "engine": engine,
                "version": engine_version,
                "rowsIn": 0,
                "rowsOut": 0,
                "rowsRejected": 0,
                "seconds": seconds,
            }
        )
        return result

    def count(self, rows_in: int, rows_out: int, rows_rejected: int = 0) -> None:
        """Tells the rows of the step timed last."""
        self.done[-1].update(rowsIn=rows_in, rowsOut=rows_out, rowsRejected=rows_rejected)


@dataclass
class Outcome:
    """What silver and gold must be, and what comparing has found."""

    totals: Totals
    summaries: Gold = field(default_factory=Gold)
    days: dict[features.Key, features.Day] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)


def run(config: Config) -> dict[str, Any]:
    """Does everything and returns what is written to config.result."""
    config.result.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="parts-", dir=config.result.parent) as folder:
        result = _judge(config, Path(folder))
    config.result.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return result


def _judge(config: Config, folder: Path) -> dict[str, Any]:
    stages = Stages()
    kafka_version, python = version("confluent-kafka"), python_version()
    topic = stages.time("read events", "confluent-kafka", kafka_version, lambda: Topic(config, folder / "topic"))
    stages.count(len(topic), len(topic))
    dropped = [] if config.files is None else read_dropped(config)
    in_files = sum(len(file.rows or ()) for file in dropped)
    tables, checks = _open_tables(config)
    fields = _fields(config, tables)
    divided = Divided(folder, number_of_parts(len(topic) + in_files), fields.columns)
    written = stages.time(
        "read tables", "pyiceberg", version("pyiceberg"), lambda: write_tables(config, tables, divided)
    )
    rows = sum(table["rows"] for table in written.values())
    stages.count(rows, rows)
    totals = stages.time(
        "compute", "Python", python, lambda: read_events(_events(config, topic, dropped, tables), fields, divided)
    )
    stages.count(len(topic) + in_files, totals.read, totals.invalid)
    outcome = stages.time(
        "compare", "pyarrow", pa.__version__, lambda: _compare(config, tables, divided, fields, totals, folder)
    )
    checks += outcome.checks
    if config.features is not None:
        name = config.features
        checks += stages.time("features", "Python", python, lambda: _judge_features(config, name, outcome))
    if "silver" in tables:
        checks += stages.time(
            "quality metrics", "boto3", version("boto3"), lambda: quality.checks(config, tables["silver"])
        )
    checks += stages.time(
        "second engine", "DuckDB", second_engine.version(), lambda: _second_opinion(config, tables, written)
    )
    if config.files is not None:
        checks += drop_checks(Bucket(config), dropped)
    if "bronze" in tables:
        from_topic = written["bronze"].get("fromTopic", 0)
        checks.append(same("bronze: rows from the topic", len(topic), from_topic))
        checks.append(same("bronze: rows from files", in_files, written["bronze"]["rows"] - from_topic))
    if config.trino is not None:
        checks += stages.time(
            "Athena's dialect",
            "Trino",
            config.trino.version,
            lambda: _ask_trino(config, config.trino, tables, outcome),
        )
    return {
        "stages": stages.done,
        "checks": [check.to_json() for check in checks],
        "figures": figures(tables, totals, outcome.summaries),
        "tables": written,
    }


def _open_tables(config: Config) -> tuple[dict[str, ActualTable], list[Check]]:
    catalog = open_catalog(config)
    tables: dict[str, ActualTable] = {}
    checks: list[Check] = []
    for layer in LAYERS:
        name = config.tables[layer]
        try:
            table = open_table(catalog, name)
        # Whatever keeps a table from being read is a failed check with its reason; the other layers are still judged.
        except Exception as error:
            reason = (str(error).splitlines() or [""])[0][:200]
            checks.append(Check(f"{layer}: readable", name, f"{type(error).__name__}: {reason}", False))
            continue
        missing = sorted(_COLUMNS[layer].difference(table.schema.names))
        if missing:
            checks.append(
                Check(f"{layer}: readable", f"{name} with its columns", f"without {', '.join(missing)}", False)
            )
        else:
            tables[layer] = table
    return tables, checks


def _fields(config: Config, tables: dict[str, ActualTable]) -> Conformed:
    """How a message is read, with the columns of a project's own that silver has."""
    names = tables["silver"].schema.names if "silver" in tables else []
    return conformed(declared(column for column in config.columns if column["name"] in names), config.mappings)


def _events(config: Config, topic: Topic, dropped: list[Dropped], tables: dict[str, ActualTable]) -> Iterator[Event]:
    bronze, silver_table = tables.get("bronze"), tables.get("silver")
    runs = runs_of_silver(bronze, silver_table) if bronze and silver_table else []
    newest = -1
    for event in topic.events(bronze, runs):
        newest = max(newest, event.ingested_at)
        yield event
    if config.files is not None:
        # Files are dropped before the pipeline runs; nothing is sent to Kafka after them.
        last = len(bronze.commits) - 1 if bronze else 0
        yield from file_events(Bucket(config), dropped, newest, run_of(last, runs))


def last_gold_day(table: ActualTable | None, open_days_through: date | None) -> date:
    """Gold holds the days that were over when it was written last, and those that were asked for all the same."""
    written = utc_date(table.commits[-1].committed_at) if table and table.commits else datetime.now(UTC).date()
    yesterday = written - timedelta(days=1)
    return yesterday if open_days_through is None else max(yesterday, open_days_through)


def _compare(
    config: Config,
    tables: dict[str, ActualTable],
    divided: Divided,
    fields: Conformed,
    totals: Totals,
    folder: Path,
) -> Outcome:
    """Works out silver part by part, compares it and bronze, and adds up what gold must be."""
    outcome = Outcome(totals)
    bronze, silver_findings = Findings(), Findings()
    codes: Counter[str | None] = Counter()
    sums = DailySums(fields.columns)
    by_day = Records(folder / "trades", len(divided.parts))
    wrong_columns = silver_columns(fields.columns, tables["silver"].schema.names) if "silver" in tables else []
    for part in divided.parts:
        if "bronze" in tables:
            bronze.add(compare_bronze(divided.events(part), divided.actual("bronze", part)))
        wanted = silver(divided.versions(part), fields.columns)
        totals.add(wanted)
        sums.add(wanted.rows())
        if config.features is not None:
            for (day, symbol), trade in features.valid_trades(wanted.rows(), fields.columns):
                by_day.add(f"{day} {symbol}".encode(), (day, symbol, *trade))
        if "silver" in tables and not wrong_columns:
            rows = divided.actual("silver", part)
            silver_findings.add(compare_silver(wanted, rows, fields.types))
            codes += count_codes(rows.column("validation_errors"))
    outcome.checks += bronze.checks() + silver_findings.checks() + wrong_columns
    if "silver" in tables:
        outcome.checks += [] if wrong_columns else code_checks(totals.codes, codes)
        outcome.checks += reported_checks(tables["silver"], totals)
    outcome.summaries = sums.gold(last_gold_day(tables.get("gold"), config.open_days_through))
    if "gold" in tables:
        outcome.checks += gold_checks(outcome.summaries, tables["gold"].rows)
    for part in divided.parts:
        outcome.days |= features.by_day(
            ((day, symbol), features.Trade(*trade)) for day, symbol, *trade in by_day.read(part)
        )
    return outcome


def _judge_features(config: Config, name: str, outcome: Outcome) -> list[Check]:
    try:
        table = open_table(open_catalog(config), name)
        rows = table.rows
    # As for the layers: what keeps it from being read is a failed check.
    except Exception as error:
        return [Check("features: readable", name, f"{type(error).__name__}: {str(error)[:200]}", False)]
    through = last_gold_day(table, config.open_days_through)
    return features.checks(features.expected(outcome.days, through), rows)


def reported_checks(table: ActualTable, wanted: Totals) -> list[Check]:
    """What the silver commits say about themselves."""
    return [
        same("silver: rows read, as its commits report", wanted.read, summed_property(table, "rows-read") or 0),
        same("silver: duplicates, as its commits report", wanted.duplicates, summed_property(table, "duplicates") or 0),
        same("silver: invalid rows, as its commits report", wanted.invalid, summed_property(table, "invalid") or 0),
        same("silver: revisions, as its commits report", wanted.revisions, summed_property(table, "revisions") or 0),
        same("silver: messages of other kinds, as reported", wanted.ignored, summed_property(table, "ignored") or 0),
    ]


def _second_opinion(config: Config, tables: dict[str, ActualTable], written: dict[str, dict[str, Any]]) -> list[Check]:
    connection = second_engine.connect(config)
    try:
        return [
            second_engine.agreement(connection, layer, table, Path(written[layer]["path"]))
            for layer, table in tables.items()
        ]
    finally:
        connection.close()


def _ask_trino(config: Config, server: TrinoServer, tables: dict[str, ActualTable], outcome: Outcome) -> list[Check]:
    return trino.checks(server, open_catalog(config), config.tables, tables, outcome.totals, outcome.summaries)


def figures(tables: dict[str, ActualTable], wanted: Totals, summaries: Gold) -> dict[str, Any]:
    """Series for charts: of the actual gold table, by symbol and day, decimals as texts."""
    result: dict[str, Any] = {
        "validationCodes": [{"code": code, "rows": rows} for code, rows in wanted.codes.most_common()],
        "duplicates": wanted.duplicates,
        "revisions": wanted.revisions,
        "leftOut": [{"date": str(day), "symbol": symbol} for day, symbol in summaries.overflowing],
        "days": [],
        "symbols": [],
    }
    if "gold" not in tables:
        return result
    cells: dict[tuple[str, str], dict[str, Any]] = {}
    for row in tables["gold"].rows.to_pylist():
        cells[shown(row["symbol"]), shown(row["date"])] = row
    result["days"] = sorted({day for _, day in cells})
    for symbol in sorted({symbol for symbol, _ in cells}):
        rows = [cells.get((symbol, day)) for day in result["days"]]
        result["symbols"].append(
            {
                "symbol": symbol,
                "vwap": [None if row is None or row["vwap"] is None else str(row["vwap"]) for row in rows],
                "volume": [
                    None if row is None or row["total_volume"] is None else str(row["total_volume"]) for row in rows
                ],
                "trades": [None if row is None else row["trade_count"] for row in rows],
            }
        )
    return result
