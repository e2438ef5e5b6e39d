"""`python -m checks.streaming --config c.json` judges what a streaming stack made of the trades in its topic.

Everything is worked out anew from the topic `trades`, and compared with the topics that Flink wrote, with what the API
answered, and with the table of the lake. Writes the checks and the figures of the report to the result file.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .columns import decimals
from .compare import Check, same
from .conform import EXTENSIONS, trades
from .kafka import read_topic
from .lake import open_catalog, open_table
from .latency import latencies
from .windows import (
    MINUTE,
    UNKNOWN,
    Judged,
    Key,
    Trade,
    Window,
    aggregates,
    judge,
    micros,
    read_windows,
    summaries,
    units,
)

_EXAMPLES = 3


@dataclass(frozen=True)
class Answers:
    """What the API answered.

    Attributes:
        generation: The one that has to be served.
        last: How many windows of each symbol it was asked for, at most.
        windows: The body of each answer, by symbol.
        latest: The body of each answer about the newest window alone, by symbol.
    """

    generation: int
    last: int
    windows: Mapping[str, str]
    latest: Mapping[str, str]

    @staticmethod
    def read(raw: Mapping[str, Any]) -> Answers:
        """Reads what config.json says of them."""
        return Answers(raw["generation"], raw["last"], raw["windows"], raw["latest"])


@dataclass(frozen=True)
class Replayed:
    """What a replay has left.

    Attributes:
        topics: Names of what the second generation wrote: `aggregates` and `summaries` among others.
        compared: What the deployed comparison counted: `lag`, `identical`, `different`, `missing`, `added`.
        answers: What the API answered once the generation was served.
    """

    topics: Mapping[str, str]
    compared: Mapping[str, int]
    answers: Answers

    @staticmethod
    def read(raw: Mapping[str, Any]) -> Replayed:
        """Reads what config.json says of it."""
        return Replayed(raw["topics"], raw["compared"], Answers.read(raw["answers"]))


@dataclass(frozen=True)
class StreamingConfig:
    """What is told by config.json.

    Attributes:
        kafka_bootstrap: `host:port`.
        topics: Names of `trades`, `symbols`, `enriched`, `aggregates`, `summaries` and `rejected`.
        late: What trade ids begin with that came after their windows had closed.
        open: What trade ids begin with whose windows are still open.
        excludes_tests: Whether trades that are flagged as tests count nowhere.
        dropped: How many records Flink says that it dropped as late, by window operator; None when it was not asked.
        answers: What the API answered; None when it was not asked.
        seen: When results were first seen; None when nobody looked.
        lake: Where the table is; None when there is none.
        replay: What a second generation has left, which leaves out trades that are flagged as tests; None without one.
        batch: Names of what a generation wrote that ran the same SQL once over the log; None without one.
    """

    kafka_bootstrap: str
    topics: Mapping[str, str]
    late: str
    open: str
    excludes_tests: bool
    dropped: tuple[int, ...] | None
    answers: Answers | None
    seen: Mapping[str, Any] | None
    lake: Mapping[str, str] | None
    replay: Replayed | None
    batch: Mapping[str, str] | None
    tables_dir: Path | None
    result: Path

    @staticmethod
    def read(path: Path) -> StreamingConfig:
        """Reads the file."""
        raw = json.loads(path.read_text("utf-8"), parse_float=Decimal)
        return StreamingConfig(
            kafka_bootstrap=raw["kafkaBootstrap"],
            topics=raw["topics"],
            late=raw["late"],
            open=raw["open"],
            excludes_tests=raw.get("excludesTests", False),
            dropped=None if raw.get("dropped") is None else tuple(raw["dropped"]),
            answers=Answers.read(raw["answers"]) if raw.get("answers") else None,
            seen=raw.get("seen"),
            lake=raw.get("lake"),
            replay=Replayed.read(raw["replay"]) if raw.get("replay") else None,
            batch=raw["batch"]["topics"] if raw.get("batch") else None,
            tables_dir=Path(raw["tablesDir"]) if raw.get("tablesDir") else None,
            result=Path(raw["result"]),
        )


def run(config: StreamingConfig) -> dict[str, Any]:
    """Judges everything that the configuration names."""
    bootstrap, topics = config.kafka_bootstrap, config.topics
    arrived = list(read_topic(bootstrap, topics["trades"]))
    judged = judge(topics["trades"], arrived, trades(EXTENSIONS))
    late = [trade for trade in judged.valid if trade.trade_id.startswith(config.late)]
    counted = [trade for trade in judged.valid if not trade.trade_id.startswith((config.late, config.open))]
    if config.excludes_tests:
        counted = [trade for trade in counted if not trade.is_test]
    sectors = read_sectors(bootstrap, topics["symbols"])
    expected = summaries(counted)
    actual = read_windows(read_topic(bootstrap, topics["summaries"]), ("symbol",))
    checks = window_checks("trade-summaries", expected, actual)
    by_sector = read_windows(read_topic(bootstrap, topics["aggregates"]), ("symbol", "sector", "venue"))
    checks += window_checks("trade_aggregates", aggregates(counted, sectors), by_sector)
    checks.append(enriched_check(judged.valid, sectors, read_topic(bootstrap, topics["enriched"])))
    checks.append(rejected_check(judged, read_topic(bootstrap, topics["rejected"])))
    if config.dropped is not None:
        checks += [same("late trades are dropped and counted as dropped", len(late), each) for each in config.dropped]
    if config.answers is not None:
        checks += answer_checks(expected, config.answers)
    if config.replay is not None:
        topics_of = config.replay.topics
        found = read_windows(read_topic(bootstrap, topics_of["summaries"]), ("symbol",))
        checks += replay_checks(counted, late, found, config.replay)
        found = read_windows(read_topic(bootstrap, topics_of["aggregates"]), ("symbol", "sector", "venue"))
        wanted = aggregates([trade for trade in counted if not trade.is_test], sectors)
        unclear = _windows_of(late)
        checks += window_checks(topics_of["aggregates"], _without(wanted, unclear), _without(found, unclear))
    if config.batch is not None:
        for topic, columns, windows, streamed in (
            ("summaries", ("symbol",), summaries(judged.valid), actual),
            ("aggregates", ("symbol", "sector", "venue"), aggregates(judged.valid, sectors), by_sector),
        ):
            found = read_windows(read_topic(bootstrap, config.batch[topic]), columns)
            checks += window_checks(config.batch[topic], windows, found)
            checks.append(batch_check(config.batch[topic], _without(streamed, _windows_of(late)), found))
        enriched = read_topic(bootstrap, config.batch["enriched"])
        rejected = read_topic(bootstrap, config.batch["rejected"])
        for check in (enriched_check(judged.valid, sectors, enriched), rejected_check(judged, rejected)):
            checks.append(replace(check, name=f"batch: {check.name}"))
    if config.lake is not None:
        checks.append(lake_check(config.lake, topics["trades"], arrived))
    if config.tables_dir is not None:
        write_tables(config.tables_dir, actual, by_sector)
    return {
        "checks": [check.to_json() for check in checks],
        "events": len(arrived),
        "valid": len(judged.valid),
        "rejected": len(judged.rejected),
        "late": len(late),
        "windows": len(expected),
        "timeline": timeline(judged.valid, late),
        "latencies": None if config.seen is None else latencies(judged, config.seen),
    }


def read_sectors(bootstrap: str, topic: str) -> dict[str, str]:
    """The sector of each symbol."""
    rows = (json.loads(record.value) for record in read_topic(bootstrap, topic) if record.value)
    return {row["symbol"]: row["sector"] for row in rows}


def window_checks(topic: str, expected: Mapping[Key, Window], actual: Mapping[Key, Window]) -> list[Check]:
    """The same windows, each with the same sums to the last decimal."""
    names = Window._fields
    missing = [_label(key) for key in expected if key not in actual]
    extra = [_label(key) for key in actual if key not in expected]
    checks = [
        shown_with(f"{topic}: every window is there", len(expected), len(expected) - len(missing), missing),
        shown_with(f"{topic}: no other window is there", 0, len(extra), extra),
    ]
    for place, name in enumerate(names):
        wrong = [
            f"{_label(key)}: {_shown(name, window[place])} expected, {_shown(name, actual[key][place])} there"
            for key, window in expected.items()
            if key in actual and actual[key][place] != window[place]
        ]
        checks.append(shown_with(f"{topic}: {name} of every window", 0, len(wrong), wrong))
    return checks


def enriched_check(valid: Iterable[Trade], sectors: Mapping[str, str], records: Iterable[Any]) -> Check:
    """Every valid trade once, with its sector, in whichever order."""
    expected = Counter((*trade, sectors.get(trade.symbol, UNKNOWN)) for trade in valid)
    actual: Counter[tuple[Any, ...]] = Counter()
    for record in records:
        row = json.loads(record.value, parse_float=Decimal)
        actual[
            row["trade_id"],
            row["symbol"],
            units(row["price"]),
            units(row["quantity"]),
            micros(row["trade_time"]),
            row["side"],
            row["trader_id"],
            row["venue"],
            row["is_test"],
            row["sector"],
        ] += 1
    return _same_bag("enriched_trades: every valid trade once, with its sector", expected, actual)


def rejected_check(judged: Judged, records: Iterable[Any]) -> Check:
    """Every message that is no valid trade once, with its bytes and its codes."""
    expected = Counter((source, *what) for source, what in judged.rejected.items())
    actual: Counter[tuple[Any, ...]] = Counter()
    for record in records:
        row = json.loads(record.value)
        # What is no UTF-8 is not told byte for byte in JSON; its place and code are.
        payload = (row["raw_payload"] or "").encode()
        actual[row["source"], payload, tuple(row["validation_errors"])] += 1
    comparable = Counter({(source, _replaced(payload), codes): n for (source, payload, codes), n in expected.items()})
    return _same_bag("trades_rejected: every invalid message once, with its reasons", comparable, actual)


def answer_checks(expected: Mapping[Key, Window], answers: Answers) -> list[Check]:
    """The API tells of each symbol what was computed here: as many windows as it was asked for, oldest first."""
    of_symbol: dict[str, list[tuple[int, Window]]] = {}
    for (start, symbol), window in sorted(expected.items()):
        of_symbol.setdefault(symbol, []).append((start, window))
    wrong, wrong_latest, unknown = [], [], []
    for symbol, wanted in of_symbol.items():
        told = _answered(answers.windows.get(symbol, "{}"), answers.generation)
        if not told:
            unknown.append(symbol)
        if told != wanted[-answers.last :]:
            wrong.append(
                f"{symbol}: {len(wanted[-answers.last :])} windows expected, {_first_difference(told, wanted)}"
            )
        if _answered(answers.latest.get(symbol, "{}"), answers.generation) != wanted[-1:]:
            wrong_latest.append(f"{symbol}: {answers.latest.get(symbol, 'not asked')}")
    return [
        shown_with("API: knows every symbol", len(of_symbol), len(of_symbol) - len(unknown), unknown),
        shown_with("API: answers the windows that were computed", 0, len(wrong), wrong),
        shown_with("API: answers the newest window", 0, len(wrong_latest), wrong_latest),
    ]


def _answered(body: str, generation: int) -> list[tuple[int, Window]]:
    """The windows of an answer, in its order; none of another generation, or of an answer that tells of none."""
    answer = json.loads(body, parse_float=Decimal)
    if answer.get("generation") != generation:
        return []
    rows = [answer["summary"]] if "summary" in answer else answer["windows"]
    return [
        (micros(row["window_start"]), Window(row["trade_count"], units(row["total_volume"]), units(row["vwap"])))
        for row in rows
    ]


def _first_difference(told: Sequence[tuple[int, Window]], wanted: Sequence[tuple[int, Window]]) -> str:
    different = next((each for each in told if each not in wanted), None)
    return f"{len(told)} there" + (f", {different[1]} of {_label((different[0],))} among them" if different else "")


def replay_checks(
    counted: Sequence[Trade], late: Iterable[Trade], actual: Mapping[Key, Window], replay: Replayed
) -> list[Check]:
    """The second generation, which leaves out tests: its windows, what the API tells, and how both compare.

    What came too late for the first generation need not come too late when the log is read anew: whichever partition is
    read first decides. Such windows are left out.
    """
    before = summaries(counted)
    after = summaries(trade for trade in counted if not trade.is_test)
    unclear = _windows_of(late)
    same_in_both = sum(after.get(key) == window for key, window in _without(before, unclear).items())
    changed = len(_without(before, unclear)) - same_in_both
    told = replay.compared
    # Of windows that are left out nobody knows on which side they are.
    identical = min(max(told["identical"], same_in_both), same_in_both + len(unclear))
    differing = told["different"] + told["missing"]
    served = {**after, **{key: actual[key] for key in unclear if key in actual}}
    return [
        *window_checks(replay.topics["summaries"], _without(after, unclear), _without(actual, unclear)),
        *(replace(check, name=f"replay: {check.name}") for check in answer_checks(served, replay.answers)),
        same("replay: nothing is left to read", 0, told["lag"]),
        same("replay: windows that the new logic does not touch are identical", identical, told["identical"]),
        Check(
            "replay: the other windows differ",
            f"{changed:,}, at least one",
            f"{differing:,}",
            0 < changed <= differing <= changed + len(unclear),
        ),
    ]


def batch_check(topic: str, streamed: Mapping[Key, Window], found: Mapping[Key, Window]) -> Check:
    """The windows of the stream are those of the same SQL as a batch, where nothing came too late for the stream."""
    other = [_label(key) for key, window in streamed.items() if found.get(key) != window]
    return shown_with(f"{topic}: the windows of the stream", len(streamed), len(streamed) - len(other), other)


def _windows_of(trades: Iterable[Trade]) -> set[Key]:
    return {(trade.traded_at // MINUTE * MINUTE, trade.symbol) for trade in trades}


def _without(windows: Mapping[Key, Window], unclear: set[Key]) -> dict[Key, Window]:
    return {key: window for key, window in windows.items() if key[:2] not in unclear}


def lake_check(lake: Mapping[str, str], topic: str, arrived: Iterable[Any]) -> Check:
    """The table holds every event once, byte for byte, whatever was killed on the way."""
    expected = Counter((f"{topic}/{r.partition}/{r.offset}", r.value) for r in arrived)
    table = open_table(open_catalog(_Lake(lake)), lake["table"])
    actual: Counter[tuple[Any, ...]] = Counter()
    for batch in table.batches():
        payloads = batch["raw_payload"].cast(pa.binary()).to_pylist()
        actual.update(zip(batch["source"].to_pylist(), payloads, strict=True))
    return _same_bag("lake: every event once, byte for byte", expected, actual)


class _Lake:
    """What `open_catalog` asks a configuration for."""

    def __init__(self, lake: Mapping[str, str]) -> None:
        self.endpoint = lake["endpoint"]
        self.region = lake["region"]
        self.access_key_id = lake["accessKeyId"]
        self.secret_access_key = lake["secretAccessKey"]


def timeline(valid: Iterable[Trade], late: Iterable[Trade]) -> list[dict[str, Any]]:
    """Of each minute of event time: how many trades, and how many of them came too late."""
    trades_by_minute = Counter(trade.traded_at // 60_000_000 for trade in valid)
    late_by_minute = Counter(trade.traded_at // 60_000_000 for trade in late)
    return [
        {"minute": minute * 60_000, "trades": count, "late": late_by_minute[minute]}
        for minute, count in sorted(trades_by_minute.items())
    ]


def write_tables(folder: Path, by_symbol: Mapping[Key, Window], by_sector: Mapping[Key, Window]) -> None:
    """The final tables as Parquet: `<layer>.<table>.parquet`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, windows, columns in (
        ("stream.trade_summaries", by_symbol, ("symbol",)),
        ("stream.trade_aggregates", by_sector, ("symbol", "sector", "venue")),
    ):
        keys = sorted(windows)
        rows = [windows[key] for key in keys]
        start = pa.array([key[0] for key in keys], pa.int64()).cast(pa.timestamp("us", tz="UTC"))
        table = {
            "window_start": start,
            **{column: pa.array([key[i + 1] for key in keys], pa.string()) for i, column in enumerate(columns)},
            "trade_count": pa.array([row.trade_count for row in rows], pa.int64()),
            "total_volume": decimals([row.total_volume for row in rows]),
            "vwap": decimals([row.vwap for row in rows]),
        }
        pq.write_table(pa.table(table), folder / f"{name}.parquet")


def shown_with(name: str, expected: int, actual: int, examples: Sequence[str]) -> Check:
    """Two numbers that must be equal, with some of the cases that make them differ."""
    told = "".join(f"; {example}" for example in examples[:_EXAMPLES])
    return Check(name, f"{expected:,}", f"{actual:,}{told}", expected == actual and not examples)


def _same_bag(name: str, expected: Counter[Any], actual: Counter[Any]) -> Check:
    lost, extra = expected - actual, actual - expected
    examples = [f"lost {key}" for key in lost][:_EXAMPLES] + [f"not expected {key}" for key in extra][:_EXAMPLES]
    right = (expected & actual).total()
    return shown_with(name, expected.total(), right if not extra else right + extra.total(), examples)


def _replaced(payload: bytes) -> bytes:
    return payload.decode("utf-8", "replace").encode()


def _label(key: Key) -> str:
    start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=key[0])
    return " ".join([start.strftime("%Y-%m-%dT%H:%M:%SZ"), *map(str, key[1:])])


def _shown(name: str, value: int) -> str:
    return str(value) if name == "trade_count" else str(Decimal(value).scaleb(-8))


def main() -> None:
    parser = argparse.ArgumentParser(prog="checks.streaming", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON: brokers, topics, lake, answers of the API")
    config = StreamingConfig.read(parser.parse_args().config)
    config.result.write_text(json.dumps(run(config), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
