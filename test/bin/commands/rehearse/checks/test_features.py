"""The independent computation of features, against values worked out by hand, and its eye for a wrong one."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from checks.features import by_day, checks, valid_trades
from checks.features import expected as expected_of

COLUMNS = ("trade_id", "symbol", "price", "quantity", "traded_at", "is_valid", "validation_errors")
DAY = date(2026, 3, 2)
UNIT = 10**8


def trade(trade_id: str, price: int, quantity: int, *, days: int = 0, second: int = 0, valid: bool = True) -> tuple:
    at = ((DAY - date(1970, 1, 1)).days + days) * 86_400_000_000 + second * 1_000_000
    return (trade_id, "ACME", price * UNIT, quantity * UNIT, at, valid, [])


ROWS = [
    trade("b", 20, 1, second=5),
    trade("a", 10, 3, second=5),
    trade("x", 99, 9, second=6, valid=False),
    trade("c", 40, 1, second=9),
    trade("d", 60, 2, days=1),
    trade("e", 30, 1, days=8),
]


def expected(rows: list[tuple], columns: tuple[str, ...], through: date) -> dict[Any, Any]:
    return expected_of(by_day(valid_trades(rows, columns)), through)


def features(through: int = 30) -> dict[Any, Any]:
    return expected(ROWS, COLUMNS, DAY + timedelta(days=through))


def test_a_day_of_its_own() -> None:
    one = features()[DAY, "ACME"]
    # At the same instant a comes before b: 10, 20, 40. Turnover 30 + 20 + 40 = 90 for 5.
    assert (one.open_price, one.high_price, one.low_price, one.close_price) == (
        10 * UNIT,
        40 * UNIT,
        10 * UNIT,
        40 * UNIT,
    )
    assert (one.volume, one.turnover, one.trade_count) == (5 * UNIT, 90 * UNIT * UNIT, 3)
    assert one.vwap == 18 * UNIT
    assert one.realized_volatility == pytest.approx(math.sqrt(2) * math.log(2))
    assert one.daily_return is None


def test_returns_are_from_trading_day_to_trading_day() -> None:
    assert features()[DAY + timedelta(days=1), "ACME"].daily_return == pytest.approx(0.5)
    assert features()[DAY + timedelta(days=8), "ACME"].daily_return == pytest.approx(-0.5)


def test_the_rolling_average_looks_seven_days_back_and_no_further() -> None:
    # 90 + 120 for 7; on the eighth day after the second one only what is new.
    assert features()[DAY + timedelta(days=1), "ACME"].vwap_7d == 30 * UNIT
    assert features()[DAY + timedelta(days=8), "ACME"].vwap_7d == 30 * UNIT
    last = expected([*ROWS, trade("f", 50, 1, days=7)], COLUMNS, DAY + timedelta(days=30))
    # Days 1, 7: 120 + 50 for 3, half up.
    assert last[DAY + timedelta(days=7), "ACME"].vwap_7d == 5_666_666_667


def test_days_that_are_not_over_are_left_out() -> None:
    assert list(features(through=0)) == [(DAY, "ACME")]


def test_a_volume_beyond_its_decimal_has_no_features() -> None:
    assert expected([trade("a", 1, 10**10)], COLUMNS, DAY) == {}


def table(**wrong: Any) -> pa.Table:
    rows = []
    for (day, symbol), one in features().items():
        decimals = {name: Decimal(getattr(one, name)).scaleb(-8) for name in ("open_price", "high_price", "low_price")}
        decimals |= {
            name: Decimal(getattr(one, name)).scaleb(-8) for name in ("close_price", "volume", "vwap", "vwap_7d")
        }
        row = {"date": day, "symbol": symbol, **decimals, "turnover": Decimal(one.turnover).scaleb(-16)}
        row |= {name: getattr(one, name) for name in ("trade_count", "daily_return", "realized_volatility")}
        rows.append(row | (wrong if day == DAY else {}))
    amounts = ("open_price", "high_price", "low_price", "close_price", "volume", "vwap", "vwap_7d")
    fields = [("date", pa.date32()), ("symbol", pa.string()), *((name, pa.decimal128(18, 8)) for name in amounts)]
    fields += [("turnover", pa.decimal128(38, 16)), ("trade_count", pa.int64())]
    fields += [("daily_return", pa.float64()), ("realized_volatility", pa.float64())]
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def test_right_features_pass() -> None:
    assert all(check.passed for check in checks(features(), table()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"open_price": Decimal("10.00000001")},
        {"turnover": Decimal("90.0000000000000001")},
        {"trade_count": 4},
        {"daily_return": 0.0},
        {"realized_volatility": 0.98},
        {"vwap_7d": None},
    ],
)
def test_a_wrong_feature_fails_its_check_alone(wrong: dict[str, Any]) -> None:
    failed = [check.name for check in checks(features(), table(**wrong)) if not check.passed]
    assert failed == [f"features: {next(iter(wrong))} of every day and symbol"]


def test_a_missing_row_fails() -> None:
    assert not all(check.passed for check in checks(features(), table().slice(1)))
