"""Renders every model for Redshift without one, and judges the SQL before anything is deployed.

    python -m warehouse_checks.redshift_dialect CONFIG.json

The configuration names `project` (folder of the dbt project), `dashboards` (folder of their YAML, or null), `models`
(paths below models/ that are built, [] for all), `titles` (of the dashboards that are provisioned; null for all),
`scratch`, and by what names to tell of the two folders: `shownProject`, `shownDashboards`.

A model that is incremental is rendered twice: as it is built first, and as it is built when its table is there. dbt
asks the database whether it is; here the answer is given in the database's place, and nothing else is. Prints
{"problems": ["file:line: sentence", ...], "queries": N, "differences": [...]}. Runs in the warehouse's own environment.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dbt.adapters.base.impl import BaseAdapter
from dbt.cli.main import dbtRunner

from .dashboard_queries import dashboard_problems
from .known_columns import KnownColumns
from .source_lines import Place, line_of_column, line_of_word, source_line
from .sql_problems import Problem, suggestion

# An adapter asks for them before it renders; nothing is ever connected to.
_NOWHERE = {
    "DBT_HOST": "127.0.0.1",
    "DBT_DATABASE": "rendered",
    "DBT_USER": "nobody",
    "DBT_ENV_SECRET_PASSWORD": "none",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}
_FAILED_FILE = re.compile(r"\(([^()\s]+\.(?:sql|ya?ml))\)")
_FAILED_LINE = re.compile(r"\bline (\d+)")
_UNDEFINED = re.compile(r"'(\w+)' is undefined")
_NOT_FOUND = re.compile(r"(?:source|node) named '(\w+)")


@dataclass(frozen=True)
class Rendered:
    """A model, a test, or what runs before a model, as SQL.

    Attributes:
        name: For a line of a report.
        file: The file that it was written in, below the project.
        parents: Ids of what it reads.
        relation: Schema and name of what it becomes; None for a test.
        tested: Name of the model and the column that a test is about, where it is about one.
    """

    id: str
    name: str
    file: str
    sql: str
    parents: tuple[str, ...]
    relation: tuple[str, str] | None
    tested: tuple[str, str | None] | None


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


class CannotRender(Exception):
    """dbt does not make SQL of the project; the message is dbt's own."""


class Project:
    """A dbt project that is rendered and never run."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder
        self._scratch = scratch
        self.manifest: dict[str, Any] = {}

    def render(self, engine: str, *, exist: bool) -> list[Rendered]:
        """The SQL of each model and test, what is read before what reads it.

        Raises:
            CannotRender: dbt does not understand the project.
        """
        target = self._scratch / f"{engine}-{'next' if exist else 'first'}"
        os.environ.update(_NOWHERE, WAREHOUSE_ENGINE=engine)
        self._arguments = [
            *("--project-dir", str(self.folder), "--profiles-dir", str(self.folder), "--target-path", str(target)),
            *("--no-populate-cache", "--no-introspect", "--no-partial-parse", "--quiet"),
        ]
        with _relations(exist=exist), contextlib.redirect_stdout(io.StringIO()):
            nodes = self._compile()
            self.manifest = json.loads((target / "manifest.json").read_text())
            hooks = [hook for node in nodes for hook in self._hooks(node)] if exist else []
        return _in_order([_rendered(node) for node in nodes]) + hooks

    def _compile(self, *more: str) -> list[Any]:
        outcome = dbtRunner().invoke(["compile", *self._arguments, *more])
        results = getattr(outcome.result, "results", ())
        failed = [str(each.message) for each in results if each.status not in ("success", "pass")]
        if not outcome.success:
            raise CannotRender("\n".join(failed) or str(outcome.exception))
        return [each.node for each in results]

    def _hooks(self, node: Any) -> Iterator[Rendered]:
        """What a model has run before new rows come. Its `this` and its branch are not those of an inline query."""
        for hook in getattr(node.config, "pre_hook", ()):
            body = re.sub(r"\{%-?\s*(if is_incremental\(\)|endif)\s*-?%\}", "", hook.sql)
            sql = re.sub(r"\bthis\b", f"ref('{node.name}')", body)
            (inline,) = self._compile("--inline", sql)
            name = f"{node.original_file_path} (before new rows)"
            yield Rendered(node.unique_id, name, node.original_file_path, inline.compiled_code, (), None, None)


def _rendered(node: Any) -> Rendered:
    is_model = node.resource_type == "model"
    attached = getattr(node, "attached_node", None)
    return Rendered(
        id=node.unique_id,
        name=node.original_file_path if is_model else f"{node.original_file_path}: {node.name}",
        file=node.original_file_path,
        sql=node.compiled_code,
        parents=tuple(node.depends_on.nodes),
        relation=(node.schema, node.alias) if is_model else None,
        tested=(attached.split(".")[-1], getattr(node, "column_name", None)) if attached else None,
    )


def _in_order(nodes: list[Rendered]) -> list[Rendered]:
    left = {node.id: node for node in sorted(nodes, key=lambda node: node.name)}
    ordered: list[Rendered] = []
    while left:
        ready = [node for node in left.values() if not any(parent in left for parent in node.parents)]
        ordered += ready
        for node in ready:
            del left[node.id]
    return ordered


def declared_columns(manifest: dict[str, Any]) -> KnownColumns:
    """The tables of the sources, with the columns that the project declares."""
    known = KnownColumns()
    for source in manifest["sources"].values():
        columns = list(source["columns"]) or None
        known.add((source["schema"], source["identifier"]), columns, f"{source['source_name']}.{source['name']}")
    return known


def problems_of(project: Project, nodes: list[Rendered], known: KnownColumns) -> list[str]:
    """What is wrong with models and tests, by file and line. What the models give is known from then on."""
    found = []
    for node in nodes:
        problems, columns = known.judge(node.sql)
        if node.relation is not None and not known.has(node.relation):
            # Of a model that is wrong nobody knows what it would give, and its readers are not to blame.
            known.add(node.relation, None if problems else columns, node.relation[1])
        found += [_told(project, node, problem) for problem in problems]
    return found


def _told(project: Project, node: Rendered, problem: Problem) -> str:
    text = (project.folder / node.file).read_text()
    if node.tested is not None:
        place = line_of_column(text, *node.tested)
        return f"{node.file}:{place}: the test {node.name.split(': ')[-1]}: {problem.sentence}"
    place = source_line(text, node.sql, problem.line)
    return f"{node.file}:{place.line}: {problem.sentence}{_shown(node.sql, place, problem)}"


def _shown(sql: str, place: Place, problem: Problem) -> str:
    """The rendered line, where the file does not have it."""
    return "" if place.is_verbatim else f" (rendered: {sql.splitlines()[problem.line - 1].strip()[:80]})"


def cannot_render(project: Project, message: str) -> str:
    """What dbt says of a project that it cannot render, as a line with file and line."""
    file = _FAILED_FILE.search(message)
    line = _FAILED_LINE.search(message)
    undefined = _UNDEFINED.search(message)
    told = [each.strip() for each in message.splitlines() if each.strip()]
    reason = told[1] if len(told) > 1 and _FAILED_FILE.search(told[0]) else " ".join(told)
    if undefined:
        macros = {each["name"] for each in project.manifest.get("macros", {}).values()}
        reason = f"there is no macro or variable '{undefined[1]}'{suggestion(undefined[1], macros)}"
    if file is None:
        return f"dbt_project.yml:1: {reason[:300]}; mend it"
    text = (project.folder / file[1]).read_text() if (project.folder / file[1]).exists() else ""
    named = undefined or _NOT_FOUND.search(message)
    at = int(line[1]) if line else line_of_word(text, named[1]) if named else 1
    return f"{file[1]}:{at}: {reason[:300]}; mend it"


def differences(redshift: list[Rendered], postgres: list[Rendered]) -> list[str]:
    """What is written otherwise for PostgreSQL: a line for each place."""
    found = []
    theirs_by_name = {node.name: node.sql for node in postgres}
    for node in redshift:
        ours, theirs = node.sql.splitlines(), theirs_by_name[node.name].splitlines()
        changes = difflib.SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes()
        for kind, start, end, other_start, other_end in changes:
            if kind != "equal":
                here = " ".join(" ".join(theirs[other_start:other_end]).split())
                there = " ".join(" ".join(ours[start:end]).split())
                found.append(f"{node.name}: {there or 'nothing'} | {here or 'nothing'}")
    return found


def built(nodes: list[Rendered], models: list[str]) -> set[str]:
    """Ids of the models that are built: those that are asked for, with all that they need."""
    by_id = {node.id: node for node in nodes if node.relation is not None}
    if not models:
        return set(by_id)
    asked = {f"models/{model}" for model in models}
    left = [node.id for node in by_id.values() if node.file in asked or node.file.startswith("models/utilities/")]
    found: set[str] = set()
    while left:
        node = left.pop()
        if node in by_id and node not in found:
            found.add(node)
            left += by_id[node].parents
    return found


def main() -> None:
    """Renders, judges and compares."""
    config = json.loads(Path(sys.argv[1]).read_text())
    scratch = Path(config["scratch"])
    copy = scratch / "project"
    shutil.copytree(config["project"], copy, ignore=shutil.ignore_patterns("target", "logs"), dirs_exist_ok=True)
    project = Project(copy, scratch)
    try:
        first = project.render("redshift", exist=False)
        following = project.render("redshift", exist=True)
        unlike = differences(first, project.render("postgres", exist=False))
        unlike += differences(following, project.render("postgres", exist=True))
    except CannotRender as error:
        problem = f"{config['shownProject']}/{cannot_render(project, str(error))}"
        print(json.dumps({"problems": [problem], "queries": 0, "differences": []}))
        return
    known = declared_columns(project.manifest)
    problems = problems_of(project, first, known) + problems_of(project, following, known)
    told = [f"{config['shownProject']}/{problem}" for problem in problems]
    if config["dashboards"]:
        is_built = built(first, config["models"])
        for node in first:
            if node.relation is not None and node.id not in is_built:
                known.leave_out(node.relation)
        folder, titles = Path(config["dashboards"]), config["titles"]
        told += [f"{config['shownDashboards']}/{each}" for each in dashboard_problems(folder, titles, known)]
    print(
        json.dumps(
            {
                "problems": list(dict.fromkeys(told)),
                "queries": len(first) + len(following),
                "differences": list(dict.fromkeys(unlike)),
            }
        )
    )


if __name__ == "__main__":
    main()
