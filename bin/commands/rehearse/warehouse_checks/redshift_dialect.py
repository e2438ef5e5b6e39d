"""Renders every model for Redshift without one, and has the SQL parsed as Redshift's.

    python -m warehouse_checks.redshift_dialect PROJECT SCRATCH

A model that is incremental is rendered twice: as it is built first, and as it is built when its table is there. dbt
asks the database whether it is; here the answer is given in the database's place, and nothing else is. Prints
{"models": [{"name", "branch", "problem"}], "differences": [...]}. Runs in the warehouse's own environment.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlglot
from dbt.adapters.base.impl import BaseAdapter
from dbt.cli.main import dbtRunner
from sqlglot import exp

# An adapter asks for them before it renders; nothing is ever connected to.
_NOWHERE = {
    "DBT_HOST": "127.0.0.1",
    "DBT_DATABASE": "rendered",
    "DBT_USER": "nobody",
    "DBT_ENV_SECRET_PASSWORD": "none",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}
_HOOK = "{{ remove_void_trades(ref('fct_trades')) }}"


@contextlib.contextmanager
def _relations(*, exist: bool) -> Iterator[None]:
    """Answers in the database's place whether a model's table is there."""

    def get_relation(self: Any, database: str, schema: str, identifier: str) -> Any:
        if not exist:
            return None
        return self.Relation.create(database=database, schema=schema, identifier=identifier, type="table")

    asked = BaseAdapter.get_relation
    BaseAdapter.get_relation = get_relation  # type: ignore[method-assign]
    try:
        yield
    finally:
        BaseAdapter.get_relation = asked  # type: ignore[method-assign]


def render(project: Path, scratch: Path, engine: str, *, exist: bool) -> dict[str, str]:
    """The SQL of each model and test, by its path; of a test, below the file that asks for it."""
    target = scratch / f"{engine}-{'next' if exist else 'first'}"
    os.environ.update(_NOWHERE, WAREHOUSE_ENGINE=engine)
    folders = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(target)]
    offline = ["--no-populate-cache", "--no-introspect", "--no-partial-parse", "--quiet"]
    with _relations(exist=exist), contextlib.redirect_stdout(io.StringIO()):
        _compile([*folders, *offline])
        if exist:
            hook = _compile([*folders, *offline, "--inline", _HOOK]).result.results[0].node.compiled_code
    rendered = target / "compiled" / "trading_warehouse"
    files = (file for file in sorted((rendered / "models").rglob("*.sql")) if file.is_file())
    found = {str(file.relative_to(rendered)): file.read_text() for file in files}
    return found | ({"models/marts/fct_trades.sql (before new rows)": hook} if exist else {})


def _compile(arguments: list[str]) -> Any:
    outcome = dbtRunner().invoke(["compile", *arguments])
    if not outcome.success:
        raise SystemExit(f"The project cannot be rendered: {outcome.exception or outcome.result}")
    return outcome


def problem(sql: str) -> str | None:
    """Why Redshift would not take a query, as far as its syntax and the names of functions tell."""
    try:
        statements = sqlglot.parse(sql, read="redshift", error_level=sqlglot.ErrorLevel.RAISE)
    except sqlglot.errors.ParseError as error:
        return str(error).splitlines()[0]
    for statement in statements:
        if statement is None:
            return "an empty statement"
        if isinstance(statement, exp.Command):
            return f"not understood: {statement.sql()[:80]}"
        unknown = sorted({each.name for each in statement.find_all(exp.Anonymous)})
        if unknown:
            return f"functions that Redshift is not known to have: {', '.join(unknown)}"
    return None


def differences(redshift: dict[str, str], postgres: dict[str, str]) -> list[str]:
    """What is written otherwise for PostgreSQL: a line for each place."""
    found = []
    for name in sorted(redshift):
        ours, theirs = (text[name].splitlines() for text in (redshift, postgres))
        changes = difflib.SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes()
        for kind, start, end, other_start, other_end in changes:
            if kind != "equal":
                here = " ".join(" ".join(theirs[other_start:other_end]).split())
                there = " ".join(" ".join(ours[start:end]).split())
                found.append(f"{name}: {there or 'nothing'} | {here or 'nothing'}")
    return found


def main() -> None:
    """Renders, parses and compares."""
    project, scratch = Path(sys.argv[1]), Path(sys.argv[2])
    copy = scratch / "project"
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("target", "logs"), dirs_exist_ok=True)
    models = []
    unlike: list[str] = []
    for branch, exist in (("first build", False), ("next build", True)):
        redshift = render(copy, scratch, "redshift", exist=exist)
        unlike += differences(redshift, render(copy, scratch, "postgres", exist=exist))
        models += [{"name": name, "branch": branch, "problem": problem(sql)} for name, sql in redshift.items()]
    print(json.dumps({"models": models, "differences": list(dict.fromkeys(unlike))}))


if __name__ == "__main__":
    main()
