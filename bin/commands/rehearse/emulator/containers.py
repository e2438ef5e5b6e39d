"""Container tasks as local processes: the deployed command, in the folder that its image would have been built from.

MiniStack alone says that a task runs for ever where there is no Docker, and Step Functions that it ended well.
"""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ministack.services import ecs
from ministack.services import stepfunctions as sfn

from .config import EmulatorConfig
from .engines import Engines
from .iam_enforcement import role_session
from .images import Images
from .journal import Journal
from .processes import ProcessGroup, start_group

Json = dict[str, Any]

PYTHON = "warehouse_python"
# What stands behind Redshift.
POSTGRES = "postgres"
ENVIRONMENT = "warehouse_environment"

_POLL_SECONDS = 0.1
_LAST_LINES = 20
# What a task's own environment must not bring along from the emulator's.
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ")


class ImageMissingError(RuntimeError):
    """A task's image was built by nobody here; the message names it."""


@dataclass
class _Container:
    """One container of a task, as much of Docker's client as MiniStack asks for."""

    group: ProcessGroup
    log: Path
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    attrs: Json = field(default_factory=lambda: {"NetworkSettings": {"Networks": {}}})

    @property
    def status(self) -> str:
        """`running` or `exited`."""
        return "running" if self.group.process.poll() is None else "exited"

    def reload(self) -> None:
        """The status is always asked for anew."""

    def wait(self, **_options: Any) -> Json:
        """Waits for the end; answers with its code."""
        return {"StatusCode": self.group.wait(None)}

    def logs(self, **_options: Any) -> bytes:
        """All that the container has said."""
        return self.log.read_bytes()

    def stop(self, **_options: Any) -> None:
        """Ends it with everything it has started."""
        if self.group.process.poll() is None:
            self.group.kill()

    def remove(self, **_options: Any) -> None:
        """Its log stays."""


@dataclass
class Containers:
    """Docker's `containers`, and Docker's client with it."""

    config: EmulatorConfig
    engines: Engines
    images: Images
    journal: Journal
    _running: dict[str, _Container] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def containers(self) -> Containers:
        """As Docker's client has it."""
        return self

    def run(self, image: str, **options: Any) -> _Container:
        """Starts the command of a container.

        Raises:
            ImageMissingError: when its image was not built in this emulator.
        """
        labels = options.get("labels") or {}
        family = labels.get("com.amazonaws.ecs.task-definition-family", "task")
        folder = self.images.folder_of(image)
        if folder is None:
            message = f"The image {image} is not played: no project of CodeBuild has built it here."
            self.journal.violation("image-not-played", family, message)
            raise ImageMissingError(message)
        log = self.config.state_dir / "logs" / f"{family}-{uuid.uuid4().hex[:8]}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        command = self._command(options.get("command") or [])
        environment = self._environment(options, family)
        work = self.config.state_dir / "tasks" / log.stem
        work.mkdir(parents=True)
        group = start_group(command, {**environment, "HOME": str(work), "PYTHONPATH": str(folder)}, work, log)
        container = _Container(group, log)
        with self._lock:
            self._running[container.id] = container
        threading.Thread(target=self._watch, args=(container, family), daemon=True).start()
        return container

    def get(self, container_id: str) -> _Container:
        """A container that was started here.

        Raises:
            KeyError: when there is no such container.
        """
        return self._running[container_id]

    def list(self, **_options: Any) -> list[_Container]:
        """Those that still run."""
        return [container for container in self._running.values() if container.status == "running"]

    def stop_all(self) -> None:
        """Ends every container."""
        for container in self.list():
            container.stop()

    def _command(self, command: list[str]) -> list[str]:
        """`python` is that of the rehearsal's own environment, which has what the image would install."""
        python = self.engines.require(PYTHON, "A container task")
        return [python if word == "python" else word for word in command]

    def _environment(self, options: Mapping[str, Any], family: str) -> dict[str, str]:
        given = {key: str(value) for key, value in (options.get("environment") or {}).items()}
        for name in ("AWS_ENDPOINT_URL", "ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI"):
            given.pop(name, None)
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            **given,
            **self._differences(given),
            **role_session(self._role(family), f"task-{uuid.uuid4().hex[:8]}"),
            "AWS_DEFAULT_REGION": self.config.region,
            "AWS_REGION": self.config.region,
            "AWS_ENDPOINT_URL": self.config.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "TMPDIR": str(self.config.state_dir / "tasks"),
        }

    def _differences(self, given: Mapping[str, str]) -> dict[str, str]:
        """What the rehearsal sets otherwise than the deployed task: for every task, and for the one of a source."""
        announced = json.loads(self.engines.endpoint(ENVIRONMENT) or "{}")
        # A workgroup's template says its port; here PostgreSQL stands behind it on another one.
        port = urlsplit(self.engines.endpoint(POSTGRES) or "").port
        behind = {"WAREHOUSE_PORT": str(port)} if port and "WAREHOUSE_PORT" in given else {}
        source = json.loads(given.get("SYNC") or "{}").get("name")
        return {**behind, **announced.get("environment", {}), **announced.get("sources", {}).get(source, {})}

    def _role(self, family: str) -> str:
        definitions = [each for each in ecs._task_defs.values() if each["family"] == family]
        return str(max(definitions, key=lambda each: each["revision"]).get("taskRoleArn", ""))

    def _watch(self, container: _Container, family: str) -> None:
        started = time.monotonic()
        code = container.group.wait(None)
        words = container.log.read_text(encoding="utf-8", errors="replace").splitlines()
        error = "\n".join(words[-_LAST_LINES:]) if code else None
        self.journal.execution(
            "container-task",
            family,
            "SUCCEEDED" if code == 0 else "FAILED",
            time.monotonic() - started,
            peak_memory_mib=container.group.peak_memory_mib,
            log_file=str(container.log),
            error=error,
        )


def install(config: EmulatorConfig, engines: Engines, images: Images, journal: Journal) -> Containers:
    """Has ECS start its tasks here, and Step Functions wait for their end and look at it."""
    containers = Containers(config, engines, images, journal)
    ecs._get_docker = lambda: containers
    sfn._SERVICE_DISPATCH["arn:aws:states:::ecs:runTask"] = run_task
    return containers


def run_task(resource: str, request: Json) -> Json:
    """`ecs:runTask`, and with `.sync` also its end: a code other than 0 is a failure, as it is on AWS."""
    asked = sfn._pascal_to_camel(request)
    status, _, body = ecs._run_task(asked)
    answer = json.loads(body)
    if status >= 400:
        raise sfn._ExecutionError("ECS.AmazonECSException", answer.get("message", "RunTask failed"))
    if ".sync" not in resource:
        return _pascal(answer)
    [task] = answer["tasks"]
    while True:
        current = ecs._tasks.get(task["taskArn"])
        if current is None or current["lastStatus"] == "STOPPED":
            break
        time.sleep(_POLL_SECONDS)
    stopped = ecs._sanitize(current or task)
    codes = [container.get("exitCode") for container in stopped["containers"]]
    if any(code != 0 for code in codes):
        raise sfn._ExecutionError("States.TaskFailed", json.dumps(_pascal(stopped)))
    return _pascal(stopped)


def _pascal(value: Any) -> Any:
    """Keys as Step Functions writes them in what a task answers."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: _pascal(inner) for key, inner in value.items()}
    return [_pascal(inner) for inner in value] if isinstance(value, list) else value
