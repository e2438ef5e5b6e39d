"""Flink applications that really run: the library's runner on a whole Flink, of numbers that Flink itself generates."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from emulator.flink import _write_properties
from emulator_harness import ACCOUNT, Emulator, started_emulator, wait_until

Json = dict[str, Any]

BUCKET = "code"
TABLES = """
CREATE TABLE numbers (n BIGINT) WITH (
    'connector' = 'datagen', 'rows-per-second' = '20', 'number-of-rows' = '${last}',
    'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '${last}'
);
CREATE TABLE printed (text STRING) WITH ('connector' = 'print');
"""
SCRIPTS = {
    "tables.sql": TABLES,
    "print.sql": "INSERT INTO printed SELECT '${prefix} ' || CAST(n AS STRING) FROM numbers;",
    "wrong.sql": "INSERT INTO printed\nSELECT m FROM numbers;",
}


@pytest.fixture(scope="module")
def flink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator with Flink behind it, and what its applications are made of."""
    tools = json.loads(os.environ["DATA_PATTERNS_TOOLCHAIN"])["flink"]
    folder = tmp_path_factory.mktemp("flink")
    engine = {
        "java": shutil.which("java"),
        "javaOptions": ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *tools["javaOptions"]],
        "classPath": tools["classPath"],
        "hostClass": tools["hostClass"],
    }
    (folder / "flink.json").write_text(json.dumps(engine), encoding="utf-8")
    with started_emulator(folder / "aws", {"flink": str(folder / "flink.json")}) as (emulator, _):
        bucket, s3 = emulator.output_bucket(BUCKET), emulator.client("s3")
        for name, text in SCRIPTS.items():
            s3.put_object(Bucket=bucket, Key=name, Body=text.encode())
        s3.put_object(Bucket=bucket, Key="runner.jar", Body=Path(tools["runnerJar"]).read_bytes())
        s3.put_object(Bucket=bucket, Key="broken.jar", Body=b"this is no jar")
        yield emulator


class Application:
    """One application, seen as its owner sees it."""

    def __init__(self, emulator: Emulator, name: str, **configuration: Any) -> None:
        self.emulator, self.name = emulator, name
        self.client = emulator.client("kinesisanalyticsv2")
        self.client.create_application(
            ApplicationName=name,
            RuntimeEnvironment="FLINK-2_2",
            ServiceExecutionRole=f"arn:aws:iam::{ACCOUNT}:role/flink",
            ApplicationConfiguration=application(**configuration),
        )

    def status(self) -> str:
        return self.client.describe_application(ApplicationName=self.name)["ApplicationDetail"]["ApplicationStatus"]

    def reach(self, status: str) -> None:
        wait_until(self.status, lambda now: now == status)

    def start(self, restore: str = "RESTORE_FROM_LATEST_SNAPSHOT") -> None:
        run = {"ApplicationRestoreConfiguration": {"ApplicationRestoreType": restore}}
        self.client.start_application(ApplicationName=self.name, RunConfiguration=run)

    def stop(self, *, force: bool = False) -> None:
        self.client.stop_application(ApplicationName=self.name, Force=force)
        self.reach("READY")

    def update(self, **configuration: Any) -> None:
        """What CloudFormation's update becomes: the running application is brought up anew."""
        detail = self.client.describe_application(ApplicationName=self.name)["ApplicationDetail"]
        wanted = application(**configuration)
        checkpoints = wanted["FlinkApplicationConfiguration"]["CheckpointConfiguration"]
        self.client.update_application(
            ApplicationName=self.name,
            CurrentApplicationVersionId=detail["ApplicationVersionId"],
            ApplicationConfigurationUpdate={
                "EnvironmentPropertyUpdates": wanted["EnvironmentProperties"],
                "FlinkApplicationConfigurationUpdate": {
                    "CheckpointConfigurationUpdate": {
                        "ConfigurationTypeUpdate": "CUSTOM",
                        "CheckpointIntervalUpdate": checkpoints["CheckpointInterval"],
                    }
                },
            },
        )

    def events(self, state: str) -> list[Json]:
        wanted = ("flink", self.name, state)
        journal = self.emulator.journal()
        return [each for each in journal if (each["event"], each.get("name"), each.get("state")) == wanted]

    def running(self, times: int) -> Json:
        """How it runs once it has come up so many times."""
        return wait_until(lambda: self.events("running"), lambda events: len(events) >= times)[times - 1]

    def failure(self) -> str:
        """Why it did not come up the last time."""
        return [event for event in self.emulator.journal() if event.get("name") == self.name][-1]["error"]


def application(
    *, script: str = "print.sql", jar: str = "runner.jar", last: int = 1_000_000, prefix: str = "n", **options: Any
) -> Json:
    """The configuration of an application.

    Args:
        script: What it runs.
        jar: Its code.
        last: The number after which it has finished.
        prefix: What it prints before each number.
        options: `mode`, and `interval` of its checkpoints in milliseconds.
    """
    scripts = {f"{index}.sql": f"s3://{BUCKET}/{name}" for index, name in enumerate(("tables.sql", script))}
    groups = {
        "Scripts": scripts,
        "Variables": {"last": str(last), "prefix": prefix},
        "Runner": {"mode": options.get("mode", "streaming")},
    }
    return {
        "ApplicationCodeConfiguration": {
            "CodeContentType": "ZIPFILE",
            "CodeContent": {"S3ContentLocation": {"BucketARN": f"arn:aws:s3:::{BUCKET}", "FileKey": jar}},
        },
        "ApplicationSnapshotConfiguration": {"SnapshotsEnabled": True},
        "EnvironmentProperties": {
            "PropertyGroups": [{"PropertyGroupId": name, "PropertyMap": values} for name, values in groups.items()]
        },
        "FlinkApplicationConfiguration": {
            "CheckpointConfiguration": {
                "ConfigurationType": "CUSTOM",
                "CheckpointingEnabled": True,
                "CheckpointInterval": options.get("interval", 500),
                "MinPauseBetweenCheckpoints": 100,
            },
            "ParallelismConfiguration": {"ConfigurationType": "CUSTOM", "Parallelism": 1, "ParallelismPerKPU": 1},
        },
    }


def numbers(run: Json, prefix: str = "n") -> list[int]:
    """What it has printed."""
    log = Path(run["logFile"]).read_text(encoding="utf-8")
    return [int(number) for number in re.findall(rf"\+I\[{prefix} (\d+)\]", log)]


def some_numbers(run: Json, prefix: str = "n") -> list[int]:
    return wait_until(lambda: numbers(run, prefix), lambda found: len(found) > 0)


def ask(run: Json, path: str) -> Json:
    with urllib.request.urlopen(run["rest"] + path, timeout=10) as response:
        return json.load(response)


def saved(run: Json) -> int:
    return ask(run, f"/jobs/{run['job']}/checkpoints")["counts"]["completed"]


@pytest.fixture(scope="module")
def counting(flink: Emulator) -> Application:
    """An application that counts and prints, for one test after another."""
    counting = Application(flink, "counting")
    counting.start()
    counting.reach("RUNNING")
    return counting


def test_properties_are_as_deployed_but_for_the_protocol_of_kafka(tmp_path: Path) -> None:
    groups = [
        {"PropertyGroupId": "Variables", "PropertyMap": {"kafka.security.protocol": "SASL_SSL", "last": "7"}},
        {"PropertyGroupId": "Runner", "PropertyMap": {"mode": "bounded"}},
    ]
    environment = {"PropertyGroupDescriptions": groups}
    file = tmp_path / "properties.json"
    _write_properties(file, {"ApplicationConfigurationDescription": {"EnvironmentPropertyDescriptions": environment}})
    assert json.loads(file.read_text(encoding="utf-8")) == [
        {"PropertyGroupId": "Variables", "PropertyMap": {"kafka.security.protocol": "PLAINTEXT", "last": "7"}},
        groups[1],
    ]


def test_it_runs_with_the_deployed_settings_and_listens_to_this_machine_alone(counting: Application) -> None:
    run = counting.running(1)
    assert run["restored"] is None
    assert some_numbers(run)[0] == 1
    assert ask(run, f"/jobs/{run['job']}/checkpoints/config")["interval"] == 500
    listening = [each for each in psutil.Process(run["pid"]).net_connections() if each.status == psutil.CONN_LISTEN]
    assert {each.laddr.ip.removeprefix("::ffff:") for each in listening} == {"127.0.0.1"}


def test_one_that_is_killed_goes_on_from_its_last_checkpoint(counting: Application) -> None:
    first = counting.running(1)
    wait_until(lambda: saved(first), lambda count: count > 1)
    os.killpg(first["pid"], signal.SIGKILL)
    second = counting.running(2)
    assert re.search(r"/chk-\d+$", second["restored"])
    assert 1 < some_numbers(second)[0] <= numbers(first)[-1] + 1
    assert [event["exitCode"] for event in counting.events("died")] == [-signal.SIGKILL]
    assert counting.status() == "RUNNING"


def test_a_stop_takes_a_snapshot_from_which_it_goes_on(counting: Application) -> None:
    before = counting.running(2)
    counting.stop()
    assert not psutil.pid_exists(before["pid"])
    (stopped,) = counting.events("stopped")
    assert "/savepoint-" in stopped["savepoint"]
    counting.start()
    after = counting.running(3)
    assert after["restored"] == stopped["savepoint"]
    # To the number: what is stopped with a snapshot repeats nothing.
    assert some_numbers(after)[0] == numbers(before)[-1] + 1


def test_an_update_that_does_not_come_up_leaves_its_state_to_the_one_before(counting: Application) -> None:
    before = counting.running(3)
    counting.update(script="wrong.sql")
    counting.reach("READY")
    assert "wrong.sql" not in counting.failure()
    assert re.search(r"1\.sql:2:8: .*'m'", counting.failure())
    counting.update(prefix="again")
    counting.start()
    after = counting.running(4)
    assert some_numbers(after, "again")[0] == numbers(before)[-1] + 1


def test_one_that_starts_anew_never_goes_on_from_what_was_before(counting: Application) -> None:
    counting.stop(force=True)
    counting.update(interval=3_600_000)
    counting.start("SKIP_RESTORE_FROM_SNAPSHOT")
    anew = counting.running(5)
    assert anew["restored"] is None
    assert some_numbers(anew)[0] == 1
    os.killpg(anew["pid"], signal.SIGKILL)
    healed = counting.running(6)
    assert healed["restored"] is None
    assert some_numbers(healed)[0] == 1
    counting.stop(force=True)
    assert not psutil.pid_exists(healed["pid"])
    assert counting.events("stopped")[-1]["savepoint"] is None


@pytest.mark.parametrize("mode", ["streaming", "bounded"])
def test_one_that_comes_to_its_end_is_ready_to_be_started_again(flink: Emulator, mode: str) -> None:
    ending = Application(flink, f"ending-{mode}", last=20, mode=mode)
    ending.start()
    wait_until(lambda: ending.events("finished"), bool)
    ending.reach("READY")
    (run,) = ending.events("running")
    assert sorted(numbers(run)) == list(range(1, 21))
    assert ending.events("died") == []
    assert not psutil.pid_exists(run["pid"])


@pytest.mark.parametrize(
    ("jar", "reason"),
    [
        ("broken.jar", "s3://code/broken.jar is no jar; deploy the one that holds the application"),
        ("missing.jar", "s3://code/missing.jar is not there; it must be deployed first"),
    ],
)
def test_one_whose_code_is_no_jar_or_is_not_there_says_so(flink: Emulator, jar: str, reason: str) -> None:
    broken = Application(flink, f"broken-{jar.removesuffix('.jar')}", jar=jar)
    broken.start()
    broken.reach("READY")
    assert reason in broken.failure()
    assert broken.events("running") == []


def test_none_outlives_the_emulator(flink: Emulator, tmp_path: Path) -> None:
    engines = json.loads((flink.state_dir / "engines.json").read_text(encoding="utf-8"))
    with started_emulator(tmp_path, engines) as (short_lived, _):
        s3 = short_lived.client("s3")
        short_lived.output_bucket(BUCKET)
        for key in ("tables.sql", "print.sql", "runner.jar"):
            body = flink.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
            s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        one = Application(short_lived, "one")
        one.start()
        one.reach("RUNNING")
        (run,) = one.events("running")
        assert psutil.pid_exists(run["pid"])
    assert not psutil.pid_exists(run["pid"])
