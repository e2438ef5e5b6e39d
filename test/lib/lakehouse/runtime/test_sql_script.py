from __future__ import annotations

import pytest

from sql_job import JobError, parse, substitute


def statements(text: str) -> list[str | None]:
    return [step.sql for step in parse(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT 1;;\n ;", ["SELECT 1"]),
        ("", []),
        ("-- only a comment; really", []),
        ("SELECT ';'; SELECT \";\"; SELECT `;`", ["SELECT ';'", 'SELECT ";"', "SELECT `;`"]),
        (r"SELECT 'it\'s; so'; SELECT 2", [r"SELECT 'it\'s; so'", "SELECT 2"]),
        ("SELECT 'a''b;c'; SELECT 2", ["SELECT 'a''b;c'", "SELECT 2"]),
        (r"SELECT r'\'; SELECT 2", [r"SELECT r'\'", "SELECT 2"]),
        ("SELECT '-- no comment; /* nor this'; SELECT 2", ["SELECT '-- no comment; /* nor this'", "SELECT 2"]),
        ("SELECT 1 -- it's; fine\n+ 1", ["SELECT 1 \n+ 1"]),
        ("SELECT /* a; /* nested; */ ' */ 1; SELECT 2", ["SELECT   1", "SELECT 2"]),
        ("SELECT /*+ REPARTITION(2) */ 1", ["SELECT /*+ REPARTITION(2) */ 1"]),
        ("SELECT 4 - -2 / 1 * 3", ["SELECT 4 - -2 / 1 * 3"]),
    ],
)
def test_a_statement_ends_at_a_semicolon_that_is_neither_text_nor_comment(text: str, expected: list[str]) -> None:
    assert statements(text) == expected


def test_a_step_knows_the_line_on_which_its_statement_begins() -> None:
    assert [step.line for step in parse("/* two\nlines */\n\nSELECT\n1;\n-- c\nSELECT 2")] == [4, 7]


def test_a_directive_governs_the_statement_after_it() -> None:
    (step,) = parse("-- @set\n-- why\nSELECT 1 AS one;")
    assert (step.directive, step.sql) == ("set", "SELECT 1 AS one")


def test_a_standalone_directive_is_a_step_of_its_own() -> None:
    steps = parse("-- @default hours 24\nSELECT 1")
    assert [(step.directive, step.arguments, step.sql) for step in steps] == [
        ("default", "hours 24", None),
        (None, "", "SELECT 1"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1;\n-- @asert\nSELECT 1", r"gate\.sql:2: @asert is not a directive\. There are .*@assert"),
        ("SELECT\n-- @set\n1", r"gate\.sql:2: @set stands inside a statement"),
        ("-- @set\n-- @assert\nSELECT 1", r"gate\.sql:2: @assert stands inside a statement"),
        ("SELECT 1;\n\n-- @assert\n", r"gate\.sql:3: @assert has no statement after it"),
    ],
)
def test_a_misplaced_directive_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(JobError, match=message):
        parse(text, "gate.sql")


def test_variables_are_put_in_also_inside_of_text() -> None:
    assert substitute("SELECT '${a}' FROM ${b}.t", {"a": "x", "b": "y"}, "f.sql:1") == "SELECT 'x' FROM y.t"


def test_an_unknown_variable_is_named_with_its_place() -> None:
    with pytest.raises(JobError, match=r"f\.sql:7: \$\{c\} is not defined\. Give it in --variables; known are a, b"):
        substitute("${c}", {"b": "", "a": ""}, "f.sql:7")
