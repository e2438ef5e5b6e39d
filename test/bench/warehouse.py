"""Ingestion and dbt on a million trades: `python warehouse.py ROWS`, in the environment of the warehouse.

Prints one JSON object: seconds of the first sync from a local API, of the first build and of one with 1 % more rows,
each the whole task as it is deployed, from the start of its process; of the builds also what `dbt build` took in it.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import psycopg2
from postgres_server import postgres
from sources.__main__ import Sources
from sources.customers import Customers, fill_crm

ROOT = Path(__file__).parents[2]
_SYMBOLS = [f"SYM{number:02d}" for number in range(20)]
_DAY_SECONDS = 86_400

# The task as it is deployed, but told of the warehouse and of the secrets by its caller.
_TASK = """
import json, os, sys
from warehouse_tasks import environment, ingest
login = environment.Warehouse(**json.loads(os.environ["BENCH_WAREHOUSE"]))
ingest.warehouse = lambda: login
ingest.secret = lambda arn: json.loads(os.environ["BENCH_SECRET"])
sys.exit(ingest.main())
"""

# The same of the task that builds; a folder stands for the bucket.
_BUILD = """
import json, os, shutil, sys
from pathlib import Path
from types import SimpleNamespace
from folder_bucket import FolderBucket
from warehouse_tasks import dbt, environment
login = environment.Warehouse(**json.loads(os.environ["BENCH_WAREHOUSE"]))
dbt.warehouse = lambda: login
dbt.boto3 = SimpleNamespace(client=lambda service: FolderBucket(Path(os.environ["BENCH_BUCKET"])))
dbt.unpack = lambda uri, folder: Path(shutil.copytree(uri, folder, dirs_exist_ok=True))
sys.exit(dbt.main(["build"]))
"""


def trades(first: int, count: int, rows: int) -> Iterator[bytes]:
    """Trades in order, over four days; of every tenth it is known who traded, as of the rehearsal's."""
    chance = random.Random(first)
    for number in range(first, first + count):
        second = 4 * _DAY_SECONDS * number // (rows + rows // 50)
        day, rest = divmod(second, _DAY_SECONDS)
        clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}.{number % 1000:03d}"
        symbol = _SYMBOLS[chance.randrange(20)]
        price = f"{chance.randrange(10_000, 99_999) / 100:.2f}"
        line = (
            f'{{"trade_id":"T{number:09d}","symbol":"{symbol}","price":"{price}",'
            f'"quantity":"{chance.randrange(1, 900)}","timestamp":"2026-01-{5 + day:02d}T{clock}Z"'
        )
        if number % 10 == 0:
            line += f',"side":"{chance.choice(["buy", "sell"])}","trader_id":"TR{chance.randrange(500):03d}"'
        line += "}"
        yield line.encode()


def main() -> None:
    """Measures."""
    rows = int(sys.argv[1])
    with postgres() as server, tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in ("trades.jsonl", "served.jsonl"):
            (folder / name).touch()
        customers = Customers(1)
        (folder / "billing.json").write_text(json.dumps(customers.billing))
        login = {key: server[key] for key in ("host", "port", "user", "password")}
        admin = psycopg2.connect(**login, dbname="postgres")
        admin.autocommit = True
        for database in ("warehouse", "crm"):
            admin.cursor().execute(f"create database {database}")
        fill_crm(f"postgresql://postgres:none@127.0.0.1:{server['port']}/crm", customers)
        os.environ["SOURCES_TOKEN"] = "token"
        apis = Sources(
            Namespace(
                port=0,
                trades=folder / "trades.jsonl",
                served=os.devnull,
                billing=folder / "billing.json",
                complete=True,
                limit_every=0,
                fail_every=0,
            )
        )
        apis.exchange.publish(trades(0, rows, rows), complete=True)
        threading.Thread(target=apis.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{apis.server_address[1]}"
        urls = {
            "exchange_api": f"{base}/exchange/v1",
            "crm": f"postgresql://127.0.0.1:{server['port']}/crm",
            "billing": f"{base}/billing/v2",
        }
        syncs = json.loads(os.environ["BENCH_SYNCS"])
        seconds = {name: sync(syncs[name], url, server) for name, url in urls.items()}
        first = build(server, folder)
        apis.exchange.publish(trades(rows, rows // 100, rows), complete=True)
        sync(syncs["exchange_api"], urls["exchange_api"], server)
        following = build(server, folder)
        print(json.dumps({"ingestionSeconds": seconds["exchange_api"], "first": first, "following": following}))


def sync(config: dict, url: str, server: dict) -> float:
    """Runs an ingestion task; gives the seconds that it took."""
    warehouse = {"engine": "postgres", "database": "warehouse", **server}
    environment = {
        **os.environ,
        "SYNC": json.dumps(config),
        "SOURCE_URL": url,
        "SOURCE_SECRET_ARN": "of the benchmark",
        "BENCH_WAREHOUSE": json.dumps(warehouse),
        "BENCH_SECRET": json.dumps({"token": "token", "username": "postgres", "password": "none"}),
    }
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", _TASK], env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begun


def build(server: dict, folder: Path) -> dict[str, float]:
    """Runs the task that builds; gives the seconds that it took, and those of `dbt build` alone, as the task tells."""
    environment = {
        **os.environ,
        "PROJECT_URI": str(ROOT / "blueprints" / "warehouse" / "dbt"),
        "ARTIFACTS_URI": "s3://bench/dbt",
        "SLIM": "true",
        "BENCH_BUCKET": str(folder),
        "BENCH_WAREHOUSE": json.dumps({"engine": "postgres", "database": "warehouse", **server}),
    }
    begun = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", _BUILD], env=environment, check=True, stdout=subprocess.PIPE)
    task = time.monotonic() - begun
    return {"task": task, "build": json.loads(ran.stdout.splitlines()[-1])["seconds"]}


if __name__ == "__main__":
    main()
