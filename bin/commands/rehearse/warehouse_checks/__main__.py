"""Judges a warehouse: `python -m warehouse_checks CONFIG.json`.

The configuration names `served` (what the exchange wrote down), `customers` (JSON of the CRM's and the billing
service's rows), `tables` (folder of Parquet files), `metric` (rows of the semantic layer: trader and value),
`quarantined` (rows in the quarantine that were not loaded) and `when` (for the names of the checks); with `before`
(folder of earlier tables) and `published` (what was published in between) it judges which rows changed. Prints
{"checks": [...], "figures": {...}} on one line.
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from .compare import SIXTEEN, Check, changes, compare
from .expected import marts, read_served


def main() -> None:
    """Compares, and prints the outcome."""
    config = json.loads(Path(sys.argv[1]).read_text(), parse_float=Decimal)
    served = read_served(Path(config["served"]))
    customers = json.loads(Path(config["customers"]).read_text())
    database = marts(served, customers)
    when = config["when"]
    checks = compare(database, Path(config["tables"]), when)
    checks.append(
        Check(
            f"quarantine {when}",
            f"{len(served.unfit):,} rows that fit no column",
            f"{config['quarantined']:,} rows that fit no column",
            len(served.unfit) == config["quarantined"],
        )
    )
    if "before" in config:
        published = read_served(Path(config["published"]))
        checks += changes(Path(config["before"]), Path(config["tables"]), published, when)
    if "metric" in config:
        checks.append(_metric(database, config["metric"], when))
    print(json.dumps({"checks": [check.as_dict() for check in checks], "rows": served.rows}))


def _metric(database: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], when: str) -> Check:
    wanted = dict(database.execute("select trader_id, sum(gain_on_vwap) from performance group by 1").fetchall())
    found = {row["trader"]: row["value"] for row in rows}
    wrong = [
        trader
        for trader in wanted.keys() | found.keys()
        # Exact where the value is printed with all its digits; `mf query` rounds to fewer.
        if abs(Decimal(wanted.get(trader, 0)) / SIXTEEN - Decimal(str(found.get(trader, "NaN")))) > Decimal("0.005")
    ]
    shown = f"; {wrong[0]} has {found.get(wrong[0])}" if wrong else ", to the cent"
    return Check(
        f"metric trader_performance {when}",
        f"{len(wanted):,} traders, to the cent",
        f"{len(found):,} traders{shown}",
        not wrong,
    )


if __name__ == "__main__":
    main()
