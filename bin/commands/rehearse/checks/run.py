"""The whole judgement: read, compute, compare, write."""

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from platform import python_version
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from . import features, quality, second_engine, trino
from .columns import shown
from .compare import Check, bronze_checks, gold_checks, same, silver_checks
from .config import LAYERS, Config, TrinoServer
from .conform import EXTENSIONS, trades
from .expected import Event, Gold, Silver, gold, ingestion_times, silver, utc_date
from .files import Bucket, count_by_source, drop_checks, file_events, read_dropped
from .kafka import KafkaRecord, read_topic
from .lake import ActualTable, bronze_commits, open_catalog, read_table, summed_property, write_parquet
from .mapping import conformed

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


def run(config: Config) -> dict[str, Any]:
    """Does everything and returns what is written to config.result."""
    stages = Stages()
    records = stages.time(
        "read events",
        "confluent-kafka",
        version("confluent-kafka"),
        lambda: read_topic(config.kafka_bootstrap, config.topic),
    )
    stages.count(len(records), len(records))
    tables, checks = stages.time("read tables", "pyiceberg", version("pyiceberg"), lambda: _read_tables(config))
    rows = sum(table.rows.num_rows for table in tables.values())
    stages.count(rows, rows)
    expected = stages.time("compute", "Python", python_version(), lambda: _expect(config, records, tables))
    events, wanted_silver, wanted_gold = expected
    invalid = sum(not row[-2] for row in wanted_silver.rows())
    stages.count(len(events), len(wanted_silver.identified) + len(wanted_silver.anonymous), invalid)
    checks += stages.time(
        "compare", "pyarrow", pa.__version__, lambda: _compare(tables, events, wanted_silver, wanted_gold)
    )
    if config.features is not None:
        name = config.features
        checks += stages.time(
            "features", "Python", python_version(), lambda: _judge_features(config, name, wanted_silver)
        )
    if "silver" in tables:
        checks += stages.time(
            "quality metrics", "boto3", version("boto3"), lambda: quality.checks(config, tables["silver"])
        )
    checks += stages.time("second engine", "DuckDB", second_engine.version(), lambda: _second_opinion(config, tables))
    if config.files is not None:
        checks += drop_checks(Bucket(config), read_dropped(config))
    if "bronze" in tables:
        checks += count_by_source(events, tables["bronze"], config.topic)
    if config.trino is not None:
        checks += stages.time(
            "Athena's dialect",
            "Trino",
            config.trino.version,
            lambda: _ask_trino(config, config.trino, tables, wanted_silver, wanted_gold),
        )
    written = stages.time("write tables", "pyarrow", pa.__version__, lambda: _write(config, tables))
    result = {
        "stages": stages.done,
        "checks": [check.to_json() for check in checks],
        "figures": figures(tables, wanted_silver, wanted_gold),
        "tables": written,
    }
    config.result.parent.mkdir(parents=True, exist_ok=True)
    config.result.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return result


def _read_tables(config: Config) -> tuple[dict[str, ActualTable], list[Check]]:
    catalog = open_catalog(config)
    tables: dict[str, ActualTable] = {}
    checks: list[Check] = []
    for layer in LAYERS:
        name = config.tables[layer]
        try:
            table = read_table(catalog, name)
        # Whatever keeps a table from being read is a failed check with its reason; the other layers are still judged.
        except Exception as error:
            reason = (str(error).splitlines() or [""])[0][:200]
            checks.append(Check(f"{layer}: readable", name, f"{type(error).__name__}: {reason}", False))
            continue
        missing = sorted(_COLUMNS[layer].difference(table.rows.column_names))
        if missing:
            checks.append(
                Check(f"{layer}: readable", f"{name} with its columns", f"without {', '.join(missing)}", False)
            )
        else:
            tables[layer] = table
    return tables, checks


def _expect(
    config: Config, records: list[KafkaRecord], tables: dict[str, ActualTable]
) -> tuple[list[Event], Silver, Gold]:
    events = _events(config.topic, records, tables.get("bronze"))
    if config.files is not None:
        floor = max((event.ingested_at for event in events), default=-1)
        events += file_events(Bucket(config), read_dropped(config), floor)
    silver_columns = tables["silver"].rows.column_names if "silver" in tables else []
    fields = trades(tuple(name for name in silver_columns if name in EXTENSIONS))
    wanted = silver(events, conformed(fields, config.mappings))
    through = last_gold_day(tables.get("gold"), config.open_days_through)
    return events, wanted, gold(wanted.rows(), wanted.columns, through)


def _events(topic: str, records: list[KafkaRecord], bronze: ActualTable | None) -> list[Event]:
    sources = [f"{topic}/{record.partition}/{record.offset}" for record in records]
    actual: list[int | None] = [None] * len(records)
    if bronze is not None:
        at = pc.index_in(pa.array(sources, pa.string()), value_set=bronze.rows.column("source").combine_chunks())
        actual = bronze.rows.column("ingested_at").take(at).cast(pa.int64()).to_pylist()
    times = ingestion_times(
        [record[:3] for record in records], bronze_commits(bronze) if bronze is not None else [], actual
    )
    return [
        Event(source, ingested_at, record.value)
        for source, ingested_at, record in zip(sources, times, records, strict=True)
    ]


def last_gold_day(table: ActualTable | None, open_days_through: date | None) -> date:
    """Gold holds the days that were over when it was written last, and those that were asked for all the same."""
    written = utc_date(table.commits[-1].committed_at) if table and table.commits else datetime.now(UTC).date()
    yesterday = written - timedelta(days=1)
    return yesterday if open_days_through is None else max(yesterday, open_days_through)


def _compare(tables: dict[str, ActualTable], events: list[Event], wanted: Silver, summaries: Gold) -> list[Check]:
    checks: list[Check] = []
    if "bronze" in tables:
        checks += bronze_checks(events, tables["bronze"].rows)
    if "silver" in tables:
        checks += silver_checks(wanted, tables["silver"].rows)
        checks += reported_checks(tables["silver"], wanted)
    if "gold" in tables:
        checks += gold_checks(summaries, tables["gold"].rows)
    return checks


def _judge_features(config: Config, name: str, wanted: Silver) -> list[Check]:
    try:
        table = read_table(open_catalog(config), name)
    # As for the layers: what keeps it from being read is a failed check.
    except Exception as error:
        return [Check("features: readable", name, f"{type(error).__name__}: {str(error)[:200]}", False)]
    through = last_gold_day(table, config.open_days_through)
    return features.checks(features.expected(wanted.rows(), wanted.columns, through), table.rows)


def reported_checks(table: ActualTable, wanted: Silver) -> list[Check]:
    """What the silver commits say about themselves."""
    return [
        same("silver: rows read, as its commits report", wanted.read, summed_property(table, "rows-read") or 0),
        same("silver: duplicates, as its commits report", wanted.duplicates, summed_property(table, "duplicates") or 0),
        same("silver: invalid rows, as its commits report", wanted.invalid, summed_property(table, "invalid") or 0),
        same("silver: revisions, as its commits report", wanted.revisions, summed_property(table, "revisions") or 0),
        same("silver: messages of other kinds, as reported", wanted.ignored, summed_property(table, "ignored") or 0),
    ]


def _second_opinion(config: Config, tables: dict[str, ActualTable]) -> list[Check]:
    connection = second_engine.connect(config)
    try:
        return [second_engine.agreement(connection, layer, table) for layer, table in tables.items()]
    finally:
        connection.close()


def _ask_trino(
    config: Config, server: TrinoServer, tables: dict[str, ActualTable], wanted: Silver, summaries: Gold
) -> list[Check]:
    return trino.checks(server, open_catalog(config), config.tables, tables, wanted, summaries)


def _write(config: Config, tables: dict[str, ActualTable]) -> dict[str, Any]:
    written = {}
    for layer, table in tables.items():
        path = config.tables_dir / f"{layer}.{config.tables[layer].split('.')[-1]}.parquet"
        write_parquet(table, path)
        written[layer] = {"path": str(path), "rows": table.rows.num_rows}
    return written


def figures(tables: dict[str, ActualTable], wanted: Silver, summaries: Gold) -> dict[str, Any]:
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
