"""Which payloads a file of each format gives, and which files are refused. What is expected is written by hand."""

from __future__ import annotations

import gzip
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from file_formats import MOST_RECORD_BYTES, FileFormat, read_rows
from file_rows import BadFileError

AGREED = FileFormat(required=("id", "price"))
ANYTHING = FileFormat()


def rows(tmp_path: Path, name: str, content: bytes, agreed: FileFormat = AGREED) -> list[tuple[int, bytes]]:
    path = tmp_path / "file"
    path.write_bytes(content)
    return [tuple(row) for row in read_rows(str(path), name, agreed)]


def parquet(tmp_path: Path, table: pa.Table, agreed: FileFormat = ANYTHING) -> list[bytes]:
    path = tmp_path / "file.parquet"
    pq.write_table(table, path)
    return [row.payload for row in read_rows(str(path), "a.parquet", agreed)]


def test_csv_values_are_strings_as_they_stand(tmp_path: Path) -> None:
    content = b"id,price,note\r\n007, 1.50 ,\r\nA2,1e3,Z\xc3\xbcrich\r\n"
    assert rows(tmp_path, "a.csv", content) == [
        (2, b'{"id":"007","price":" 1.50 ","note":""}'),
        (3, '{"id":"A2","price":"1e3","note":"Zürich"}'.encode()),
    ]


def test_csv_quotes_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    content = b'id,price\n"a,""b""","1\n2"\nc,3\n'
    assert rows(tmp_path, "a.csv", content) == [
        (2, rb'{"id":"a,\"b\"","price":"1\n2"}'),
        (4, b'{"id":"c","price":"3"}'),
    ]


def test_csv_rows_that_are_wrong_by_themselves_stand_as_they_are(tmp_path: Path) -> None:
    content = b'id,price\na\nb,1,2\n"c"x,3\n\xff,4\n\nd,5\n'
    assert rows(tmp_path, "a.csv", content) == [
        (2, b"a"),
        (3, b"b,1,2"),
        (4, b'"c"x,3'),
        (5, b"\xff,4"),
        (7, b'{"id":"d","price":"5"}'),
    ]


def test_csv_as_it_was_agreed_upon(tmp_path: Path) -> None:
    agreed = FileFormat(delimiter=";", quote="'", encoding="windows-1252")
    assert rows(tmp_path, "a.csv", b"id;note\n1;'\x80;\xfc'\n", agreed) == [(2, '{"id":"1","note":"€;ü"}'.encode())]


def test_a_byte_order_mark_is_no_part_of_the_first_field(tmp_path: Path) -> None:
    assert rows(tmp_path, "a.csv", b"\xef\xbb\xbfid,price\n1,2\n") == [(2, b'{"id":"1","price":"2"}')]
    assert rows(tmp_path, "a.jsonl", b"\xef\xbb\xbf{}\n") == [(1, b"{}")]


@pytest.mark.parametrize("name", ["a.jsonl", "a.NDJSON", "2026/a.b.jsonl"])
def test_json_lines_are_payloads_to_the_byte(tmp_path: Path, name: str) -> None:
    content = b'{"a": 1.0}\n\n not json \xff\r\n{"last":true}'
    assert rows(tmp_path, name, content) == [
        (1, b'{"a": 1.0}'),
        (2, b""),
        (3, b" not json \xff\r"),
        (4, b'{"last":true}'),
    ]


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.JSONL.GZ"])
def test_text_may_be_compressed(tmp_path: Path, name: str) -> None:
    content = gzip.compress(b"1\n") + gzip.compress(b"2\n")
    assert rows(tmp_path, name, content) == [(1, b"1"), (2, b"2")]


def test_parquet_loses_nothing(tmp_path: Path) -> None:
    table = pa.table(
        {
            "price": pa.array([Decimal("0.00000001"), Decimal("-12.50000000")], pa.decimal128(18, 8)),
            "at": pa.array([1_767_614_400_123_456_789, -1], pa.timestamp("ns", "Europe/Berlin")),
            "local": pa.array([1_767_614_400_000, None], pa.timestamp("ms")),
            "day": [date(2026, 1, 5), None],
            "big": pa.array([2**63 - 1, 0], pa.int64()),
            "share": [0.1, float("inf")],
            "text": ['a"\u00fc', ""],
            "raw": [b"\xff\x00", None],
            "flag": [True, False],
            "legs": [[{"n": 1, "s": ["x", None]}, None], None],
        }
    )
    assert [payload.decode() for payload in parquet(tmp_path, table)] == [
        '{"price":"0.00000001","at":"2026-01-05T12:00:00.123456789Z","local":"2026-01-05T12:00:00","day":"2026-01-05",'
        '"big":9223372036854775807,"share":0.1,"text":"a\\"\u00fc","raw":"/wA=","flag":true,'
        '"legs":[{"n":1,"s":["x",null]},null]}',
        '{"price":"-12.50000000","at":"1969-12-31T23:59:59.999999999Z","local":null,"day":null,'
        '"big":0,"share":"inf","text":"","raw":null,"flag":false,"legs":null}',
    ]


def test_an_instant_beyond_the_calendar_is_a_number_that_no_one_takes_for_one(tmp_path: Path) -> None:
    table = pa.table({"at": pa.array([2**52], pa.timestamp("ms", "UTC"))})
    assert parquet(tmp_path, table) == [b'{"at":"4503599627370496Z"}']


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.jsonl", b"", "it is empty"),
        ("a.csv.gz", gzip.compress(b""), "it is empty"),
        ("a.csv", b"id,price\n\0\1", "it holds binary data, not text"),
        ("a.csv", b"\x1f\x8b\x08rest", "it is compressed by gzip, and its name does not end in .gz"),
        ("a.csv", b"id,amount\n1,2\n", "it lacks the field 'price'"),
        ("a.csv", b"id,price,id\n", "it has more than one field 'id'"),
        ("a.csv", b"id,,price\n", "one of its fields has no name"),
        ("a.csv", b"id,\xff\n", "its first line is no CSV header"),
        ("a.csv", b'id,price\n1,2\n"3,4\n5,6\n', "the quote that line 3 opens is never closed"),
        ("a.csv.gz", b"id,price\n1,2\n", "its gzip data cannot be read: Not a gzipped file (b'id')"),
        ("a.parquet", b"PAR1 and no more", "it is no Parquet file that can be read: .+"),
        ("a.json", b"{}", "its name ends in none of .+"),
        ("a.parquet.gz", b"", "its name ends in none of .+"),
        ("jsonl", b"{}", "its name ends in none of .+"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(BadFileError) as caught:
        rows(tmp_path, name, content)
    assert re.fullmatch(reason.replace("(", r"\(").replace(")", r"\)"), str(caught.value))


def test_a_gzip_file_that_ends_too_early_is_refused_after_its_rows(tmp_path: Path) -> None:
    content = gzip.compress(b"".join(b"%d\n" % i for i in range(100_000)))
    with pytest.raises(BadFileError, match="its gzip data cannot be read: it ends too early"):
        rows(tmp_path, "a.jsonl.gz", content[:-9])


def test_a_parquet_file_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["1"]}), tmp_path / "whole")
    with pytest.raises(BadFileError, match="no Parquet file that can be read"):
        rows(tmp_path, "a.parquet", (tmp_path / "whole").read_bytes()[:-1])


def test_a_parquet_file_without_an_agreed_field_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match="it lacks the field 'price'"):
        parquet(tmp_path, pa.table({"id": ["1"]}), AGREED)


def test_a_parquet_column_without_a_settled_text_is_refused(tmp_path: Path) -> None:
    table = pa.table({"tags": pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int32()))})
    with pytest.raises(BadFileError, match=r"'tags' is of the type map<.+>, which cannot be written as JSON"):
        parquet(tmp_path, table)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_line_beyond_all_measure_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadFileError, match="line 2 has more than 16 MiB"):
        rows(tmp_path, name, b"id,price\n" + b"x" * (MOST_RECORD_BYTES + 1))


def test_a_record_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadFileError, match="the record from line 2 on has more than 16 MiB; is a quote left open"):
        rows(tmp_path, "a.csv", b'id,price\n"' + b"x" * 1024 + b"\n" + (b"y" * 2**20 + b"\n") * 17)
