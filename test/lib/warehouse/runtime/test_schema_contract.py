from datetime import UTC, datetime
from typing import Any

import pytest
from warehouse_tasks.columns import Column
from warehouse_tasks.schema_contract import Batch, Contract, ContractBroken, SchemaContract

NOW = datetime(2026, 1, 10, tzinfo=UTC)
COLUMNS = [
    Column("id", "id", "text", True),
    Column("price", "price", "decimal(18,8)", True),
    Column("venue", "venue", "text"),
]
FITTING = {"id": "1", "price": "1.5", "venue": "XNAS"}
GIVEN = {"id", "price", "venue"}


def apply(contract: Contract, *rows: dict[str, Any]) -> Batch:
    return SchemaContract("src.trades", contract, COLUMNS, ["id"], str.lower).apply(list(rows), GIVEN, NOW)


ADDED = {**FITTING, "fee": "0.1"}
DROPPED = {"id": "1", "price": "1.5"}
RETYPED = {**FITTING, "price": "on request"}


def test_evolve_makes_a_column_of_a_new_field() -> None:
    batch = apply(Contract.EVOLVE, ADDED)
    assert batch.table.to_pylist()[0]["fee"] == "0.1"
    assert batch.said == ["src.trades: new field 'fee' became column fee (text)"]


def test_evolve_leaves_null_where_a_field_is_gone_and_says_so_once() -> None:
    batch = apply(Contract.EVOLVE, DROPPED)
    assert batch.table.to_pylist()[0]["venue"] is None
    assert batch.said == ["src.trades: the field 'venue' is gone; its column is NULL from here on"]
    assert batch.given == {"id", "price"}


def test_evolve_keeps_a_value_of_another_type_in_a_column_of_its_own() -> None:
    batch = apply(Contract.EVOLVE, RETYPED, {**FITTING, "id": "2"})
    rows = batch.table.to_pylist()
    assert [(row["price"] is None, row["price_v_text"]) for row in rows] == [(True, "on request"), (False, None)]
    assert batch.quarantine is None


@pytest.mark.parametrize(
    ("row", "difference"),
    [(ADDED, "has a new field 'fee'"), (DROPPED, "no longer has the field 'venue'"), (RETYPED, "do not fit 'price'")],
)
def test_freeze_stops_at_any_difference(row: dict[str, Any], difference: str) -> None:
    with pytest.raises(ContractBroken, match=difference):
        apply(Contract.FREEZE, row)


def test_freeze_takes_what_is_as_it_was() -> None:
    assert apply(Contract.FREEZE, FITTING).table.num_rows == 1


def test_quarantine_holds_back_what_does_not_fit_with_its_reasons() -> None:
    batch = apply(Contract.QUARANTINE, RETYPED, {**FITTING, "id": "2"}, {"id": "3", "price": None, "venue": None})
    assert batch.table.column("id").to_pylist() == ["2"]
    assert batch.held_back == 2
    assert batch.quarantine is not None
    assert [(row["reasons"], row["is_loaded"]) for row in batch.quarantine.to_pylist()] == [
        ("not_decimal:price", False),
        ("missing:price", False),
    ]


def test_quarantine_loads_a_row_without_its_unknown_field_and_notes_it() -> None:
    batch = apply(Contract.QUARANTINE, ADDED)
    assert batch.table.column_names == ["id", "price", "venue", "ingested_at"]
    assert batch.held_back == 0
    assert batch.quarantine is not None
    [row] = batch.quarantine.to_pylist()
    assert (row["reasons"], row["is_loaded"]) == ("unknown:fee", True)


@pytest.mark.parametrize("contract", [Contract.EVOLVE, Contract.QUARANTINE])
def test_a_row_without_its_key_is_never_loaded(contract: Contract) -> None:
    batch = apply(contract, {**FITTING, "id": None}, FITTING)
    assert batch.table.column("id").to_pylist() == ["1"]
    assert batch.held_back == 1


def test_of_a_key_the_row_that_came_last_is_loaded() -> None:
    batch = apply(Contract.EVOLVE, FITTING, {**FITTING, "id": "2"}, {**FITTING, "venue": "BATS"})
    assert [(row["id"], row["venue"]) for row in batch.table.to_pylist()] == [("2", "XNAS"), ("1", "BATS")]


def test_the_first_batch_declares_what_nobody_did() -> None:
    contract = SchemaContract("src.t", Contract.FREEZE, [], ["id"], str.lower)
    batch = contract.apply([{"id": "1", "amount": 3}], None, NOW)
    assert [(column.name, column.type) for column in batch.columns] == [
        ("id", "text"),
        ("amount", "bigint"),
        ("ingested_at", "timestamp"),
    ]
    assert batch.said == []
