"""Prints the only value that a query gives, empty for NULL: `python -m warehouse_checks.ask ADDRESS QUERY`."""

from __future__ import annotations

import sys

import psycopg2


def main() -> None:
    """Asks."""
    address, query = sys.argv[1:]
    connection = psycopg2.connect(address, options="-c timezone=UTC")
    with connection, connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    print("" if row is None or row[0] is None else row[0])


if __name__ == "__main__":
    main()
