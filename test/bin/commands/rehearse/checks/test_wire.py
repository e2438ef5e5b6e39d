import pytest
from checks.wire import NotARecord, NoText, read_object, unquote


@pytest.mark.parametrize(
    ("value", "members"),
    [
        (b"{}", {}),
        (b" \t\r\n{ } \n", {}),
        (b'{"a":"x","b":-1.50e+3,"c":true,"d":null}', {"a": '"x"', "b": "-1.50e+3", "c": "true", "d": "null"}),
        (b'{"a":1,"a":2}', {"a": "2"}),
        (b'{"\\u0061":1}', {"a": "1"}),
        (b'{"a":{"price":"-1","x":[1,{}]},"b":[[],{"c":3}],"d":4}', {"a": "{", "b": "[", "d": "4"}),
        (b'{"a":' + b"[" * 127 + b"]" * 127 + b',"b":1}', {"a": "[", "b": "1"}),
        (b'{"a":[' + b"[]," * 1_000 + b'[]],"b":"[[["}', {"a": "[", "b": '"[[["'}),
        (b'{"\\ud800":1}', {"\ud800": "1"}),
        (b'{"a":' + b"9" * 10_000 + b"}", {"a": "9" * 10_000}),
        ('{"é":"東京"}'.encode(), {"é": '"東京"'}),
    ],
)
def test_reads_an_object(value: bytes, members: dict[str, str]) -> None:
    assert read_object(value) == members


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"  ",
        b"null",
        b"42",
        b'"text"',
        b"[]",
        b'[{"a":1}]',
        b"{",
        b'{"a":1',
        b'{"a":1}}',
        b'{"a":1} {"a":1}',
        b'{"a":1}x',
        b'{"a":1,}',
        b'{,"a":1}',
        b'{"a"}',
        b'{"a":}',
        b'{"a" 1}',
        b"{'a':1}",
        b"{a:1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":01}',
        b'{"a":.5}',
        b'{"a":5.}',
        b'{"a":+1}',
        b'{"a":1e}',
        b'{"a":0x1F}',
        b'{"a":True}',
        b'{"a":"\n"}',
        b'{"a":"\\x41"}',
        b'{"a":"\\u00g0"}',
        b'{"a":[1,]}',
        b'{"a":[1}}',
        b'{"a":{"b":1]}',
        b'{"a":{1:2}}',
        b'{"a":[1 2]}',
        b'{"a":"\xff"}',
        b'{"a":"\xc0\xaf"}',
        b'{"a":"\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"a":1}',
        b"\xff\xfe{\x00}\x00",
        b'{"a":1}\x00',
        b'{"a":1}\xc2\xa0',
        b'{"a":' + b"[" * 128 + b"]" * 128 + b"}",
        b"[" * 100_000,
    ],
)
def test_refuses_what_is_not_one_object(value: bytes | None) -> None:
    with pytest.raises(NotARecord):
        read_object(value)


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ('"plain"', "plain"),
        ('"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'),
        ('"\\u00e9\\u6771"', "é東"),
        ('"\\ud83d\\ude00"', "😀"),
    ],
)
def test_unquotes_escapes(token: str, text: str) -> None:
    assert unquote(token) == text


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(NoText):
        unquote('"\\ud83d"')
