"""Makes an empty database: `python -m warehouse_checks.create_database ADDRESS NAME`."""

from __future__ import annotations

import sys

import psycopg2
from psycopg2 import sql


def main() -> None:
    """Makes it."""
    address, name = sys.argv[1:]
    connection = psycopg2.connect(address)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


if __name__ == "__main__":
    main()
