"""Asks the warehouse what its dashboards show.

    python -m warehouse_checks.dashboard_results --address postgresql://... --reader NAME FOLDER

Each card's SQL is run as Metabase runs it: what stands in double brackets is left out unless its filter is set. It is
run once without filters, which is what is shown, and once for each choice of each filter, with the grants of the reader
alone: PostgreSQL has no password of it, for the stack gives Redshift a digest. Prints
{"dashboards": [...], "queries": N, "problems": [...]}. Runs in the warehouse's own environment.
"""

from __future__ import annotations

import argparse
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import yaml

_OPTIONAL = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_TAG = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_MOST_CHOICES = 50
_A_DAY = date(2026, 1, 6)


def expand(sql: str, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The query with its filters' values as parameters; what lacks one of them is left out."""

    def optional(match: re.Match[str]) -> str:
        return match[1] if all(name in values for name in _TAG.findall(match[1])) else ""

    chosen = _OPTIONAL.sub(optional, sql)
    missing = [name for name in _TAG.findall(chosen) if name not in values]
    if missing:
        raise ValueError(f"the filter {missing[0]} is not optional and has no value")
    # The driver's own sign for a parameter is a percent sign.
    return _TAG.sub(lambda match: f"%({match[1]})s", chosen.replace("%", "%%")), values


class Warehouse:
    """Runs queries and remembers what went wrong."""

    def __init__(self, address: str, reader: str) -> None:
        options = f"-c timezone=UTC -c default_transaction_read_only=on -c role={reader}"
        self._connection = psycopg2.connect(address, options=options)
        self._connection.autocommit = True
        self.queries = 0
        self.problems: list[str] = []

    def ask(self, what: str, sql: str, values: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
        """Columns and rows; none, and a problem, when the query fails."""
        self.queries += 1
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(*expand(sql, values))
                columns = [each.name for each in cursor.description or ()]
                return columns, [[_plain(value) for value in row] for row in cursor.fetchall()]
        except (psycopg2.Error, ValueError) as error:
            self.problems.append(f"{what}: {str(error).strip().splitlines()[0]}")
            return [], []


def results(warehouse: Warehouse, slug: str, dashboard: dict[str, Any]) -> dict[str, Any]:
    """A dashboard with what its cards show."""
    filters = dashboard.get("filters", [])
    settings = {each["name"]: _settings(warehouse, slug, each) for each in filters}
    defaults = {each["name"]: each["default"] for each in filters if "default" in each}
    cards = []
    for card in dashboard["cards"]:
        what = f"{slug}.yaml: {card['title']}"
        own = {name: defaults[name] for name in card.get("filters", []) if name in defaults}
        columns, rows = warehouse.ask(what, card["sql"], own)
        for name in [card.get("x"), *card.get("y", []), card.get("series")]:
            if columns and name is not None and name not in columns:
                warehouse.problems.append(f"{what}: the query has no column {name}; it has {', '.join(columns)}")
        for name in card.get("filters", []):
            for chosen in settings[name]:
                warehouse.ask(f"{what}, filtered by {chosen}", card["sql"], own | chosen)
        shown = {
            key: card[key] for key in ("title", "description", "chart", "x", "y", "series", "position") if key in card
        }
        cards.append({**shown, "columns": columns, "rows": rows})
    return {
        "title": dashboard["title"],
        "description": dashboard.get("description", ""),
        "filters": [{"title": each["title"], "choices": len(settings[each["name"]])} for each in filters],
        "cards": cards,
    }


def _settings(warehouse: Warehouse, slug: str, of: dict[str, Any]) -> list[dict[str, Any]]:
    name = of["name"]
    if of["type"] == "category":
        if "options_sql" not in of:
            return [{name: "none such"}]
        _, rows = warehouse.ask(f"{slug}.yaml: choices of {name}", of["options_sql"], {})
        return [{name: row[0]} for row in rows[:_MOST_CHOICES]]
    if of["type"] == "number":
        return [{name: 2}]
    return [{f"{name}_from": _A_DAY}, {f"{name}_to": _A_DAY}, {f"{name}_from": _A_DAY, f"{name}_to": _A_DAY}]


def _plain(value: Any) -> Any:
    if isinstance(value, (date, Decimal)):
        return str(value)
    return value


def main() -> None:
    """Asks for every dashboard of the folder."""
    parser = argparse.ArgumentParser(prog="warehouse_checks.dashboard_results")
    parser.add_argument("--address", required=True)
    parser.add_argument("--reader", required=True)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    warehouse = Warehouse(arguments.address, arguments.reader)
    dashboards = [
        results(warehouse, file.stem, yaml.safe_load(file.read_text()))
        for file in sorted(arguments.folder.glob("*.yaml"))
    ]
    print(json.dumps({"dashboards": dashboards, "queries": warehouse.queries, "problems": warehouse.problems}))


if __name__ == "__main__":
    main()
