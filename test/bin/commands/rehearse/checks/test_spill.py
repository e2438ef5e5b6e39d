"""Rows in parts on disk: none is lost, and what has the same key meets in the same part."""

from pathlib import Path
from zlib import crc32

import pyarrow as pa
import pytest
from checks import spill
from checks.spill import Records, Rows, number_of_parts, texts

KEYS = [f"key-{number % 40}".encode() for number in range(1000)]


@pytest.mark.parametrize(("rows", "parts"), [(0, 1), (1, 1), (50_000, 1), (50_001, 2), (2_000_000, 40)])
def test_parts_grow_in_number_and_not_in_size(rows: int, parts: int) -> None:
    assert number_of_parts(rows) == parts


def test_records_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_BUFFERED", 30)
    records = Records(tmp_path / "records", 3)
    written = [(key, number, b"\xff\x00", None, (True, "é", 10**30)) for number, key in enumerate(KEYS)]
    for record in written:
        records.add(record[0], record)
    by_part = [list(records.read(part)) for part in range(3)]
    assert [len(part) > 0 for part in by_part] == [True] * 3
    for part, found in enumerate(by_part):
        assert found == [record for record in written if crc32(record[0]) % 3 == part]


def test_rows_meet_the_records_of_the_same_key(tmp_path: Path) -> None:
    table = pa.table({"key": pa.array(KEYS, pa.binary()).view(pa.string()), "number": range(1000)})
    with Rows(tmp_path / "rows", 3, table.schema) as rows:
        for begin in range(0, 1000, 300):
            batch = table.slice(begin, 300)
            rows.add(batch, list(texts(batch.column("key"))))
    for part in range(3):
        expected = [number for number, key in enumerate(KEYS) if crc32(key) % 3 == part]
        assert rows.read(part).column("number").to_pylist() == expected


def test_a_part_without_rows_is_empty(tmp_path: Path) -> None:
    schema = pa.schema([("number", pa.int64())])
    with Rows(tmp_path / "rows", 2, schema) as rows:
        pass
    assert rows.read(1).num_rows == 0
    assert list(Records(tmp_path / "records", 2).read(1)) == []
