"""Prints the days of silver that are not over yet, `{"from", "to"}` as ISO dates, or `{}` when there are none.

Gold leaves such days out until they are over, unless it is asked for them.
"""

import argparse
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from checks.config import Config
from checks.lake import open_catalog

EPOCH = date(1970, 1, 1)


def last_day(config: Config) -> date | None:
    """The newest day with trades, by the partitions of silver."""
    table = open_catalog(config).load_table(config.tables["silver"])
    if table.current_snapshot() is None:
        return None
    days: list[date] = []
    for partition in table.inspect.partitions().column("partition").to_pylist():
        value = next(iter(partition.values()))
        if value is not None:
            days.append(value if isinstance(value, date) else EPOCH + timedelta(days=value))
    return max(days, default=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, type=Path)
    config = Config.read(parser.parse_args().config)
    today = datetime.now(UTC).date()
    newest = last_day(config)
    is_open = newest is not None and newest >= today
    print(json.dumps({"from": str(today), "to": str(newest)} if is_open else {}))


if __name__ == "__main__":
    main()
