"""What the tests of the emulator share: starting one, deploying to it, waiting for it.

Kafka and Spark are real; without the toolchain that holds them these tests fail rather than pass for nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest

REPOSITORY = Path(__file__).resolve().parents[5]
REHEARSE = REPOSITORY / "bin" / "commands" / "rehearse"
ACCOUNT = "111122223333"
REGION = "us-east-1"

Json = dict[str, Any]


@dataclass(frozen=True)
class Emulator:
    """A running emulator, seen as its users see it."""

    port: int
    state_dir: Path
    account: str = ACCOUNT

    def of(self, account: str) -> Emulator:
        """The same one, as the owner of another account sees it."""
        return replace(self, account=account)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=self.account,
            aws_secret_access_key="local",
        )

    def journal(self) -> list[Json]:
        path = self.state_dir / "journal.jsonl"
        # It comes with its first line.
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def deploy(self, stack: str, resources: Json, *, update: bool = False) -> str:
        """Creates or updates a stack; answers with its final status."""
        client = self.client("cloudformation")
        action = client.update_stack if update else client.create_stack
        template = json.dumps({"Resources": resources})
        action(StackName=stack, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
        return self.settled(stack)

    def settled(self, stack: str) -> str:
        client = self.client("cloudformation")
        return wait_until(
            lambda: client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"],
            lambda status: not status.endswith("IN_PROGRESS"),
        )

    def reasons(self, stack: str) -> str:
        events = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)

    def output_bucket(self, name: str) -> str:
        with contextlib.suppress(self.client("s3").exceptions.BucketAlreadyOwnedByYou):
            self.client("s3").create_bucket(Bucket=name)
        return name

    def run_to_end(self, job: str, run_id: str) -> Json:
        glue = self.client("glue")
        return wait_until(
            lambda: glue.get_job_run(JobName=job, RunId=run_id)["JobRun"],
            lambda run: run["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING"),
        )

    def execute(self, machine_arn: str) -> Json:
        sfn = self.client("stepfunctions")
        arn = sfn.start_execution(stateMachineArn=machine_arn, input="{}")["executionArn"]
        return wait_until(
            lambda: sfn.describe_execution(executionArn=arn), lambda execution: execution["status"] != "RUNNING"
        )

    def run_query(self, query: str, *parameters: str) -> list[list[str]]:
        """Runs a query on Athena, with literals for its question marks; answers with its rows as text."""
        athena = self.client("athena")
        results = {"OutputLocation": "s3://athena-results/"}
        given = {"ExecutionParameters": list(parameters)} if parameters else {}
        started = athena.start_query_execution(QueryString=query, ResultConfiguration=results, **given)
        query_id = started["QueryExecutionId"]
        status = wait_until(
            lambda: athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"],
            lambda status: status["State"] not in ("QUEUED", "RUNNING"),
        )
        assert status["State"] == "SUCCEEDED", status.get("StateChangeReason")
        result = athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"][1:]
        return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in result]

    def machine(self, name: str, definition: Json) -> str:
        role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        created = self.client("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=role
        )
        return created["stateMachineArn"]


def resource(kind: str, *after: str, **properties: Any) -> Json:
    """A resource of a template, made after those that are named."""
    return {"Type": kind, "Properties": properties, "DependsOn": list(after)}


def permission(principal: str, what: str, on: Json, *after: str) -> Json:
    """A permission of Lake Formation, as a resource of a template."""
    return resource(
        "AWS::LakeFormation::PrincipalPermissions",
        *after,
        Principal={"DataLakePrincipalIdentifier": principal},
        Permissions=[what],
        PermissionsWithGrantOption=[],
        Resource=on,
    )


def wait_until(probe: Callable[[], Any], done: Callable[[Any], bool], seconds: float = 180) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = probe()
        if done(value):
            return value
        time.sleep(0.1)
    raise AssertionError(f"nothing happened within {seconds} s; last seen: {probe()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def jars(engine: str) -> list[str]:
    """The jars of an engine, `spark` or `kafka`, from the toolchain that `npm run test:python` passes on."""
    toolchain = os.environ.get("DATA_PATTERNS_TOOLCHAIN")
    if not toolchain:
        pytest.fail(f"These tests need a real {engine}: run them with `npm run test:python -- FOLDER`.")
    return json.loads(toolchain)["jars"][engine]


def stop(process: subprocess.Popen[Any]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def started_emulator(
    state_dir: Path, engines: dict[str, str] | None = None, **settings: Any
) -> Iterator[tuple[Emulator, subprocess.Popen[Any]]]:
    """Starts an emulator of its own and stops it at the end. Roles need not exist, unless it enforces IAM.

    Args:
        state_dir: Receives what the emulator writes.
        engines: Where the engines are that it is told of.
        settings: Of its configuration file.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    if engines:
        (state_dir / "engines.json").write_text(json.dumps(engines), encoding="utf-8")
    port = free_port()
    config = {"port": port, "account": ACCOUNT, "region": REGION, "stateDir": str(state_dir)}
    config |= {"enforceIam": False, **settings}
    path = state_dir / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    with (state_dir / "emulator.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--config", str(path)],
            env={**os.environ, "PYTHONPATH": str(REHEARSE)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        line = process.stdout.readline() if process.stdout else ""
        assert line, (state_dir / "emulator.log").read_text(encoding="utf-8")[-4000:]
        assert json.loads(line) == {"event": "ready", "port": port}
        yield Emulator(port, state_dir), process
    finally:
        stop(process)


def spark_settings() -> Json:
    return {
        "python": sys.executable,
        "jars": jars("spark"),
        "driverMemory": "1g",
        "javaHome": str(Path(shutil.which("java") or "java").resolve().parents[1]),
    }


def catalog_conf(emulator: Emulator) -> str:
    """A Glue job's `--conf` argument for an Iceberg catalog on the emulator."""
    catalog = "spark.sql.catalog.glue_catalog"
    settings = {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        catalog: "org.apache.iceberg.spark.SparkCatalog",
        f"{catalog}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{catalog}.glue.endpoint": emulator.endpoint,
        f"{catalog}.s3.endpoint": emulator.endpoint,
        f"{catalog}.s3.path-style-access": "true",
        f"{catalog}.warehouse": "s3://lake/",
        "spark.sql.session.timeZone": "UTC",
    }
    return " --conf ".join(f"{key}={value}" for key, value in settings.items())
