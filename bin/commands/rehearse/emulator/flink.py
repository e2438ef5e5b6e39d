"""Managed Service for Apache Flink as local Flink: the deployed jar, property groups and settings, under the role.

MiniStack has the control plane, and containers behind it; without Docker it reports an application as RUNNING and runs
nothing. Here one process with a whole Flink stands behind each application.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

from ministack.services import kinesisanalyticsv2_flink as dataplane
from ministack.services import s3

from .config import EmulatorConfig
from .engines import Engines
from .iam_enforcement import AccessDeniedError, require, role_session
from .iam_requests import Requirement
from .journal import Journal
from .ports import free_port
from .processes import ProcessGroup, start_group

Application = dict[str, Any]
OnStatus = Callable[..., None]

RUNTIME = "FLINK-2_2"

_START_SECONDS = 120.0
_SAVEPOINT_SECONDS = 120.0
_POLL_SECONDS = 0.1
_NOT_STARTED = "Flink cannot run the application: "
# In the rehearsal's Kafka nobody logs in.
_OVERRIDES = {"Variables": {"kafka.security.protocol": "PLAINTEXT"}}

_LOG4J = """rootLogger.level=INFO
rootLogger.appenderRef.console.ref=Console
appender.console.name=Console
appender.console.type=CONSOLE
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %c{1} %m%n
logger.kafka.name=org.apache.kafka
logger.kafka.level=WARN
"""


class FlinkError(RuntimeError):
    """An application cannot be brought up; the message says why."""


@dataclass(frozen=True)
class FlinkEngine:
    """The Flink of this machine, as the rehearsal announces it in a JSON file.

    Attributes:
        java: The Java that runs it.
        java_options: Options of every Flink process.
        class_path: The host, then Flink's own jars.
        host_class: Main class of the host.
    """

    java: str
    java_options: tuple[str, ...]
    class_path: tuple[str, ...]
    host_class: str

    @staticmethod
    def read(path: Path) -> FlinkEngine:
        """Reads the announcement."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        return FlinkEngine(raw["java"], tuple(raw["javaOptions"]), tuple(raw["classPath"]), raw["hostClass"])


@dataclass
class Cluster:
    """The process behind one application.

    Attributes:
        group: The process; None before it is started.
        rest: Flink's REST endpoint.
        stopping: Set before the process is ended on purpose.
    """

    folder: Path
    rest: str = ""
    group: ProcessGroup | None = None
    job: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)


@dataclass
class FlinkApplications:
    """What MiniStack's control plane asks of its data plane."""

    config: EmulatorConfig
    engines: Engines
    journal: Journal
    _clusters: dict[str, Cluster] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, app: Application, savepoint: str | None, on_status: OnStatus) -> None:
        """Brings the application up, from a savepoint if there is one; answers at once."""
        context = copy_context()
        threading.Thread(target=context.run, args=(self._run, app, savepoint, on_status), daemon=True).start()

    def snapshot(self, app: Application, name: str) -> str | None:
        """Takes a savepoint while the application goes on; None when it fails."""
        cluster = self._clusters.get(app["ApplicationName"])
        if cluster is None or not cluster.job:
            return None
        folder = self._savepoints(app)
        body = {"target-directory": folder.as_uri(), "cancel-job": False}
        return _savepoint(cluster, f"/jobs/{cluster.job}/savepoints", body, folder)

    def stop(self, app: Application, force: bool, take_snapshot: bool) -> str | None:
        """Ends the application, with a savepoint when one is wanted; its location, or None."""
        name = app["ApplicationName"]
        cluster = self._clusters.pop(name, None)
        if cluster is None:
            return None
        location = None
        cluster.stopping.set()
        try:
            if take_snapshot and not force and cluster.job:
                folder = self._savepoints(app)
                body = {"targetDirectory": folder.as_uri(), "drain": False}
                location = _savepoint(cluster, f"/jobs/{cluster.job}/stop", body, folder)
        finally:
            if cluster.group:
                cluster.group.kill()
        self.journal.flink(name, "stopped", {"savepoint": location, "forced": force})
        return location

    def delete(self, app: Application) -> None:
        """Ends the application and forgets its state."""
        self.stop(app, force=True, take_snapshot=False)
        shutil.rmtree(self._folder(app), ignore_errors=True)

    def stop_all(self) -> None:
        """Kills every Flink."""
        for cluster in list(self._clusters.values()):
            cluster.stopping.set()
            if cluster.group:
                cluster.group.kill()
        self._clusters.clear()

    def _run(self, app: Application, savepoint: str | None, on_status: OnStatus) -> None:
        name = app["ApplicationName"]
        begun = time.monotonic()
        try:
            cluster = self._launch(app, savepoint)
        except Exception as error:
            self.journal.execution("flink-application", name, "FAILED", time.monotonic() - begun, error=str(error))
            on_status("FAILED", str(error))
            return
        self.journal.execution("flink-application", name, "RUNNING", time.monotonic() - begun)
        on_status("RUNNING")
        if self._heal(app, cluster, savepoint):
            # What the service shows then is told nowhere; it can be started again.
            on_status("READY", "its job has finished")

    def _heal(self, app: Application, cluster: Cluster, savepoint: str | None) -> bool:
        """What the service does by itself: an application that has died goes on from its last checkpoint.

        Returns:
            Whether its job has finished, as one does that reads to an end; False when it was stopped or is lost.
        """
        name = app["ApplicationName"]
        jobs: list[str] = []
        while True:
            group = cluster.group
            assert group is not None
            code = group.wait(None)
            if cluster.stopping.is_set():
                return False
            if code == 0:
                with self._lock:
                    self._clusters.pop(name, None)
                self.journal.flink(name, "finished", {"job": cluster.job})
                return True
            jobs.append(cluster.job)
            # Not one from before it was started: that state may be what it was to start without.
            checkpoint = _latest_checkpoint(self._checkpoints(app), jobs) or savepoint
            self.journal.flink(name, "died", {"exitCode": code, "checkpoint": checkpoint})
            try:
                cluster = self._launch(app, checkpoint)
            except Exception as error:
                self.journal.violation("flink-not-restored", name, str(error))
                return False

    def _launch(self, app: Application, restore: str | None) -> Cluster:
        name = app["ApplicationName"]
        engine = FlinkEngine.read(Path(self.engines.require("flink", name)))
        folder = self._folder(app) / f"run-{time.time_ns()}"
        folder.mkdir(parents=True)
        session = role_session(app["ServiceExecutionRole"], name)
        jar = _fetch_jar(app, session["AWS_ACCESS_KEY_ID"], folder)
        port = free_port()
        cluster = Cluster(folder, f"http://127.0.0.1:{port}")
        _write_properties(folder / "application_properties.json", app)
        (folder / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")
        settings = self._settings(app, port, folder, restore)
        lines = "".join(f"{key}={value}\n" for key, value in settings.items())
        (folder / "flink.properties").write_text(lines, encoding="utf-8")
        command = [
            engine.java,
            *engine.java_options,
            f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
            "-cp",
            ":".join(engine.class_path),
            engine.host_class,
            str(folder / "flink.properties"),
            str(jar),
        ]
        environment = {
            **session,
            "AWS_REGION": app["Region"],
            "AWS_ENDPOINT_URL": self.config.endpoint,
            "APPLICATION_PROPERTIES_FILE": str(folder / "application_properties.json"),
        }
        log = folder / "flink.log"
        with self._lock:
            cluster.group = start_group(command, environment, folder, log)
            self._clusters[name] = cluster
        cluster.job = self._await_running(cluster, log)
        self.journal.flink(
            name,
            "running",
            {
                "pid": cluster.group.process.pid,
                "rest": cluster.rest,
                "job": cluster.job,
                "restored": restore,
                "logFile": str(log),
            },
        )
        return cluster

    def _await_running(self, cluster: Cluster, log: Path) -> str:
        """The id of the job; empty when it has finished before anybody saw it run."""
        deadline = time.monotonic() + _START_SECONDS
        group = cluster.group
        assert group is not None
        while time.monotonic() < deadline:
            code = group.process.poll()
            if code == 0:
                return ""
            if code is not None:
                raise FlinkError(_reason(log))
            job = _running_job(cluster)
            if job:
                return job
            time.sleep(_POLL_SECONDS)
        group.kill()
        raise FlinkError(f"not running after {_START_SECONDS:.0f} s: {_reason(log)}")

    def _settings(self, app: Application, port: int, folder: Path, restore: str | None) -> dict[str, str]:
        flink = _configuration(app).get("FlinkApplicationConfigurationDescription") or {}
        parallelism = str((flink.get("ParallelismConfigurationDescription") or {}).get("Parallelism", 1))
        checkpoints = flink.get("CheckpointConfigurationDescription") or {}
        run = _configuration(app).get("RunConfigurationDescription") or {}
        lenient = (run.get("FlinkRunConfigurationDescription") or {}).get("AllowNonRestoredState", False)
        return {
            "rest.address": "127.0.0.1",
            "rest.bind-address": "127.0.0.1",
            "rest.port": str(port),
            "jobmanager.rpc.address": "127.0.0.1",
            "jobmanager.bind-host": "127.0.0.1",
            "taskmanager.bind-host": "127.0.0.1",
            "execution.target": "remote",
            "execution.attached": "false",
            "taskmanager.numberOfTaskSlots": parallelism,
            "parallelism.default": parallelism,
            # The service's own state backend; the memory is that of a laptop.
            "state.backend.type": "rocksdb",
            "execution.checkpointing.incremental": "true",
            "taskmanager.memory.managed.size": "128m",
            "execution.checkpointing.interval": f"{checkpoints.get('CheckpointInterval', 60000)}ms",
            "execution.checkpointing.min-pause": f"{checkpoints.get('MinPauseBetweenCheckpoints', 5000)}ms",
            "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
            "execution.checkpointing.dir": self._checkpoints(app).as_uri(),
            "metrics.fetcher.update-interval": "500",
            "io.tmp.dirs": str(folder),
            **({"execution.state-recovery.path": restore} if restore else {}),
            "execution.state-recovery.ignore-unclaimed-state": str(lenient).lower(),
        }

    def _folder(self, app: Application) -> Path:
        return self.config.state_dir / "flink" / app["ApplicationName"]

    def _checkpoints(self, app: Application) -> Path:
        return self._folder(app) / "checkpoints"

    def _savepoints(self, app: Application) -> Path:
        folder = self._folder(app) / "savepoints"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def install(config: EmulatorConfig, engines: Engines, journal: Journal) -> FlinkApplications:
    """Puts local Flink in the place of MiniStack's containers."""
    applications = FlinkApplications(config, engines, journal)
    dataplane.available = lambda: True
    dataplane.supports = lambda runtime: runtime == RUNTIME
    dataplane.start = applications.start
    dataplane.snapshot = applications.snapshot
    dataplane.stop = applications.stop
    dataplane.delete = applications.delete
    dataplane.reset = applications.stop_all
    return applications


def _configuration(app: Application) -> dict[str, Any]:
    return app.get("ApplicationConfigurationDescription") or {}


def _fetch_jar(app: Application, access_key: str, folder: Path) -> Path:
    code = _configuration(app)["ApplicationCodeConfigurationDescription"]["CodeContentDescription"]
    location = code["S3ApplicationCodeLocationDescription"]
    bucket, key = location["BucketARN"].split(":::", 1)[-1], location["FileKey"]
    content = s3._get_object_data(bucket, key)
    if content is None:
        raise FlinkError(f"its code s3://{bucket}/{key} is not there; it must be deployed first.")
    try:
        require(access_key, Requirement("s3", "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"))
    except AccessDeniedError as error:
        raise FlinkError(f"its role may not read its code: {error}") from error
    jar = folder / "application.jar"
    jar.write_bytes(bytes(content))
    if not is_zipfile(jar):
        raise FlinkError(f"its code s3://{bucket}/{key} is no jar; deploy the one that holds the application.")
    return jar


def _write_properties(path: Path, app: Application) -> None:
    groups = (_configuration(app).get("EnvironmentPropertyDescriptions") or {}).get("PropertyGroupDescriptions") or []
    path.write_text(json.dumps([_overridden(group) for group in groups]), encoding="utf-8")


def _overridden(group: Mapping[str, Any]) -> dict[str, Any]:
    """The property group as deployed, but for what has to differ here; the report lists it."""
    properties = dict(group.get("PropertyMap") or {})
    overrides = _OVERRIDES.get(group["PropertyGroupId"], {})
    known = {key: value for key, value in overrides.items() if key in properties}
    return {"PropertyGroupId": group["PropertyGroupId"], "PropertyMap": properties | known}


def _running_job(cluster: Cluster) -> str | None:
    """The id of the job once all of its parts run; of a batch job, some of them do, for they run one after another."""
    try:
        for job in _rest(cluster, "GET", "/jobs/overview")["jobs"]:
            tasks = job["tasks"]
            up = tasks["running"] + tasks["finished"]
            wanted = 1 if _is_batch(cluster, job["jid"]) else tasks["total"]
            if job["state"] == "RUNNING" and up >= wanted:
                return job["jid"]
    except OSError:
        pass
    return None


def _is_batch(cluster: Cluster, job: str) -> bool:
    return _rest(cluster, "GET", f"/jobs/{job}")["job-type"] == "BATCH"


def _savepoint(cluster: Cluster, path: str, body: dict[str, Any], folder: Path) -> str:
    """Asks for a savepoint in the folder and waits for it.

    Raises:
        FlinkError: when it cannot be taken.
    """
    before = set(folder.glob("*/_metadata"))
    trigger = _rest(cluster, "POST", path, body)["request-id"]
    deadline = time.monotonic() + _SAVEPOINT_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = _rest(cluster, "GET", f"/jobs/{cluster.job}/savepoints/{trigger}")
        except urllib.error.HTTPError:
            raise
        except OSError:
            # The process ends with the job that is stopped, and may do so before it has told where the savepoint is.
            assert cluster.group is not None
            if cluster.group.wait(_POLL_SECONDS) is None:
                continue
            complete = set(folder.glob("*/_metadata")) - before
            if complete:
                return complete.pop().parent.as_uri()
            raise FlinkError("Flink ended before the savepoint was complete") from None
        if answer["status"]["id"] == "COMPLETED":
            operation = answer.get("operation") or {}
            if operation.get("location"):
                return operation["location"]
            cause = (operation.get("failure-cause") or {}).get("stack-trace", "no reason given")
            raise FlinkError(f"the savepoint failed: {cause.splitlines()[0]}")
        time.sleep(_POLL_SECONDS)
    raise FlinkError(f"the savepoint did not complete within {_SAVEPOINT_SECONDS:.0f} s")


def _rest(cluster: Cluster, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(cluster.rest + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def _latest_checkpoint(folder: Path, jobs: Sequence[str]) -> str | None:
    """The newest checkpoint of one of the jobs that is complete: its metadata is written last."""
    complete = [path.parent for job in jobs for path in (folder / job).glob("chk-*/_metadata")]
    newest = max(complete, key=lambda path: (path / "_metadata").stat().st_mtime_ns, default=None)
    return None if newest is None else newest.as_uri()


def _reason(log: Path) -> str:
    """What the host says of why it cannot run the application."""
    text = log.read_text(encoding="utf-8", errors="replace")
    start = text.rfind(_NOT_STARTED)
    if start < 0:
        return "\n".join(text.splitlines()[-5:])
    return text[start + len(_NOT_STARTED) :].splitlines()[0]
