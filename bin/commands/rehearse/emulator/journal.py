"""The journal: one JSON object a line, appended and flushed, that says what was provisioned and what really ran."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Journal:
    """Writes events to `path`. Safe to use from any thread."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _denials: set[tuple[str, str, str]] = field(default_factory=set, repr=False)

    def resource(
        self, stack: str, logical_id: str, resource_type: str, label: str, note: str, *, physical_id: str = ""
    ) -> None:
        """Records that a stack got a resource, and how much of it is real (see `labels`).

        What can run is real only once it did: an execution whose name is (the end of) the physical id tells so.
        """
        self._write(
            {
                "event": "resource",
                "stack": stack,
                "logicalId": logical_id,
                "physicalId": physical_id,
                "type": resource_type,
                "label": label,
                "note": note,
            }
        )

    def execution(
        self,
        kind: str,
        name: str,
        state: str,
        seconds: float,
        *,
        peak_memory_mib: int | None = None,
        log_file: str | None = None,
        error: str | None = None,
    ) -> None:
        """Records that something really ran, and how it ended.

        Args:
            kind: `glue-job`, `container-task`, `image-source`, `lambda`, `state-machine`, `kafka-topic`,
                `athena-query` or `custom-resource`.
            name: The name of what ran.
            state: The final state as AWS spells it, such as `SUCCEEDED`.
            seconds: Wall-clock time.
            peak_memory_mib: The largest resident memory of its processes together, where it has its own.
            log_file: Where its output stands.
            error: Why it failed.
        """
        event: dict[str, Any] = {
            "event": "execution",
            "kind": kind,
            "name": name,
            "state": state,
            "seconds": round(seconds, 3),
        }
        optional = {"peakMemoryMiB": peak_memory_mib, "logFile": log_file, "error": error}
        self._write(event | {key: value for key, value in optional.items() if value is not None})

    def job_started(self, name: str, run_id: str, pid: int, log_file: str) -> None:
        """Records that a Glue job's process runs; `pid` is that of its process group, too."""
        self._write({"event": "job-started", "name": name, "run": run_id, "pid": pid, "logFile": log_file})

    def flink(self, application: str, state: str, details: dict[str, Any]) -> None:
        """Records what became of a Flink application's process.

        Args:
            application: Its name.
            state: `running` (with pid, REST endpoint, job, what it was restored from), `died`, `finished` or `stopped`.
            details: What belongs to it.
        """
        self._write({"event": "flink", "name": application, "state": state, **details})

    def storage_fault(self, method: str, path: str, status: int) -> None:
        """Records a request to S3 that was failed on purpose."""
        self._write({"event": "storage-fault", "method": method, "path": path, "status": status})

    def policy(self, physical_id: str, roles: list[str], allowed: list[tuple[str, str]]) -> None:
        """Records what a deployed resource grants to roles, as patterns of action and resource; the last word counts.

        Args:
            physical_id: The policy, or the role whose own policies these are.
            roles: Names of the roles.
            allowed: Pairs of action and resource.
        """
        self._write({"event": "policy", "policy": physical_id, "roles": roles, "allowed": allowed})

    def grant_used(self, role: str, action: str, resource: str) -> None:
        """Records, once, that a grant of a role has allowed a request; action and resource as the policy has them."""
        self._write({"event": "grant-used", "role": role, "action": action, "resource": resource})

    def denial(self, principal: str, action: str, resource: str) -> None:
        """Records, once, that a request was refused, and which action on what its sender lacks."""
        with self._lock:
            known = (principal, action, resource) in self._denials
            self._denials.add((principal, action, resource))
        if not known:
            self._write({"event": "denial", "principal": principal, "action": action, "resource": resource})

    def violation(self, rule: str, subject: str, message: str) -> None:
        """Records something that AWS would not do as the emulator does; a rehearsal with any of these has failed.

        Args:
            rule: A stable name, such as `integration-not-implemented`.
            subject: What it is about: a logical id, an ARN, a job.
            message: One sentence for a person.
        """
        self._write({"event": "violation", "rule": rule, "subject": subject, "message": message})

    def _write(self, event: dict[str, Any]) -> None:
        line = json.dumps({**event, "time": round(time.time(), 3)}, ensure_ascii=False)
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
