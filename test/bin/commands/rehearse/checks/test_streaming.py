import json
from collections.abc import Callable

import pytest
from checks.compare import Check
from checks.kafka import KafkaRecord
from checks.streaming import (
    Answers,
    Replayed,
    answer_checks,
    batch_check,
    enriched_check,
    rejected_check,
    replay_checks,
    timeline,
    window_checks,
)
from checks.windows import Judged, Key, Trade, Window

TEN_O_CLOCK = 1_767_607_200_000_000
MINUTE = 60_000_000
# A volume that no binary floating-point number holds.
COMPUTED: dict[Key, Window] = {
    (TEN_O_CLOCK, "AAPL"): Window(1, 100_000_000, 200_000_000),
    (TEN_O_CLOCK + MINUTE, "AAPL"): Window(2, 123_456_789_012_345_678, 300_000_000),
}
FIRST = (
    '{"window_start":"2026-01-05T10:00:00","symbol":"AAPL","trade_count":1,"total_volume":1.00000000,"vwap":2.00000000}'
)
SECOND = (
    '{"window_start":"2026-01-05T10:01:00","symbol":"AAPL","trade_count":2,"total_volume":1234567890.12345678,'
    '"vwap":3.00000000}'
)


def answers(*windows: str, latest: str = SECOND, last: int = 60, generation: int = 1) -> Answers:
    return Answers(
        generation=1,
        last=last,
        windows={"AAPL": f'{{"generation":{generation},"windows":[{",".join(windows)}]}}'},
        latest={"AAPL": f'{{"generation":{generation},"summary":{latest}}}'},
    )


def failed(checks: list[Check]) -> list[str]:
    return [check.name for check in checks if not check.passed]


def test_the_api_tells_what_was_computed_oldest_first() -> None:
    assert failed(answer_checks(COMPUTED, answers(FIRST, SECOND))) == []


def test_the_api_need_not_tell_more_than_it_was_asked_for() -> None:
    assert failed(answer_checks(COMPUTED, answers(SECOND, last=1))) == []


WINDOWS = "API: answers the windows that were computed"


@pytest.mark.parametrize(
    "told",
    [
        answers(SECOND, FIRST),
        answers(SECOND),
        answers(FIRST, SECOND, last=1),
        answers(FIRST, SECOND.replace(".12345678", ".12345679")),
        answers(FIRST, FIRST, SECOND),
    ],
    ids=["newest first", "too few", "too many", "the last digit", "one twice"],
)
def test_the_api_is_wrong(told: Answers) -> None:
    assert failed(answer_checks(COMPUTED, told)) == [WINDOWS]


def test_an_older_window_is_not_the_newest() -> None:
    assert failed(answer_checks(COMPUTED, answers(FIRST, SECOND, latest=FIRST))) == ["API: answers the newest window"]


@pytest.mark.parametrize(
    "told",
    [
        answers(FIRST, SECOND, generation=2),
        Answers(1, 60, {"AAPL": '{"message":"there is no window"}'}, {}),
        Answers(1, 60, {}, {}),
    ],
    ids=["another generation", "refused", "not asked"],
)
def test_an_api_that_knows_no_symbol_fails_every_check(told: Answers) -> None:
    assert len(failed(answer_checks(COMPUTED, told))) == 3


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda windows: windows.popitem(), "every window is there"),
        (lambda windows: windows.update({(0, "X"): Window(1, 1, 1)}), "no other window is there"),
        (lambda windows: windows.update({(TEN_O_CLOCK, "AAPL"): Window(9, 100_000_000, 200_000_000)}), "trade_count"),
        (lambda windows: windows.update({(TEN_O_CLOCK, "AAPL"): Window(1, 100_000_001, 200_000_000)}), "total_volume"),
        (lambda windows: windows.update({(TEN_O_CLOCK, "AAPL"): Window(1, 100_000_000, 200_000_001)}), "vwap"),
    ],
)
def test_each_difference_of_windows_fails_its_check(change: Callable[[dict[Key, Window]], None], name: str) -> None:
    assert failed(window_checks("topic", COMPUTED, dict(COMPUTED))) == []
    actual = dict(COMPUTED)
    change(actual)
    (wrong,) = failed(window_checks("topic", COMPUTED, actual))
    assert name in wrong


TRADE = Trade("t1", "AAPL", 150_000_000, 200_000_000, TEN_O_CLOCK, "buy", None, "XNAS", None)
ENRICHED = {
    "trade_id": "t1",
    "symbol": "AAPL",
    "price": 1.5,
    "quantity": 2,
    "trade_time": "2026-01-05T10:00:00",
    "side": "buy",
    "trader_id": None,
    "venue": "XNAS",
    "is_test": None,
    "sector": "technology",
}


def records(*values: object) -> list[KafkaRecord]:
    return [KafkaRecord(0, offset, 0, json.dumps(value).encode()) for offset, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "passed"),
    [
        ([ENRICHED], True),
        ([], False),
        ([ENRICHED, ENRICHED], False),
        ([{**ENRICHED, "sector": "unknown"}], False),
        ([{**ENRICHED, "quantity": 2.00000001}], False),
    ],
    ids=["once", "lost", "twice", "another sector", "another quantity"],
)
def test_every_trade_is_enriched_once(values: list[object], passed: bool) -> None:
    assert enriched_check([TRADE], {"AAPL": "technology"}, records(*values)).passed is passed


@pytest.mark.parametrize(
    ("row", "passed"),
    [
        ({"source": "trades/0/4", "raw_payload": "no\ufffd", "validation_errors": ["malformed"]}, True),
        ({"source": "trades/0/5", "raw_payload": "no\ufffd", "validation_errors": ["malformed"]}, False),
        ({"source": "trades/0/4", "raw_payload": "yes", "validation_errors": ["malformed"]}, False),
        ({"source": "trades/0/4", "raw_payload": "no\ufffd", "validation_errors": []}, False),
    ],
    ids=["as it was", "another place", "another message", "no reason"],
)
def test_every_invalid_message_is_set_aside_with_its_reasons(row: dict[str, object], passed: bool) -> None:
    judged = Judged((), (), {"trades/0/4": (b"no\xff", ("malformed",))})
    assert rejected_check(judged, records(row)).passed is passed


def test_the_timeline_tells_of_each_minute_how_many_trades_and_how_many_too_late() -> None:
    later = TRADE._replace(traded_at=TEN_O_CLOCK + MINUTE)
    assert timeline([TRADE, TRADE, later], [later]) == [
        {"minute": TEN_O_CLOCK // 1000, "trades": 2, "late": 0},
        {"minute": (TEN_O_CLOCK + MINUTE) // 1000, "trades": 1, "late": 1},
    ]


TEST = TRADE._replace(trade_id="t2", price=900_000_000, is_test=True)
MSFT = TRADE._replace(trade_id="t3", symbol="MSFT")
REPLAYED: dict[Key, Window] = {
    (TEN_O_CLOCK, "AAPL"): Window(1, 200_000_000, 150_000_000),
    (TEN_O_CLOCK, "MSFT"): Window(1, 200_000_000, 150_000_000),
}


def replayed(**compared: int) -> Replayed:
    def window(symbol: str) -> str:
        return (
            f'{{"window_start":"2026-01-05T10:00:00","symbol":"{symbol}","trade_count":1,"total_volume":2.00000000,'
            '"vwap":1.50000000}'
        )

    answers = Answers(
        generation=2,
        last=60,
        windows={symbol: f'{{"generation":2,"windows":[{window(symbol)}]}}' for symbol in ("AAPL", "MSFT")},
        latest={symbol: f'{{"generation":2,"summary":{window(symbol)}}}' for symbol in ("AAPL", "MSFT")},
    )
    counted = {"lag": 0, "identical": 1, "different": 1, "missing": 0, "added": 0, **compared}
    return Replayed({"summaries": "trade-summaries-g2"}, counted, answers)


def test_a_replay_without_tests_changes_their_windows_and_no_other() -> None:
    assert failed(replay_checks([TRADE, TEST, MSFT], [], REPLAYED, replayed())) == []


@pytest.mark.parametrize(
    ("compared", "name"),
    [({"lag": 1}, "nothing is left"), ({"identical": 2}, "identical"), ({"different": 0}, "differ")],
)
def test_a_comparison_that_counts_otherwise_fails(compared: dict[str, int], name: str) -> None:
    (wrong,) = failed(replay_checks([TRADE, TEST, MSFT], [], REPLAYED, replayed(**compared)))
    assert name in wrong


def test_a_replay_that_counts_tests_fails() -> None:
    actual = {**REPLAYED, (TEN_O_CLOCK, "AAPL"): Window(2, 400_000_000, 525_000_000)}
    assert any("vwap" in name for name in failed(replay_checks([TRADE, TEST, MSFT], [], actual, replayed())))


def test_what_came_too_late_may_or_may_not_count_when_it_is_read_anew() -> None:
    late = [MSFT._replace(trade_id="late-0")]
    actual = {**REPLAYED, (TEN_O_CLOCK, "MSFT"): Window(2, 400_000_000, 150_000_000)}
    names = failed(replay_checks([TRADE, TEST, MSFT], late, actual, replayed(identical=0, different=2)))
    assert [name for name in names if "API" not in name] == []


def test_a_batch_that_has_more_windows_than_the_stream_is_right_and_one_that_differs_is_not() -> None:
    streamed = {(TEN_O_CLOCK, "AAPL"): REPLAYED[TEN_O_CLOCK, "AAPL"]}
    assert batch_check("g3", streamed, REPLAYED).passed
    other = {**REPLAYED, (TEN_O_CLOCK, "AAPL"): Window(2, 200_000_000, 150_000_000)}
    wrong = batch_check("g3", streamed, other)
    assert not wrong.passed
    assert wrong.actual == "0; 2026-01-05T10:00:00Z AAPL"
    assert not batch_check("g3", streamed, {}).passed
