"""Waits until a table has rows that arrived after a moment: `python -m warehouse_checks.watch ADDRESS TABLE MOMENT`.

Prints how many. Gives up after a minute, with status 1.
"""

from __future__ import annotations

import sys
import time

import psycopg2
from psycopg2 import sql

_SECONDS = 60


def main() -> int:
    """Looks again and again."""
    address, table, moment = sys.argv[1:]
    query = sql.SQL("select count(*) from {} where ingested_at > %s").format(sql.Identifier(*table.split(".")))
    connection = psycopg2.connect(address)
    connection.autocommit = True
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(query, (moment,))
            found = cursor.fetchone()
        if found and found[0]:
            print(found[0])
            return 0
        time.sleep(0.02)
    return 1


if __name__ == "__main__":
    sys.exit(main())
