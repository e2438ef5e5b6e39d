"""AWS Glue Data Quality: rulesets kept and handed out as they were deployed, and evaluated on tables of the catalog.

A job evaluates its own (see `glue_library`). What Glue evaluates by itself is evaluated here by one Spark that stays,
with AWS's own DQDL parser and Deequ, under the role that the run is given.
"""

from __future__ import annotations

import contextvars
import json
import shlex
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import glue

from . import cloudformation, registry
from .config import EmulatorConfig, SparkConfig
from .iam_enforcement import AccessDeniedError, require, role_session
from .iam_requests import Requirement
from .journal import Journal
from .registry import Properties
from .schedules import as_its_schedules
from .spark import SparkCommand, environment

Response = tuple[int, dict[str, str], bytes]

TYPE = "AWS::Glue::DataQualityRuleset"

_SERVICE = ("-m", "awsgluedq.service")
_ANSWER = "ANSWER "
# The words of Glue's API for those of its transform.
_RESULTS = {"Passed": "PASS", "Failed": "FAIL"}


@dataclass
class Rulesets:
    """The CloudFormation handlers, and the operation that reads a ruleset."""

    journal: Journal
    _kept: dict[tuple[str, str], Properties] = field(default_factory=dict)

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Keeps the ruleset; its text is parsed when it is evaluated."""
        registry.resource_schema(TYPE, get_region()).validate(properties)
        if self._key(properties["Name"]) in self._kept:
            raise ValueError(f"{TYPE}: a ruleset named {properties['Name']} already exists.")
        return self._keep(properties)

    def update(
        self, _physical_id: str, _old: Properties, new: Properties, _stack: str, _logical_id: str
    ) -> tuple[str, Properties]:
        """Replaces the ruleset's text."""
        registry.resource_schema(TYPE, get_region()).validate(new)
        return self._keep(new)

    def delete(self, physical_id: str, _properties: Properties) -> None:
        """Forgets the ruleset."""
        self._kept.pop(self._key(physical_id), None)

    def named(self, name: str) -> Properties | None:
        """A ruleset of the account that is asked, which counts as read from now on."""
        ruleset = self._kept.get(self._key(name))
        if ruleset is not None:
            self.journal.execution("quality-ruleset", name, "SUCCEEDED", 0)
        return ruleset

    def get(self, request: Properties) -> Response:
        """GetDataQualityRuleset."""
        name = request.get("Name", "")
        ruleset = self.named(name)
        if ruleset is None:
            return _not_found(f"Cannot find Data Quality Ruleset {name}")
        answer = {key: ruleset[key] for key in ("Name", "Description", "Ruleset", "TargetTable") if key in ruleset}
        return json_response(answer)

    def _keep(self, properties: Properties) -> tuple[str, Properties]:
        self._kept[self._key(properties["Name"])] = properties
        return properties["Name"], {}

    def _key(self, name: str) -> tuple[str, str]:
        return get_account_id(), name


@dataclass
class Evaluations:
    """The runs that evaluate a ruleset on a table of the catalog, and what they have found, by account."""

    config: EmulatorConfig
    journal: Journal
    rulesets: Rulesets
    _runs: dict[tuple[str, str], Properties] = field(default_factory=dict)
    _results: dict[tuple[str, str], Properties] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def start(self, request: Properties) -> Response:
        """StartDataQualityRulesetEvaluationRun: answers at once, the run goes on in a thread of its own."""
        unknown = [name for name in request["RulesetNames"] if self.rulesets.named(name) is None]
        if unknown:
            return _not_found(f"Cannot find Data Quality Ruleset {unknown[0]}")
        run = {"RunId": f"dqrun-{uuid.uuid4().hex}", "Status": "STARTING", "StartedOn": time.time(), "ResultIds": []}
        self._runs[get_account_id(), run["RunId"]] = run
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._execute, request, run), daemon=True).start()
        return json_response({"RunId": run["RunId"]})

    def get(self, request: Properties) -> Response:
        """GetDataQualityRulesetEvaluationRun."""
        run = self._runs.get((get_account_id(), request["RunId"]))
        return json_response(run) if run else _not_found(f"Cannot find run {request['RunId']}")

    def results(self, request: Properties) -> Response:
        """ListDataQualityResults, of one table or of all."""
        wanted = (request.get("Filter") or {}).get("DataSource")
        found = [
            {key: result[key] for key in ("ResultId", "DataSource", "StartedOn")}
            for (account, _), result in self._results.items()
            if account == get_account_id() and wanted in (None, result["DataSource"])
        ]
        return json_response({"Results": found})

    def result(self, request: Properties) -> Response:
        """GetDataQualityResult."""
        found = self._results.get((get_account_id(), request["ResultId"]))
        return json_response(found) if found else _not_found(f"Cannot find result {request['ResultId']}")

    def some_results(self, request: Properties) -> Response:
        """BatchGetDataQualityResult."""
        ids = request["ResultIds"]
        found = [self._results.get((get_account_id(), one)) for one in ids]
        missing = [one for one, result in zip(ids, found, strict=True) if result is None]
        return json_response({"Results": [each for each in found if each], "ResultsNotFound": missing})

    def stop(self) -> None:
        """Ends Spark."""
        if self._process:
            self._process.kill()

    def _execute(self, request: Properties, run: Properties) -> None:
        started = time.monotonic()
        try:
            session = role_session(str(request["Role"]), "GlueDataQuality")
            for name in request["RulesetNames"]:
                needed = [_on_ruleset(action, name) for action in ("GetDataQualityRuleset", "PublishDataQuality")]
                require(session["AWS_ACCESS_KEY_ID"], *needed)
                outcomes = self._evaluated(request["DataSource"]["GlueTable"], name, session)
                run["ResultIds"].append(self._keep(request, run, name, outcomes))
            run["Status"] = "SUCCEEDED"
        except (AccessDeniedError, EvaluationError) as error:
            run.update(Status="FAILED", ErrorString=str(error))
        run["CompletedOn"] = time.time()
        names, seconds = ", ".join(request["RulesetNames"]), time.monotonic() - started
        self.journal.execution("quality-evaluation", names, run["Status"], seconds, error=run.get("ErrorString"))

    def _evaluated(self, table: Properties, name: str, session: Mapping[str, str]) -> list[Properties]:
        ruleset = self.rulesets.named(name) or {}
        answer = self._ask(
            {
                "database": table["DatabaseName"],
                "table": table["TableName"],
                "ruleset": ruleset["Ruleset"],
                "endpoint": self.config.endpoint,
                "credentials": dict(session),
            }
        )
        if "error" in answer:
            raise EvaluationError(answer["error"])
        return answer["outcomes"]

    def _keep(self, request: Properties, run: Properties, name: str, outcomes: list[Properties]) -> str:
        result_id = f"dqresult-{uuid.uuid4().hex}"
        rules = [
            {
                "Name": f"Rule_{number}",
                "Description": each["rule"],
                "EvaluationMessage": each["failure_reason"],
                "Result": _RESULTS[each["outcome"]],
                "EvaluatedMetrics": each["metrics"],
            }
            for number, each in enumerate(outcomes, 1)
        ]
        self._results[get_account_id(), result_id] = {
            "ResultId": result_id,
            "Score": sum(each["Result"] == "PASS" for each in rules) / len(rules),
            "DataSource": request["DataSource"],
            "RulesetName": name,
            "RulesetEvaluationRunId": run["RunId"],
            "StartedOn": run["StartedOn"],
            "CompletedOn": time.time(),
            "RuleResults": rules,
        }
        return result_id

    def _ask(self, request: Properties) -> Properties:
        with self._one_at_a_time:
            if self._process is None:
                self._process = self._start()
            process = self._process
            assert process.stdin and process.stdout
            try:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
                for line in process.stdout:
                    if line.startswith(_ANSWER):
                        return json.loads(line.removeprefix(_ANSWER))
            except BrokenPipeError:
                pass
            raise EvaluationError(f"Spark has ended; its log is {self._log}.")

    @property
    def _log(self) -> Path:
        return self.config.state_dir / "logs" / "data-quality.log"

    def _start(self) -> subprocess.Popen[str]:
        spark = self._spark()
        work = self.config.state_dir / "runs" / "data-quality"
        work.mkdir(parents=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        _, *options, _ = SparkCommand(script=Path("none"), arguments={}, work=work).line(spark)
        env = environment(spark, work, {"AWS_REGION": self.config.region, "AWS_EC2_METADATA_DISABLED": "true"})
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [spark.python, *_SERVICE],
                env={**env, "PYSPARK_SUBMIT_ARGS": shlex.join([*options, "pyspark-shell"])},
                cwd=work,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def _spark(self) -> SparkConfig:
        if self.config.spark is None:
            raise EvaluationError("The emulator was started without Spark; give 'spark' in its configuration.")
        return self.config.spark


class EvaluationError(Exception):
    """A run fails; the message is its ErrorString."""


def install(config: EmulatorConfig, journal: Journal) -> Evaluations:
    """Adds the resource type, and the operations to MiniStack's Glue, which has none of Data Quality."""
    rulesets = Rulesets(journal)
    evaluations = Evaluations(config, journal, rulesets)
    cloudformation.register(TYPE, rulesets.create, rulesets.update, rulesets.delete)
    operations: dict[str, Callable[[Properties], Response]] = {
        "GetDataQualityRuleset": rulesets.get,
        "StartDataQualityRulesetEvaluationRun": as_its_schedules(evaluations.start, _start_of),
        "GetDataQualityRulesetEvaluationRun": evaluations.get,
        "ListDataQualityResults": evaluations.results,
        "GetDataQualityResult": evaluations.result,
        "BatchGetDataQualityResult": evaluations.some_results,
    }
    glue._handle_request_sync = _with_data_quality(glue._handle_request_sync, operations)
    return evaluations


def _start_of(request: Properties) -> Requirement:
    return _on_ruleset("StartDataQualityRulesetEvaluationRun", request["RulesetNames"][0])


def _on_ruleset(action: str, name: str) -> Requirement:
    arn = f"arn:aws:glue:{get_region()}:{get_account_id()}:dataQualityRuleset/{name}"
    return Requirement("glue", f"glue:{action}", arn)


def _not_found(message: str) -> Response:
    return error_response_json("EntityNotFoundException", message, 400)


def _with_data_quality(
    stock: Callable[..., Response], operations: Mapping[str, Callable[[Properties], Response]]
) -> Callable[..., Response]:
    def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Response:
        operation = operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
        return operation(json.loads(body)) if operation else stock(method, path, headers, body, query)

    return handle
