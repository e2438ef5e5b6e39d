import pytest
from checks.conform import declared, trades

# 2026-01-05T10:00:00Z in microseconds since 1970.
TEN_O_CLOCK = 1_767_607_200_000_000
GOOD = {
    "trade_id": '"t1"',
    "symbol": '"AAPL"',
    "price": '"10.5"',
    "quantity": '"3"',
    "timestamp": '"2026-01-05T10:00:00Z"',
}
GOOD_ROW = ("t1", "AAPL", 1_050_000_000, 300_000_000, TEN_O_CLOCK, True, ())


def wire(**changes: str | None) -> bytes:
    members = {**GOOD, **changes}
    return ("{" + ",".join(f'"{name}":{value}' for name, value in members.items() if value is not None) + "}").encode()


def test_a_good_trade_has_its_values_and_no_codes() -> None:
    assert trades().row(wire()) == GOOD_ROW


def test_unknown_fields_change_nothing() -> None:
    assert trades().row(wire(fee='{"price":"-1","timestamp":null}')) == GOOD_ROW


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("trade_id", "missing:trade_id"),
        ("symbol", "missing:symbol"),
        ("price", "not_decimal:price"),
        ("timestamp", "bad_timestamp"),
    ],
)
def test_half_of_a_surrogate_pair_is_json_but_no_value(field: str, code: str) -> None:
    assert trades().row(wire(**{field: '"\\ud800"'}))[-1] == (code,)
    assert trades().row(wire(**{"\\udfff": '"\\ud800"'})) == GOOD_ROW


@pytest.mark.parametrize("value", [None, b"", b"[]", b'{"trade_id":"t1"', b'{"trade_id":"\xff"}', wire(price="NaN")])
def test_a_malformed_event_has_that_code_only(value: bytes | None) -> None:
    assert trades().row(value) == (None, None, None, None, None, False, ("malformed",))


@pytest.mark.parametrize("field", ["trade_id", "symbol", "price", "quantity", "timestamp"])
@pytest.mark.parametrize("value", [None, "null", '""'])
def test_an_absent_null_or_empty_field_is_missing(field: str, value: str | None) -> None:
    row = trades().row(wire(**{field: value}))
    place = list(GOOD).index(field)
    assert row[place] is None
    assert row[5:] == (False, (f"missing:{field}",))


@pytest.mark.parametrize(
    ("token", "text"), [('" a b "', " a b "), ("42", "42"), ("-0", "-0"), ("1" * 5000, "1" * 5000), ('"\\u00e9"', "é")]
)
def test_text_is_a_string_or_an_integers_digits(token: str, text: str) -> None:
    row = trades().row(wire(symbol=token))
    assert (row[1], row[5]) == (text, True)


@pytest.mark.parametrize("token", ["1.0", "1e3", "true", "false", "{}", '["a"]'])
def test_other_json_is_no_text(token: str) -> None:
    row = trades().row(wire(symbol=token))
    assert (row[1], row[6]) == (None, ("missing:symbol",))


@pytest.mark.parametrize(
    ("token", "units"),
    [
        ('"1"', 100_000_000),
        ("1", 100_000_000),
        ('"+1."', 100_000_000),
        ('".5"', 50_000_000),
        ('"0010.5000000000000"', 1_050_000_000),
        ("1e3", 100_000_000_000),
        ('"12E-8"', 12),
        ('"0.00000001"', 1),
        ("1234567890.12345678", 123_456_789_012_345_678),
        ("9999999999.99999999", 999_999_999_999_999_999),
        ('"1000000000000000000000e-20"', 1_000_000_000),
        ('"0.000000000000000000001e20"', 10_000_000),
        ('"1e-00000000008"', 1),
        ('"1.' + "0" * 900 + '"', 100_000_000),
    ],
)
def test_decimals_are_exact(token: str, units: int) -> None:
    row = trades().row(wire(price=token))
    assert (row[2], row[5]) == (units, True)


@pytest.mark.parametrize(
    "token",
    [
        *('"abc"', '" 1"', '"1 "', '"1,5"', '"."', '"+"', '"e5"', '"1e"', '"1e+"', '"0x1"', '"NaN"', '"Infinity"'),
        *('"1_000"', '"--1"', '"١٢"', '"\uff11"', '"1\\n"', "true", "[1]", '{"a":1}'),
    ],
)
def test_what_is_no_decimal_says_so(token: str) -> None:
    row = trades().row(wire(price=token))
    assert (row[2], row[6]) == (None, ("not_decimal:price",))


@pytest.mark.parametrize(
    ("token", "value", "codes"),
    [
        ('"0.000000001"', None, ("scale:price",)),
        ("1.123456789", None, ("scale:price",)),
        ('"1e-9999"', None, ("scale:price",)),
        ('"1e-99999999999"', None, ("scale:price",)),
        ("10000000000", None, ("overflow:price",)),
        ('"1e10"', None, ("overflow:price",)),
        ("1e99999999999", None, ("overflow:price",)),
        ('"10000000000.000000001"', None, ("scale:price", "overflow:price")),
        ("0", 0, ("not_positive:price",)),
        ('"-0.0"', 0, ("not_positive:price",)),
        ('"0e5"', 0, ("not_positive:price",)),
        ("-1.5", -150_000_000, ("not_positive:price",)),
        ('"-0.000000001"', None, ("scale:price", "not_positive:price")),
        ('"-1e10"', None, ("overflow:price", "not_positive:price")),
        ('"-10000000000.000000001"', None, ("scale:price", "overflow:price", "not_positive:price")),
    ],
)
def test_decimals_out_of_bounds_have_every_code_that_applies(
    token: str, value: int | None, codes: tuple[str, ...]
) -> None:
    row = trades().row(wire(price=token))
    assert (row[2], row[5], row[6]) == (value, False, codes)


@pytest.mark.parametrize(
    ("token", "micros"),
    [
        ('"2026-01-05T10:00Z"', TEN_O_CLOCK),
        ('"2026-01-05t10:00:00z"', TEN_O_CLOCK),
        ('"2026-01-05 10:00:00"', TEN_O_CLOCK),
        ('"2026-01-05T11:00:00+01:00"', TEN_O_CLOCK),
        ('"2026-01-05T05:00:00-0500"', TEN_O_CLOCK),
        ('"2026-01-05T15:30:00+05:30"', TEN_O_CLOCK),
        ('"2026-01-06T00:00:00+14"', TEN_O_CLOCK),
        ('"2026-01-05T10:00:00.1Z"', TEN_O_CLOCK + 100_000),
        ('"2026-01-05T10:00:00,123456999Z"', TEN_O_CLOCK + 123_456),
        ("1767607200000", TEN_O_CLOCK),
        ("1767607200000.1239", TEN_O_CLOCK + 123),
        ("1.7676072e12", TEN_O_CLOCK),
        ("0", 0),
        ("-0.0001", -1),
        ("-1", -1000),
        ('"1969-12-31T23:59:59.9999999Z"', -1),
        ('"2024-02-29T00:00:00Z"', 1_709_164_800_000_000),
        ('"0001-01-01T00:00:00Z"', -62_135_596_800_000_000),
        ('"9999-12-31T23:59:59.999999Z"', 253_402_300_799_999_999),
        ("253402300799999.999", 253_402_300_799_999_999),
    ],
)
def test_instants_are_microseconds_in_utc(token: str, micros: int) -> None:
    row = trades().row(wire(timestamp=token))
    assert (row[4], row[5]) == (micros, True)


@pytest.mark.parametrize(
    "token",
    [
        '"2026-02-29T00:00:00Z"',
        '"2026-01-05T24:00:00Z"',
        '"2026-01-05T10:60:00Z"',
        '"2026-01-05T10:00:60Z"',
        '"2026-13-01T00:00:00Z"',
        '"2026-00-01T00:00:00Z"',
        '"2026-01-05"',
        '"2026-01-05T10Z"',
        '"2026-01-05T10:00:00.Z"',
        '"2026-01-05T10:00:00.1234567890Z"',
        '"2026-01-05T10:00:00 Z"',
        '"2026-01-05T10:00:00+1"',
        '"2026-01-05T10:00:00Z\\n"',
        '" 2026-01-05T10:00:00Z"',
        '"٢026-01-05T10:00:00Z"',
        '"20260105T100000Z"',
        '"1767607200000"',
        '"0000-12-31T23:59:59Z"',
        '"0001-01-01T00:00:00+00:01"',
        '"9999-12-31T23:59:59-00:01"',
        "253402300800000",
        "1e99999999999",
        "-62135596800001",
        "true",
        "[]",
        "{}",
    ],
)
def test_what_is_no_instant_says_so(token: str) -> None:
    row = trades().row(wire(timestamp=token))
    assert (row[4], row[6]) == (None, ("bad_timestamp",))


def test_codes_come_by_group_and_within_a_group_by_column() -> None:
    row = trades().row(
        b'{"symbol":"","price":"-99999999999.123456789","quantity":"lots","timestamp":"soon","trade_id":null}'
    )
    assert row == (
        None,
        None,
        None,
        None,
        None,
        False,
        (
            "missing:trade_id",
            "missing:symbol",
            "not_decimal:quantity",
            "scale:price",
            "overflow:price",
            "not_positive:price",
            "bad_timestamp",
        ),
    )


def test_extensions_are_optional() -> None:
    conformed = trades(("side", "venue"))
    assert conformed.columns[5:] == ("side", "venue", "is_valid", "validation_errors")
    assert conformed.row(wire(side='"buy"', venue="7"))[5:] == ("buy", "7", True, ())
    assert conformed.row(wire(side="1.5", venue="null"))[5:] == (None, None, True, ())


OWN = [
    {"name": "trade_id", "wire": "other", "type": "decimal(3,0)", "required": False},
    {"name": "fee", "wire": "fees", "type": "decimal(10,2)", "required": False},
    {"name": "lots", "wire": "lots", "type": "decimal(3,0)", "required": True, "positive": True},
    {"name": "settles_at", "wire": "settles_at", "type": "timestamptz", "required": False},
    {"name": "desk", "wire": "desk", "type": "string", "required": True},
]


def own(**changes: str | None) -> tuple:
    return declared(OWN).row(wire(**{"lots": "7", "desk": '"d"', **changes}))[5:]


def test_own_columns_stand_behind_those_of_a_trade_which_are_not_believed() -> None:
    assert declared(OWN).columns[:6] == ("trade_id", "symbol", "price", "quantity", "traded_at", "fee")
    assert declared(OWN).row(wire(lots="7", desk='"d"'))[:5] == GOOD_ROW[:5]


def test_own_columns_are_read_by_their_names_on_the_wire() -> None:
    at = '"2026-01-05T10:00:00Z"'
    assert own(fees='"-1.5"', fee="9", settles_at=at) == (-150, 7, TEN_O_CLOCK, "d", True, ())


@pytest.mark.parametrize(
    ("token", "value", "codes"),
    [
        ("0", 0, ()),
        ("-0.05", -5, ()),
        ("1e2", 10_000, ()),
        ("99999999.99", 9_999_999_999, ()),
        ("100000000", None, ("overflow:fees",)),
        ("0.001", None, ("scale:fees",)),
        ("1e-99999999999", None, ("scale:fees",)),
        ('"x"', None, ("not_decimal:fees",)),
        ("null", None, ()),
    ],
)
def test_own_decimals_have_a_scale_of_their_own(token: str, value: int | None, codes: tuple[str, ...]) -> None:
    assert own(fees=token) == (value, 7, None, "d", not codes, codes)


def test_own_columns_may_be_required_and_positive() -> None:
    assert own(lots=None, desk=None)[-1] == ("missing:lots", "missing:desk")
    assert own(lots="-3")[1:] == (-3, None, "d", False, ("not_positive:lots",))
    assert own(lots="0")[-1] == ("not_positive:lots",)
    assert own(settles_at='"soon"')[-1] == ("bad_timestamp",)


def test_a_column_that_no_message_can_be_conformed_to_is_refused() -> None:
    column = {"name": "is_test", "wire": "is_test", "type": "boolean", "required": False}
    with pytest.raises(ValueError, match="column 'is_test' has type boolean"):
        declared([column])
