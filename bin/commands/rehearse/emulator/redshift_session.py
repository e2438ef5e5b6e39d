"""Sends statements to PostgreSQL for the emulator: a JSON object a line in, one out.

A process of its own, for it runs in the Python that has a driver: `{"database", "sql", "role"}` is answered with
`{"columns": [...], "rows": [...], "count": n}`, or with `{"error": "..."}`.
"""

import json
import os
import sys
from typing import Any

import psycopg2

Json = dict[str, Any]


def main() -> None:
    """Serves until its standard input ends."""
    connections: dict[str, Any] = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = execute(_connection(connections, request["database"]), request)
        except psycopg2.Error as error:
            answer = {"error": str(error).strip()}
        print(json.dumps(answer, default=str), flush=True)


def execute(connection: Any, request: Json) -> Json:
    """Runs one statement, as the role that the request names or else as the administrator."""
    with connection.cursor() as cursor:
        if request.get("role"):
            quoted = request["role"].replace('"', '""')
            cursor.execute(f'SET SESSION AUTHORIZATION "{quoted}"')
        try:
            cursor.execute(request["sql"])
            columns = [column.name for column in cursor.description or []]
            rows = cursor.fetchall() if cursor.description else []
        finally:
            cursor.execute("RESET SESSION AUTHORIZATION")
    return {"columns": columns, "rows": rows, "count": max(cursor.rowcount, 0)}


def _connection(connections: dict[str, Any], database: str) -> Any:
    known = connections.get(database)
    if known is None or known.closed:
        known = connections[database] = psycopg2.connect(os.environ["POSTGRES_URL"], dbname=database)
        known.autocommit = True
    return known


if __name__ == "__main__":
    main()
