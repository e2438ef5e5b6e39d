"""`python append_rows.py FILE`: the rows that the file holds beside what `break_promise` is told, in one commit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
from faults.break_promise import opened
from pyiceberg.io.pyarrow import schema_to_pyarrow

if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    table = opened(told)
    names = [field.name for field in table.schema().fields]
    columns = {name: pa.array([row.get(name) for row in told["rows"]]) for name in names}
    table.append(pa.table(columns).cast(schema_to_pyarrow(table.schema(), include_field_ids=False)))
