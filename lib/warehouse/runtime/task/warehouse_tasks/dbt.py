"""Runs the dbt project: `python -m warehouse_tasks.dbt freshness | build [--full-refresh] | publish`.

PROJECT_URI       s3://bucket/key of the project's zip file
ARTIFACTS_URI     s3://bucket/prefix that keeps manifest, results and catalog: those of every run, and the latest
DOCS_URI          s3://bucket of the private site
MODELS            JSON list of paths below models/: what is built, with all that it needs; everything when absent
SLIM              true: builds only what has other code or newer rows than at the latest build, and what reads that, and
                  tests only rows that are newer where a test says so; once a day everything all the same
ALARM_TOPIC_ARN   hears of each model and test that failed
DBT_THREADS       how many nodes run at a time
and those of environment.py.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from .environment import SettingError, required, summary, unpack, warehouse

ARTIFACTS = ("manifest.json", "semantic_manifest.json", "run_results.json", "sources.json", "catalog.json")
# What tells of the project, whatever it was run on; dbt takes as long to write it as to make a small model.
_OF_PROJECT = ("manifest.json", "semantic_manifest.json")
_SITE = ("index.html", "manifest.json", "catalog.json")
_LATEST = "latest"
# What dbt parsed, so that the next run parses only files that have changed.
_PARSED = "partial_parse.msgpack"
# What a slim build has to know of the latest one besides: which project it built, and when everything was built last.
_BUILT = "built.json"
_SLIM_FOR = timedelta(days=1)

# Of the login of an engine that stands elsewhere.
_SECRETS = ("private_key", "client_secret")

# Models that the semantic layer needs, whatever is asked for.
_ALWAYS = "path:models/utilities"


class DbtFailed(Exception):
    """dbt did not succeed. The message names each model, test or source, its file and the reason."""


@dataclass(frozen=True)
class Run:
    """What one call of dbt did."""

    results: list[dict[str, Any]]
    seconds: float

    @property
    def statuses(self) -> dict[str, int]:
        """How many nodes ended how."""
        counts: dict[str, int] = {}
        for result in self.results:
            counts[result["status"]] = counts.get(result["status"], 0) + 1
        return counts


class Project:
    """A dbt project in a folder of its own, and where its artifacts are kept."""

    def __init__(self, uri: str, folder: Path, artifacts: Artifacts, models: Sequence[str]) -> None:
        """
        Args:
            uri: Where it comes from; another project has another one.

        Attributes:
            target: Where dbt writes its artifacts.
            unchanged: Those that the build did not write, because they are as they were at the latest one.
        """
        self._uri = uri
        self._folder = folder
        self._artifacts = artifacts
        self._models = models
        self._state = folder / "state"
        self.target = folder / "target"
        self.target.mkdir(exist_ok=True)
        self.unchanged: Sequence[str] = ()
        artifacts.fetch(_PARSED, self.target)

    def freshness(self) -> Run:
        """Judges whether the sources are as fresh as they are declared to be. Raises DbtFailed when one is not."""
        return self._run(self._freshness)

    def build(self, *, full_refresh: bool, slim: bool) -> Run:
        """Builds and tests the models. Raises DbtFailed when one of them fails."""
        arguments = ["build", *(["--full-refresh"] if full_refresh else [])]
        selection = [f"+{path}" for path in self._paths()] + [_ALWAYS] if self._models else []
        begun = everything = datetime.now(UTC)
        only = None
        if slim:
            # Kept with this build, for the next one to compare with.
            self._sources()
            latest = None if full_refresh else self._artifacts.fetch_latest(self._state)
            if latest is not None and begun - (built := datetime.fromisoformat(latest["everything"])) < _SLIM_FOR:
                everything = built
                changes = self._changes(latest)
                selection = [f"{each},{change}" for each in selection or ["*"] for change in changes]
                arguments += ["--state", str(self._state)]
                if latest["project"] == self._uri:
                    only, self.unchanged = "run_results.json", _OF_PROJECT
                os.environ["DBT_TESTED_UNTIL"] = json.dumps(_newest_rows(self._state / "sources.json"))
        run = self._run([*arguments, *(["--select", *selection] if selection else [])], only)
        (self.target / _BUILT).write_text(json.dumps({"project": self._uri, "everything": everything.isoformat()}))
        return run

    def _sources(self) -> None:
        """Notes how fresh the sources are. The build writes the manifest, so that it is not written for this too."""
        self._invoke(self._freshness, "sources.json")

    def _changes(self, latest: dict[str, str]) -> list[str]:
        """What a slim build builds: what has newer rows or other code than at the latest one, and what reads it."""
        # A view over sources shows newer rows as it is, and only its tests are due. One that reads a model is made anew
        # with it: where the model's table was replaced, some warehouses have dropped what hung on the old one.
        kinds = {node.config.materialized for node in self._runner.manifest.nodes.values()} - {"ephemeral", "view"}
        fresher = [f"source_status:fresher+,config.materialized:{kind}+" for kind in sorted(kinds)]
        # Where the code is the same, reading the manifest to find that out would take longer than most models.
        if latest["project"] == self._uri:
            return fresher
        self._artifacts.fetch("manifest.json", self._state)
        return ["state:modified+", *fresher]

    def publish(self) -> Run:
        """Makes the documentation's site. Raises DbtFailed when it cannot be made."""
        return self._run(["docs", "generate"])

    def install(self) -> None:
        """Fetches the packages that the project names, if it names any."""
        if not (self._folder / "packages.yml").exists():
            return
        from dbt.cli.main import dbtRunner

        outcome = dbtRunner().invoke(["deps", *self._options])
        if not outcome.success:
            raise DbtFailed(f"dbt deps: {outcome.exception}")

    @property
    def site(self) -> list[Path]:
        """The files of the documentation."""
        return [self.target / name for name in _SITE]

    def _paths(self) -> list[str]:
        return [f"path:models/{model}" for model in self._models]

    @property
    def _freshness(self) -> list[str]:
        selection = ["--select", *(f"+{path}" for path in self._paths())] if self._models else []
        return ["source", "freshness", *selection]

    def _run(self, arguments: Sequence[str], only: str | None = None) -> Run:
        begun = datetime.now(UTC)
        result = self._invoke(arguments, only)
        return Run(_told(result), (datetime.now(UTC) - begun).total_seconds())

    def _invoke(self, arguments: Sequence[str], only: str | None = None) -> Any:
        """What dbt gives back; it writes all artifacts, or only one. Raises DbtFailed when it did not succeed."""
        runner = self._runner
        outcome = runner.invoke([*arguments, *(["--no-write-json"] if only else []), *self._options])
        if only and outcome.result is not None:
            outcome.result.write(str(self.target / only))
        if not outcome.success:
            manifest = runner.manifest.writable_manifest().to_dict()
            raise DbtFailed(failures(_told(outcome.result), manifest) or f"dbt {arguments[0]}: {outcome.exception}")
        return outcome.result

    @cached_property
    def _runner(self) -> Any:
        """dbt with the project, parsed once for all that is done with it."""
        # Imported here, because it takes a second and not every call of this module runs dbt. What is made meanwhile
        # stays, and looking through it again and again for garbage takes a part of that second.
        gc.disable()
        from dbt.cli.main import dbtRunner

        parsed = dbtRunner().invoke(["parse", "--no-write-json", *self._options])
        gc.freeze()
        gc.enable()
        if not parsed.success:
            raise DbtFailed(f"dbt parse: {parsed.exception}")
        return dbtRunner(manifest=parsed.result)

    @property
    def _options(self) -> list[str]:
        folders = ["--project-dir", str(self._folder), "--profiles-dir", str(self._folder)]
        # What it says goes to the task's log; a file of every statement would be gone with the task.
        return [*folders, "--target-path", str(self.target), "--no-use-colors", "--log-level-file", "none"]


def _told(outcome: Any) -> list[dict[str, Any]]:
    """What became of each node. Of a source that cannot be read, dbt tells here and not in sources.json."""
    told = []
    for result in getattr(outcome, "results", ()):
        if hasattr(result, "node"):
            each = {"unique_id": result.node.unique_id, "status": str(result.status), "message": result.message}
            newest = getattr(result, "max_loaded_at", None)
            told.append(each if newest is None else {**each, "max_loaded_at": newest})
    return told


def _newest_rows(freshness: Path) -> dict[str, str]:
    """When the newest row of each table arrived, as dbt found it, by source and table."""
    results = json.loads(freshness.read_text())["results"]
    return {
        ".".join(each["unique_id"].split(".")[-2:]): each["max_loaded_at"]
        for each in results
        if "max_loaded_at" in each
    }


def failures(results: Iterable[dict[str, Any]], manifest: dict[str, Any]) -> str:
    """A line for each node that failed: what it is, its file, and the first line of the reason."""
    nodes = {**manifest.get("nodes", {}), **manifest.get("sources", {})}
    lines = []
    for result in results:
        if result["status"] not in ("error", "fail", "runtime error"):
            continue
        node = nodes.get(result["unique_id"], {})
        kind, _, name = result["unique_id"].split(".", 2)
        tested = node.get("attached_node")
        of = f" of {tested.split('.')[-1]}" if tested else ""
        name = node.get("name", name)
        lines.append(f"{kind} {name}{of} ({node.get('original_file_path', '?')}): {_reason(result)}")
    return "\n".join(lines)


def _reason(result: dict[str, Any]) -> str:
    if "max_loaded_at" in result:
        return f"its newest row arrived {result['max_loaded_at']}, which is later than its freshness allows"
    message = " ".join((result.get("message") or result["status"]).split())
    return message if len(message) <= 400 else f"{message[:397]}..."


class Artifacts:
    """What dbt wrote, kept in S3."""

    def __init__(self, uri: str) -> None:
        place = urlsplit(uri)
        self._bucket = place.netloc
        self._prefix = place.path.strip("/")
        self._s3 = boto3.client("s3")

    def keep(self, target: Path, step: str, *, is_latest: bool, unchanged: Sequence[str] = ()) -> None:
        """Keeps the artifacts of a run, and as the latest ones those that the next slim build compares itself with.

        Args:
            unchanged: Of the run's artifacts those that it did not write, being as they were at the latest one.
        """
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"
        latest = [*ARTIFACTS, _PARSED, _BUILT] if is_latest else []
        kept = [(f"runs/{stamp}-{step}", name) for name in ARTIFACTS] + [(_LATEST, name) for name in latest]
        for folder, name in kept:
            key = self._key(f"{folder}/{name}")
            if (target / name).exists():
                self._s3.upload_file(str(target / name), self._bucket, key)
            elif name in unchanged and folder != _LATEST:
                self._s3.copy({"Bucket": self._bucket, "Key": self._key(f"{_LATEST}/{name}")}, self._bucket, key)

    def fetch(self, name: str, folder: Path) -> bool:
        """Fetches one of the latest artifacts; whether it was there."""
        try:
            self._s3.download_file(self._bucket, self._key(f"{_LATEST}/{name}"), str(folder / name))
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey"):
                raise
            return False
        return True

    def fetch_latest(self, folder: Path) -> dict[str, str] | None:
        """Fetches what a slim build compares with; what the latest build noted, None where anything is missing."""
        folder.mkdir(exist_ok=True)
        if not self.fetch("sources.json", folder) or not self.fetch(_BUILT, folder):
            return None
        return json.loads((folder / _BUILT).read_text())

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name


def main(arguments: Sequence[str]) -> int:
    """Runs one step."""
    step = arguments[0] if arguments else ""
    try:
        if step not in ("freshness", "build", "publish"):
            raise SettingError(f"'{step}' is no step; there are freshness, build and publish.")
        with tempfile.TemporaryDirectory(prefix="dbt-") as scratch:
            artifacts = Artifacts(required("ARTIFACTS_URI"))
            uri = required("PROJECT_URI")
            folder = unpack(uri, Path(scratch))
            _connect(folder)
            project = Project(uri, folder, artifacts, json.loads(os.environ.get("MODELS") or "[]"))
            try:
                run = _step(project, step, full_refresh="--full-refresh" in arguments)
            except DbtFailed:
                artifacts.keep(project.target, step, is_latest=False, unchanged=project.unchanged)
                raise
            artifacts.keep(project.target, step, is_latest=step == "build", unchanged=project.unchanged)
            if step == "publish":
                _publish(project.site)
    except (DbtFailed, SettingError) as error:
        print(error, file=sys.stderr, flush=True)
        _alarm(step, str(error))
        summary({"step": step, "error": str(error)})
        return 1
    summary({"step": step, "nodes": len(run.results), **run.statuses, "seconds": run.seconds})
    return 0


def _step(project: Project, step: str, *, full_refresh: bool) -> Run:
    project.install()
    if step == "freshness":
        return project.freshness()
    if step == "publish":
        return project.publish()
    return project.build(full_refresh=full_refresh, slim=os.environ.get("SLIM") == "true")


def _connect(folder: Path) -> None:
    """Gives dbt the login by the names that profiles.yml reads; dbt keeps what is called SECRET out of its logs."""
    target = warehouse()
    os.environ.update(
        WAREHOUSE_ENGINE=target.engine,
        DBT_HOST=target.host,
        DBT_PORT=str(target.port),
        DBT_DATABASE=target.database,
        DBT_USER=target.user,
        DBT_ENV_SECRET_PASSWORD=target.password,
        DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    )
    os.environ.update(
        {f"DBT_ENV_SECRET_{name.upper()}": target.login[name] for name in _SECRETS if name in target.login}
    )
    if target.engine == "bigquery":
        # Its adapter reads the key of a service account from a file.
        keys = folder / "login.json"
        keys.touch(mode=0o600)
        keys.write_text(json.dumps(target.login))
        os.environ["DBT_KEYFILE"] = str(keys)


def _publish(site: Iterable[Path]) -> None:
    place = urlsplit(required("DOCS_URI"))
    types = {".html": "text/html; charset=utf-8", ".json": "application/json"}
    for file in site:
        key = f"{place.path.strip('/')}/{file.name}".lstrip("/")
        boto3.client("s3").upload_file(str(file), place.netloc, key, ExtraArgs={"ContentType": types[file.suffix]})


def _alarm(step: str, message: str) -> None:
    topic = os.environ.get("ALARM_TOPIC_ARN")
    if topic:
        boto3.client("sns").publish(TopicArn=topic, Subject=f"dbt {step} failed", Message=message[:100_000])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
