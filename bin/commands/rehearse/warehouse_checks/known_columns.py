"""Whether queries name columns that there are: tables of sources as they are declared, models as they come out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

from .sql_problems import Problem, line_of, parse, suggestion

Relation = tuple[str, str]

_UNKNOWN = re.compile(r"(?:Unknown column: |[Cc]olumn '?\"?)(?P<name>\w+)")
_MOST_PROBLEMS = 20


class KnownColumns:
    """Tables by schema and name, with their columns where these are known."""

    def __init__(self) -> None:
        self._columns: dict[Relation, list[str] | None] = {}
        self._titles: dict[Relation, str] = {}
        self._left_out: set[Relation] = set()

    def add(self, relation: Relation, columns: Iterable[str] | None, title: str) -> None:
        """Makes a table known; its columns are None when nobody knows them."""
        self._columns[relation] = None if columns is None else [each.lower() for each in columns]
        self._titles[relation] = title

    def has(self, relation: Relation) -> bool:
        """Whether the table was made known."""
        return relation in self._columns

    def leave_out(self, relation: Relation) -> None:
        """Says of a table that it will not be built."""
        self._left_out.add(relation)

    def table_problems(self, sql: str) -> list[Problem]:
        """Tables that a query reads and that will not be there."""
        statements, _ = parse(sql)
        found = []
        for statement in statements:
            with_names = {each.alias_or_name for each in statement.find_all(exp.CTE)}
            for table in statement.find_all(exp.Table):
                relation = (table.db, table.name)
                if (not table.db and table.name in with_names) or self._is_there(relation):
                    continue
                found.append(Problem(line_of(table), self._missing(relation)))
        return found

    def judge(self, sql: str) -> tuple[list[Problem], list[str] | None]:
        """What is wrong with a query, and the columns that it gives: None when they cannot be told."""
        statements, problem = parse(sql)
        if problem is not None:
            return [problem], None
        query = statements[-1]
        relations = {(table.db, table.name) for table in query.find_all(exp.Table) if table.db}
        if any(self._columns.get(relation) is None for relation in relations):
            return [], _names(query)
        return self._unresolved(query, relations)

    def _unresolved(self, query: exp.Expression, relations: set[Relation]) -> tuple[list[Problem], list[str] | None]:
        schema = MappingSchema(dialect="redshift")
        for relation in relations:
            table = exp.table_(relation[1], db=relation[0])
            schema.add_table(table, dict.fromkeys(self._columns[relation] or (), "unknown"), match_depth=False)
        for table in query.find_all(exp.Table):
            table.set("catalog", None)
        found = self._unknown_after_grouping(query, relations)
        while len(found) < _MOST_PROBLEMS:
            try:
                qualified = qualify(query.copy(), schema=schema, dialect="redshift", identify=False)
                return found, _names(qualified)
            except OptimizeError as error:
                match = _UNKNOWN.search(str(error))
                if match is None:
                    return [*found, Problem(1, f"{str(error).splitlines()[0]}; correct it")], None
                query, culprit = _without(query, match["name"], schema)
                found.append(self._no_such(culprit, relations))
        return found, None

    def _unknown_after_grouping(self, query: exp.Expression, relations: set[Relation]) -> list[Problem]:
        """Columns of HAVING and QUALIFY, which sqlglot leaves alone where they name no table."""
        there = {each for relation in relations for each in self._columns[relation] or ()}
        there |= {each.alias.lower() for each in query.find_all(exp.Alias)}
        columns = (column for part in query.find_all(exp.Having, exp.Qualify) for column in part.find_all(exp.Column))
        return [self._no_such(each, relations) for each in columns if not each.table and each.name.lower() not in there]

    def _no_such(self, column: exp.Column, relations: set[Relation]) -> Problem:
        names = {each for relation in relations for each in self._columns[relation] or ()}
        tables = ", ".join(sorted(self._titles[relation] for relation in relations)) or "what is read"
        sentence = f"there is no column '{column.name}' in {tables}"
        return Problem(line_of(column), sentence + (suggestion(column.name, names) or "; correct it"))

    def _is_there(self, relation: Relation) -> bool:
        return relation in self._columns and relation not in self._left_out

    def _missing(self, relation: Relation) -> str:
        name = ".".join(each for each in relation if each)
        if relation in self._left_out:
            return f"the table {name} is not built: 'models' of blueprint.yaml leaves it out; add it there"
        known = [".".join(each) for each in self._columns if each not in self._left_out]
        return f"there is no table {name}" + (suggestion(name, known) or "; name one that the models build")


def _names(query: exp.Expression) -> list[str] | None:
    is_told = isinstance(query, exp.Query) and not query.is_star
    return [each.lower() for each in query.named_selects] if is_told else None


def _without(query: exp.Expression, name: str, schema: MappingSchema) -> tuple[exp.Expression, exp.Column]:
    """The query without the column that cannot be resolved, and that column. Of several of one name, those that can be
    are found out by taking away one after another, until nobody complains of the name any more."""
    reduced = query.copy()
    columns = [each for each in reduced.find_all(exp.Column) if each.name.lower() == name.lower()]
    if not columns:
        raise ValueError(f"the query has no column {name}")
    for column in columns:
        culprit = column.copy()
        is_selected = isinstance(column.parent, exp.Select) and column.arg_key == "expressions"
        null = exp.null()
        column.replace(exp.alias_(null, column.alias_or_name) if is_selected else null)
        if not _complains(reduced, name, schema):
            break
    return reduced, culprit


def _complains(query: exp.Expression, name: str, schema: MappingSchema) -> bool:
    try:
        qualify(query.copy(), schema=schema, dialect="redshift", identify=False)
    except OptimizeError as error:
        match = _UNKNOWN.search(str(error))
        return match is not None and match["name"].lower() == name.lower()
    return False
