"""Redshift Serverless on a real PostgreSQL, and container tasks as real processes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from emulator.redshift import postgres_sql
from emulator_harness import ACCOUNT, REGION, REPOSITORY, Emulator, free_port, started_emulator, wait_until

Json = dict[str, Any]

AS_NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"

# What each role may do, on anything.
ROLES = {
    "load": ["redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"],
    "transform": ["redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"],
    "stranger": ["redshift-serverless:GetCredentials", "redshift-serverless:GetWorkgroup"],
    "outsider": ["redshift-serverless:GetWorkgroup"],
    "build": ["s3:GetObject"],
    "task": ["s3:GetObject"],
    "machine": ["ecs:RunTask", "ecs:DescribeTasks", "ecs:StopTask", "iam:PassRole"],
}

WAREHOUSE = {
    "Namespace": {
        "Type": "AWS::RedshiftServerless::Namespace",
        "Properties": {
            "NamespaceName": "trading",
            "DbName": "TRADING",
            "AdminUsername": "administrator",
            "ManageAdminPassword": True,
        },
    },
    "Workgroup": {
        "Type": "AWS::RedshiftServerless::Workgroup",
        "Properties": {"WorkgroupName": "trading", "NamespaceName": {"Ref": "Namespace"}, "BaseCapacity": 8},
    },
}


@pytest.fixture(scope="module")
def tools() -> Json:
    """The interpreter with the warehouse's packages, and PostgreSQL's folder."""
    command = ["node", "dist/bin/data-patterns.js", "toolchain", "--json", "--warehouse"]
    output = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout
    return json.loads(output)["warehouse"]


@pytest.fixture(scope="module")
def postgres(tools: Json) -> Iterator[str]:
    """URL of a PostgreSQL that asks for passwords. Its files lie where nobody may enter."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as home:
        folder = Path(home)
        folder.chmod(0o777)
        for part in tools["postgres"].values():
            subprocess.run(["cp", "-r", part, home], check=True)
        binaries = folder / Path(tools["postgres"]["package"]).name / "pginstall"
        (folder / "password").write_text("secret", encoding="utf-8")
        (folder / "password").chmod(0o644)
        port, data = free_port(), str(folder / "data")
        initdb = [str(binaries / "bin" / "initdb"), "-D", data, "-U", "postgres", "-A", "scram-sha-256", "--no-sync"]
        subprocess.run([*AS_NOBODY, *initdb, f"--pwfile={folder / 'password'}"], check=True, capture_output=True)
        server = [str(binaries / "bin" / "postgres"), "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", home]
        process = subprocess.Popen([*AS_NOBODY, *server], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ready = [str(binaries / "bin" / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
        try:
            wait_until(lambda: subprocess.run(ready, capture_output=True).returncode, lambda code: code == 0)
            yield f"postgresql://postgres:secret@127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, tools: Json, postgres: str) -> Iterator[Emulator]:
    """An emulator with a workgroup deployed."""
    engines = {
        "postgres": postgres,
        "warehouse_python": tools["python"],
        "warehouse_environment": json.dumps({"environment": {"EVERY": "all"}, "sources": {"api": {"OF": "api"}}}),
    }
    with started_emulator(tmp_path_factory.mktemp("warehouse"), engines, enforceIam=True) as (emulator, _):
        for name, actions in ROLES.items():
            create_role(emulator, name, actions)
        assert emulator.deploy("warehouse", WAREHOUSE) == "CREATE_COMPLETE", emulator.reasons("warehouse")
        yield emulator


def create_role(emulator: Emulator, name: str, actions: list[str]) -> None:
    everyone = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    iam = emulator.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [everyone]}))
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Statement": [allowed]}))


def run_sql(emulator: Emulator, sql: str) -> Json:
    secret = emulator.client("redshift-serverless").get_namespace(namespaceName="trading")["namespace"]
    data = emulator.client("redshift-data")
    statement = data.execute_statement(
        WorkgroupName="trading", Database="trading", Sql=sql, SecretArn=secret["adminPasswordSecretArn"]
    )
    return data.describe_statement(Id=statement["Id"])


def as_role(tools: Json, emulator: Emulator, role: str, sql: str) -> str:
    """What psql would say to a task that logs in with its role."""
    session = emulator.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="task")
    keys = session["Credentials"]
    program = (
        "import boto3, psycopg2, sys\n"
        "client = boto3.client('redshift-serverless')\n"
        "login = client.get_credentials(workgroupName='trading', dbName='trading')\n"
        "end = client.get_workgroup(workgroupName='trading')['workgroup']['endpoint']\n"
        "db = psycopg2.connect(host=end['address'], port=end['port'], dbname='trading', user=login['dbUser'],"
        " password=login['dbPassword'])\n"
        "db.autocommit = True\n"
        "cursor = db.cursor()\n"
        "cursor.execute(sys.argv[1])\n"
        "print(cursor.fetchall() if cursor.description else 'done')\n"
    )
    env = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_DEFAULT_REGION": REGION,
    }
    done = subprocess.run([tools["python"], "-c", program, sql], env=env, capture_output=True, text=True)
    return done.stdout.strip() or done.stderr


def test_a_database_and_the_secret_of_its_administrator(warehouse: Emulator) -> None:
    namespace = warehouse.client("redshift-serverless").get_namespace(namespaceName="trading")["namespace"]
    assert namespace["dbName"] == "trading"
    value = warehouse.client("secretsmanager").get_secret_value(SecretId=namespace["adminPasswordSecretArn"])
    assert json.loads(value["SecretString"])["username"] == "administrator"


def test_roles_divide_the_work(warehouse: Emulator, tools: Json) -> None:
    statements = [
        'CREATE ROLE "loader"',
        'CREATE ROLE "transformer"',
        'CREATE SCHEMA IF NOT EXISTS "raw"',
        'GRANT USAGE, CREATE ON SCHEMA "raw" TO ROLE "loader"',
        'GRANT USAGE ON SCHEMA "raw" TO ROLE "transformer"',
        'CREATE USER "IAMR:load" PASSWORD DISABLE',
        'GRANT ROLE "loader" TO "IAMR:load"',
        'ALTER DEFAULT PRIVILEGES FOR USER "IAMR:load" IN SCHEMA "raw" GRANT SELECT ON TABLES TO ROLE "transformer"',
        'CREATE USER "IAMR:transform" PASSWORD DISABLE',
        'GRANT ROLE "transformer" TO "IAMR:transform"',
    ]
    assert [run_sql(warehouse, sql).get("Error") for sql in statements] == [None] * len(statements)
    assert as_role(tools, warehouse, "load", "CREATE TABLE raw.trades AS SELECT 1 AS id") == "done"
    assert as_role(tools, warehouse, "transform", "SELECT id FROM raw.trades") == "[(1,)]"
    refused = as_role(tools, warehouse, "transform", "INSERT INTO raw.trades VALUES (2)")
    assert "permission denied for table trades" in refused
    assert "permission denied for schema raw" in as_role(tools, warehouse, "stranger", "SELECT * FROM raw.trades")


def test_without_the_grant_of_iam_nobody_gets_a_login(warehouse: Emulator, tools: Json) -> None:
    assert "not authorized to perform: redshift-serverless:GetCredentials" in as_role(
        tools, warehouse, "outsider", "SELECT 1"
    )


def test_an_error_is_the_databases_own(warehouse: Emulator) -> None:
    run_sql(warehouse, 'CREATE ROLE "twice"')
    failed = run_sql(warehouse, 'CREATE ROLE "twice"')
    assert (failed["Status"], "already exists" in failed["Error"]) == ("FAILED", True)


@pytest.mark.parametrize(
    ("redshift", "expected"),
    [
        ('CREATE USER "a" PASSWORD DISABLE', ['CREATE ROLE "a" LOGIN']),
        ("CREATE USER \"a\" PASSWORD 'sha256|d|s'", ['CREATE ROLE "a" LOGIN']),
        ("ALTER USER \"a\" PASSWORD 'sha256|d|s'", []),
        ('GRANT ROLE "r" TO "a"', ['GRANT "r" TO "a"']),
        ('REVOKE ROLE "r" FROM "a"', ['REVOKE "r" FROM "a"']),
        ('GRANT USAGE ON SCHEMA "s" TO ROLE "r"', ['GRANT USAGE ON SCHEMA "s" TO "r"']),
        ("SELECT 'TO ROLE \"r\"'", ["SELECT 'TO ROLE \"r\"'"]),
    ],
)
def test_what_postgresql_writes_otherwise(redshift: str, expected: list[str]) -> None:
    assert postgres_sql(redshift) == expected


def zipped(files: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.fixture(scope="module")
def machine(warehouse: Emulator) -> Any:
    """Runs a command of the task in a state machine; answers with the execution."""
    source = warehouse.output_bucket("source")
    program = "import os, sys\nprint(os.environ['EVERY'], os.environ.get('OF'))\nsys.exit(int(sys.argv[1]))\n"
    warehouse.client("s3").put_object(Bucket=source, Key="image.zip", Body=zipped({"job/__main__.py": program}))
    warehouse.client("ecr").create_repository(repositoryName="tasks")
    build = warehouse.client("codebuild")
    build.create_project(
        name="image",
        serviceRole=f"arn:aws:iam::{ACCOUNT}:role/build",
        source={"type": "S3", "location": f"{source}/image.zip"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "REPOSITORY_URI", "value": f"{REGISTRY}/tasks"}],
        },
    )
    started = build.start_build(
        projectName="image", environmentVariablesOverride=[{"name": "IMAGE_TAG", "value": "one"}]
    )
    assert build.batch_get_builds(ids=[started["build"]["id"]])["builds"][0]["buildStatus"] == "SUCCEEDED"
    ecs = warehouse.client("ecs")
    ecs.create_cluster(clusterName="tasks")

    def run(command: list[str], image: str = "one", sync: str = "api") -> Json:
        container = {
            "name": "task",
            "image": f"{REGISTRY}/tasks:{image}",
            "command": command,
            "environment": [{"name": "SYNC", "value": json.dumps({"name": sync})}],
        }
        definition = ecs.register_task_definition(
            family=f"task-{image}",
            taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/task",
            containerDefinitions=[container],
        )
        state = {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.sync",
            "Parameters": {
                "Cluster": "tasks",
                "LaunchType": "FARGATE",
                "TaskDefinition": definition["taskDefinition"]["taskDefinitionArn"],
            },
            "End": True,
        }
        machine = warehouse.client("stepfunctions").create_state_machine(
            name=f"run-{time.monotonic_ns()}",
            definition=json.dumps({"StartAt": "Run", "States": {"Run": state}}),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine",
        )
        return warehouse.execute(machine["stateMachineArn"])

    return run


def test_a_task_runs_what_was_deployed_with_what_the_rehearsal_sets(warehouse: Emulator, machine: Any) -> None:
    assert machine(["python", "-m", "job", "0"])["status"] == "SUCCEEDED"
    [*_, task] = [event for event in warehouse.journal() if event.get("kind") == "container-task"]
    assert (task["state"], Path(task["logFile"]).read_text(encoding="utf-8")) == ("SUCCEEDED", "all api\n")


def test_a_code_other_than_0_fails_the_execution(machine: Any) -> None:
    failed = machine(["python", "-m", "job", "3"], sync="other")
    assert (failed["status"], failed["error"]) == ("FAILED", "States.TaskFailed")
    assert '"ExitCode": 3' in failed["cause"]


def test_an_image_that_nobody_has_built_fails_and_is_a_violation(warehouse: Emulator, machine: Any) -> None:
    assert machine(["python", "-m", "job", "0"], image="two")["status"] == "FAILED"
    assert [event["rule"] for event in warehouse.journal() if event["event"] == "violation"] == ["image-not-played"]
