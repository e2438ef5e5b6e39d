import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from checks.conform import EXTENSIONS, trades
from checks.kafka import KafkaRecord
from checks.windows import Trade, Window, aggregates, half_up, judge, micros, read_windows, summaries, units

TEN_O_CLOCK = 1_767_607_200_000_000
MINUTE = 60_000_000


def trade(price: str = "2", quantity: str = "3", at: int = TEN_O_CLOCK, symbol: str = "AAPL", **other: object) -> Trade:
    given = {"side": None, "trader_id": None, "venue": None, "is_test": None, **other}
    return Trade("t", symbol, units(Decimal(price)), units(Decimal(quantity)), at, **given)  # type: ignore[arg-type]


def record(value: bytes | None, offset: int = 0) -> KafkaRecord:
    return KafkaRecord(0, offset, 0, value)


def window_json(start: str = "2026-01-05T10:00:00", count: int = 1, vwap: str = "2.00000000") -> bytes:
    return (
        f'{{"window_start":"{start}","symbol":"AAPL","trade_count":{count},"total_volume":3.00000000,"vwap":{vwap}}}'
    ).encode()


def test_a_window_counts_adds_up_and_weighs() -> None:
    found = summaries([trade("2", "3"), trade("4", "1", TEN_O_CLOCK + MINUTE - 1)])
    assert found == {(TEN_O_CLOCK, "AAPL"): Window(2, 4 * 10**8, 250_000_000)}


def test_the_next_minute_and_another_symbol_are_windows_of_their_own() -> None:
    found = summaries([trade(), trade(at=TEN_O_CLOCK + MINUTE), trade(symbol="MSFT")])
    assert set(found) == {(TEN_O_CLOCK, "AAPL"), (TEN_O_CLOCK + MINUTE, "AAPL"), (TEN_O_CLOCK, "MSFT")}


def test_aggregates_are_told_apart_by_sector_and_venue_which_may_be_unknown() -> None:
    found = aggregates([trade(venue="XNAS"), trade(), trade(symbol="NEW", venue="XNAS")], {"AAPL": "technology"})
    assert {key[1:] for key in found} == {
        ("AAPL", "technology", "XNAS"),
        ("AAPL", "technology", "unknown"),
        ("NEW", "unknown", "XNAS"),
    }


@pytest.mark.parametrize(
    ("turnover", "volume", "average"), [(10, 4, 3), (9, 4, 2), (11, 4, 3), (10**40 + 1, 10**32, 10**8)]
)
def test_an_average_is_rounded_once_halves_up(turnover: int, volume: int, average: int) -> None:
    assert half_up(turnover, volume) == average


def test_units_keep_every_digit_and_refuse_a_ninth_decimal() -> None:
    assert units(Decimal("123456789012345678901234567890.12345678")) == 12345678901234567890123456789012345678
    assert units(7) == 700_000_000
    with pytest.raises(ValueError, match="more than 8 decimals"):
        units(Decimal("0.000000001"))


def test_a_time_without_a_zone_is_utc() -> None:
    assert micros("2026-01-05T10:00:00") == TEN_O_CLOCK
    assert micros("2026-01-05T10:00:00.000001") == TEN_O_CLOCK + 1


def test_of_upserts_the_latest_counts() -> None:
    found = read_windows([record(window_json(count=1)), record(window_json(count=2), 1)], ("symbol",))
    assert found == {(TEN_O_CLOCK, "AAPL"): Window(2, 3 * 10**8, 2 * 10**8)}


def test_messages_are_told_apart_with_place_bytes_and_codes() -> None:
    at = datetime(2026, 1, 5, 10, tzinfo=UTC).isoformat()
    good = {"trade_id": "t1", "symbol": "AAPL", "price": "1.5", "quantity": 2, "timestamp": at, "is_test": True}
    wrong = {**good, "price": "-1"}
    messages = [record(json.dumps(good).encode()), record(json.dumps(wrong).encode(), 1), record(b"no", 2)]
    judged = judge("trades", messages, trades(EXTENSIONS))
    assert judged.valid == (Trade("t1", "AAPL", 150_000_000, 200_000_000, TEN_O_CLOCK, None, None, None, True),)
    assert judged.rejected == {
        "trades/0/1": (json.dumps(wrong).encode(), ("not_positive:price",)),
        "trades/0/2": (b"no", ("malformed",)),
    }
