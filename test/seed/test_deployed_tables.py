"""The tables that the blueprint's own template makes in the emulator, against the seed's DDL by what DESCRIBE says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from emulator_harness import jars, started_emulator
from seed_tables import seed_ddl

ROOT = Path(__file__).resolve().parents[2]
STACK = "TradingLakehouseStack"
CATALOG_TYPES = ("AWS::Glue::Database", "AWS::Glue::Table")
# Tables of the blueprint that the seed has none of: trades judged invalid, and features to learn from.
BESIDES = ("silver.trades_quarantine", "gold.trade_features")


def synthesized(folder: Path) -> dict[str, Any]:
    settings = json.loads((ROOT / "cdk.json").read_text())
    environment = {**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(settings["context"])}
    subprocess.run(settings["app"].split(), cwd=ROOT, env=environment, check=True, timeout=60)
    return json.loads((folder / f"{STACK}.template.json").read_text())["Resources"]


def catalog_of(resources: dict[str, Any]) -> dict[str, Any]:
    """The databases and tables as they are, and the bucket that they lie in without the key and policies around it."""
    catalog = {
        name: {key: value for key, value in resource.items() if key != "DependsOn"}
        for name, resource in resources.items()
        if resource["Type"] in CATALOG_TYPES
    }
    buckets = [name for name, resource in resources.items() if resource["Type"] == "AWS::S3::Bucket"]
    (bucket,) = [name for name in buckets if json.dumps({"Ref": name}) in json.dumps(catalog)]
    return {bucket: {"Type": "AWS::S3::Bucket"}, **catalog}


def table_names(resources: dict[str, Any]) -> list[str]:
    """Such as ``silver.trades``, in order."""
    tables = [resource["Properties"] for resource in resources.values() if resource["Type"] == "AWS::Glue::Table"]
    databases = [resources[table["DatabaseName"]["Ref"]]["Properties"]["DatabaseInput"]["Name"] for table in tables]
    return sorted(f"{database}.{table['Name']}" for database, table in zip(databases, tables, strict=True))


def test_the_deployed_tables_are_those_of_the_seeds_ddl(tmp_path: Path) -> None:
    resources = catalog_of(synthesized(tmp_path / "cdk.out"))
    assert table_names(resources) == sorted([*seed_ddl(), *BESIDES])
    with started_emulator(tmp_path / "emulator") as (emulator, _):
        emulator.deploy(STACK, resources)
        script = [sys.executable, str(ROOT / "test/seed/seed_tables.py")]
        arguments = ["--endpoint", emulator.endpoint, "--jars", ":".join(jars("spark"))]
        compared = subprocess.run([*script, *arguments], capture_output=True, text=True, timeout=180, check=False)
    # Java may warn on standard output, too.
    assert (compared.returncode, compared.stdout.splitlines()[-1]) == (0, "[]"), compared.stderr[-2000:]
