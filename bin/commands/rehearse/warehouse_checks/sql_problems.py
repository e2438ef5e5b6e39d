"""What Redshift's grammar has against a query, as far as syntax and the names of functions tell."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp


@dataclass(frozen=True)
class Problem:
    """A sentence with its remedy, and the line of the query that it is about, from 1 on."""

    line: int
    sentence: str


def parse(sql: str) -> tuple[list[exp.Expression], Problem | None]:
    """The statements of a query, or why Redshift would not take it."""
    try:
        statements = sqlglot.parse(sql, read="redshift", error_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.ParseError as error:
        told = error.errors[0]
        near = (told.get("highlight") or "").strip() or "its end"
        return [], Problem(told.get("line") or 1, f"the SQL does not parse near '{near}'; correct it")
    except sqlglot.errors.TokenError:
        return [], Problem(_open_line(sql), "a quote or a comment is not closed; close it")
    for statement in statements:
        if statement is None:
            return [], Problem(1, "a statement is empty; remove its semicolon")
        if isinstance(statement, exp.Command):
            return [], Problem(1, f"the SQL is not understood: {statement.sql()[:80]}; correct it")
        unknown = next(statement.find_all(exp.Anonymous), None)
        if unknown is not None:
            sentence = f"Redshift is not known to have a function '{unknown.name}'; use another one"
            return [], Problem(line_of(unknown), sentence)
    return [each for each in statements if each is not None], None


def line_of(node: exp.Expression) -> int:
    """The line of a part of a query; where the parser did not note it, that of the nearest part that has one."""
    for part in node.walk():
        if "line" in part.meta:
            return int(part.meta["line"])
    return 1


def suggestion(given: str, known: Iterable[str]) -> str:
    """The nearest of the names that there are."""
    names = sorted(known)
    near = difflib.get_close_matches(given.lower(), names, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _open_line(sql: str) -> int:
    """Where the quote begins that nothing closes: the last line on which the number of quotes becomes odd."""
    is_open, at = False, 1
    for number, line in enumerate(sql.splitlines(), 1):
        if line.count("'") % 2 == 1:
            is_open = not is_open
            at = number if is_open else at
    return at
