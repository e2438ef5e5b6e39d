"""Runs a blueprint's SQL files in order: the Glue job behind silver and gold.

    sql_job.py --sql s3://bucket/a.sql[,...] --variables '{"silver": "silver"}' [--record s3://bucket/conform-spec.json]
               [--from_date 2026-01-01 --to_date 2026-01-31]

A file is plain Spark SQL, its statements end with ``;``. ``${name}`` stands for a variable: one of ``--variables``,
``from_date`` and ``to_date`` (empty unless given), ``record_columns`` (what ``record`` of @conform has), or one that
the file itself has set. Comments of this form are directives. The first five stand alone; the others say what becomes
of the result of the statement that follows.

``-- @default NAME VALUE``
    The value of a variable that the job was not given.
``-- @consume NAME FROM SOURCE INTO TARGET [AS VIEW]``
    Remembers how far the Iceberg table SOURCE has been read. The commits that follow (to TARGET) carry the snapshot id
    of SOURCE as ``cdk-data-patterns.NAME-snapshot-id``, so result and position are committed together or not at all.
    Sets ``${NAME_since}`` (the id that TARGET carries; empty at first) and ``${NAME_until}`` (the newest id; empty when
    SOURCE has none). VIEW holds the rows appended in between: SOURCE must be append-only for it.
``-- @conform NAME FROM VIEW``
    A view of VIEW's columns, but instead of ``raw_payload`` its SHA-256 as ``payload_hash`` and, conformed to the
    ``--record`` spec (see conform.py), ``record``. With mappings (see mapping.py) there is a row for each record of a
    message, told apart by ``position``, and one without a record (NULL) for a message of another kind; else
    ``position`` is 0.
``-- @commit_property NAME VALUE``
    The commits that follow carry ``cdk-data-patterns.NAME`` in their snapshot's summary.
``-- @stop_if CONDITION``
    When the condition is true, the rest of the file is left out.
``-- @set``
    The statement's only row; every column becomes a variable (NULL becomes the empty text).
``-- @if CONDITION``
    The statement is run only when the condition is true.
``-- @assert``
    Each row's first column is a sentence that tells a failure. All failures of consecutive assertions are gathered,
    and the file ends there; what the statements before them committed stays. The files that follow are run, then the
    job fails.
``-- @summary``
    The statement's only row has rows_in, rows_out and rows_rejected, for the line that ends the job's output.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from tables import PROPERTY_PREFIX, IcebergTable, JobError, job_summary, run_job, with_commit_properties

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession


STANDALONE_DIRECTIVES = ("default", "consume", "conform", "commit_property", "stop_if")
STATEMENT_DIRECTIVES = ("set", "if", "assert", "summary")


# --- the file: statements and directives -----------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""
    (?P<string>  [rR]'[^']*' | [rR]"[^"]*" | '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | `[^`]*` )
  | (?P<hint>    /\*\+ .*? \*/ )
  | (?P<comment> --[^\n]* )
  | (?P<block>   /\* )
  | (?P<end>     ; )
  | (?P<word>    \w+ )
  | (?P<other>   \s+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"--\s*@(\w+)\s*(.*?)\s*")


@dataclass(frozen=True)
class Step:
    """A statement with the directive that governs it, or a directive that stands alone."""

    line: int
    directive: str | None = None
    arguments: str = ""
    sql: str | None = None


def parse(text: str, file: str = "script.sql") -> list[Step]:
    """The steps of a SQL file. Raises JobError for a directive that is unknown or out of place."""
    steps: list[Step] = []
    pending: Step | None = None
    sql, start = "", 0
    for kind, token, line in _tokens(text):
        if kind == "comment":
            directive = _DIRECTIVE.fullmatch(token)
            if directive is None:
                continue
            if sql.strip() or pending:
                raise JobError(f"{file}:{line}: @{directive[1]} stands inside a statement; move it in front of one.")
            step = Step(line, directive[1], directive[2])
            if directive[1] in STANDALONE_DIRECTIVES:
                steps.append(step)
            elif directive[1] in STATEMENT_DIRECTIVES:
                pending = step
            else:
                known = ", ".join(f"@{name}" for name in (*STANDALONE_DIRECTIVES, *STATEMENT_DIRECTIVES))
                raise JobError(f"{file}:{line}: @{directive[1]} is not a directive. There are {known}.")
        elif kind == "end":
            if sql.strip():
                steps.append(_statement(pending, sql, start))
                pending = None
            sql = ""
        else:
            if not sql.strip():
                sql, start = "", line
            sql += token
    if sql.strip():
        steps.append(_statement(pending, sql, start))
    elif pending:
        raise JobError(f"{file}:{pending.line}: @{pending.directive} has no statement after it.")
    return steps


def _statement(directive: Step | None, sql: str, line: int) -> Step:
    return Step(line, directive.directive if directive else None, directive.arguments if directive else "", sql.strip())


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and line of each token; a comment between slashes and stars becomes as many line ends as it had."""
    position, line = 0, 1
    while match := _TOKEN.match(text, position):
        kind, token = match.lastgroup or "other", match[0]
        if kind == "block":
            token = text[position : _block_end(text, position)]
            yield "other", " " + "\n" * token.count("\n"), line
        else:
            yield kind, token, line
        position += len(token)
        line += token.count("\n")


def _block_end(text: str, start: int) -> int:
    # Spark nests bracketed comments.
    depth = 0
    for mark in re.finditer(r"/\*|\*/", text[start:]):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return start + mark.end()
    return len(text)


def substitute(text: str, variables: dict[str, str], place: str) -> str:
    """``${name}`` replaced by the variable's value. Raises JobError naming an unknown one."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in variables:
            raise JobError(
                f"{place}: ${{{match[1]}}} is not defined. Give it in --variables; known are "
                f"{', '.join(sorted(variables)) or 'none'}."
            )
        return variables[match[1]]

    return re.sub(r"\$\{(\w+)\}", value, text)


# --- running it ------------------------------------------------------------------------------------------------------


class AssertionFailedError(JobError):
    """What a file asserts does not hold; what its statements committed stays."""


class Script:
    """One SQL file in a Spark session."""

    def __init__(
        self, spark: SparkSession, file: str, text: str, variables: dict[str, str], record_spec: dict[str, Any] | None
    ) -> None:
        self.file = file
        self.summary = {"rows_in": 0, "rows_out": 0, "rows_rejected": 0}
        self._spark = spark
        self._steps = parse(text, file)
        self._variables = dict(variables)
        self._record_spec = record_spec
        self._commit_properties: dict[str, str] = {}

    def run(self) -> None:
        """Runs the steps in order. Raises JobError with file and line when one fails."""
        try:
            self._run_steps()
        finally:
            self._clean_session()

    def _clean_session(self) -> None:
        """The next file starts without this one's views."""
        # First what they cached: each view that is dropped is compared with every plan in the cache.
        self._spark.catalog.clearCache()
        views = self._spark._jsparkSession.sessionState().catalog().getTempViewNames().mkString(",")
        for view in filter(None, views.split(",")):
            self._spark.catalog.dropTempView(view)

    def _run_steps(self) -> None:
        failures: list[str] = []
        for step in self._steps:
            if failures and step.directive != "assert":
                break
            place = f"{self.file}:{step.line}"
            if step.directive == "stop_if":
                if self._holds(step, place):
                    break
                continue
            if step.directive == "if" and not self._holds(step, place):
                continue
            if step.sql is None:
                self._directive(step, substitute(step.arguments, self._variables, place), place)
                continue
            rows = self._sql(step, substitute(step.sql, self._variables, place), place)
            if step.directive == "assert":
                failures += [str(row[0]) for row in rows]
            elif step.directive == "set":
                self._variables.update(_texts(_only(rows, place)))
            elif step.directive == "summary":
                self.summary.update({name: int(value) for name, value in _only(rows, place).asDict().items()})
        if failures:
            raise AssertionFailedError(f"{self.file}: " + " ".join(failures))

    def _sql(self, step: Step, sql: str, place: str) -> list[Row]:
        try:
            if step.directive not in (None, "if"):
                return self._spark.sql(sql).collect()
            with_commit_properties(self._spark, self._commit_properties, lambda: self._spark.sql(sql))
            return []
        except Exception as error:
            raise JobError(self._explain(error, step, place)) from error

    def _holds(self, step: Step, place: str) -> bool:
        condition = substitute(step.arguments, self._variables, place)
        if not condition:
            raise JobError(f"{place}: @{step.directive} has no condition; write it on the same line.")
        try:
            # Of a list of values the optimizer knows the answer; without one it would be a job.
            return _only(self._spark.sql(f"SELECT {condition} FROM VALUES (0)").collect(), place)[0] is True
        except Exception as error:
            raise JobError(self._explain(error, step, place)) from error

    def _explain(self, error: Exception, step: Step, place: str) -> str:
        message = str(getattr(error, "desc", None) or _root_cause(error) or error)
        inner = re.search(r"\bline (\d+), pos|\(line (\d+), position", message)
        if inner:
            place = f"{self.file}:{step.line + int(inner[1] or inner[2]) - 1}"
        named = re.search(r"\[[A-Z][A-Z0-9_.]+\] [^\n]*", message)
        lines = [line for line in message.splitlines() if line.strip()]
        return f"{place}: {named[0] if named else (lines or [type(error).__name__])[0]}"

    def _directive(self, step: Step, arguments: str, place: str) -> None:
        handlers: dict[str, tuple[str, Callable[..., None]]] = {
            "default": (r"(\w+)\s+(.*)", self._default),
            "consume": (r"(\w+)\s+FROM\s+(\S+)\s+INTO\s+(\S+)(?:\s+AS\s+(\w+))?", self._consume),
            "conform": (r"(\w+)\s+FROM\s+(\w+)", self._conform),
            "commit_property": (r"([\w-]+)\s+(.*)", self._commit_property),
        }
        pattern, handler = handlers[step.directive or ""]
        match = re.fullmatch(pattern, arguments, re.IGNORECASE)
        if match is None:
            raise JobError(f"{place}: cannot read '@{step.directive} {arguments}'; see the head of sql_job.py.")
        try:
            handler(*match.groups())
        except JobError as error:
            raise JobError(f"{place}: {error}") from error
        except Exception as error:
            raise JobError(self._explain(error, step, place)) from error

    def _default(self, name: str, value: str) -> None:
        self._variables.setdefault(name, value)

    def _consume(self, name: str, source: str, target: str, view: str | None) -> None:
        key = f"{PROPERTY_PREFIX}{name}-snapshot-id"
        until = IcebergTable(self._spark, source).current_snapshot_id()
        since = IcebergTable(self._spark, target).last_committed(key)
        if view:
            self._appended(source, since, until).createOrReplaceTempView(view)
        if until is not None:
            self._commit_property(f"{name}-snapshot-id", str(until))
        self._variables[f"{name}_since"] = since or ""
        self._variables[f"{name}_until"] = str(until or "")

    def _appended(self, source: str, since: str | None, until: int | None) -> DataFrame:
        if until is None or since == str(until):
            return self._spark.table(source).limit(0)
        if since is None:
            return self._spark.read.option("snapshot-id", until).table(source)
        if not IcebergTable(self._spark, source).reaches_back_to(int(since)):
            raise JobError(
                f"{source}: snapshot {since}, up to which it was read, is no longer in its history, so the rows since "
                "then cannot be told from older ones. Rebuild the target as a new, empty table, and keep the "
                "snapshots of the source longer (history.expire.max-snapshot-age-ms)."
            )
        return self._spark.read.option("start-snapshot-id", since).option("end-snapshot-id", until).table(source)

    def _commit_property(self, name: str, value: str) -> None:
        self._commit_properties[PROPERTY_PREFIX + name] = value

    def _conform(self, name: str, view: str) -> None:
        if self._record_spec is None:
            raise JobError("@conform needs the record's spec. Start the job with --record.")
        from conform import Conformer, SpecError

        try:
            conformer = Conformer(self._record_spec)
        except SpecError as error:
            raise JobError(str(error)) from error
        conformer.conformed(self._spread(self._spark.table(view))).createOrReplaceTempView(name)

    def _spread(self, frame: DataFrame) -> DataFrame:
        """The frame on every core: Iceberg reads small files in one task, and conforming is what takes the time."""
        cores = self._spark.sparkContext.defaultParallelism
        few = frame._jdf.queryExecution().toRdd().getNumPartitions() < cores
        # By their content: dealing rows out in turn would sort them first, for the sake of retries.
        return frame.repartition(cores, *frame.columns) if few else frame


def _root_cause(error: Exception) -> str | None:
    """What the Java exception behind an error of py4j came from, such as a denied request."""
    cause = getattr(error, "java_exception", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    return cause and cause.toString()


def _only(rows: list[Row], place: str) -> Row:
    if len(rows) != 1:
        raise JobError(f"{place}: one row was expected, {len(rows)} came.")
    return rows[0]


def _texts(row: Row) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in row.asDict().items()}


# --- the job ---------------------------------------------------------------------------------------------------------


def read_text(uri: str) -> str:
    """The text of a file on S3 or, for a plain path, on this machine."""
    match = re.fullmatch(r"s3://([^/]+)/(.+)", uri)
    if match is None:
        return Path(uri).read_text(encoding="utf-8")
    import boto3

    return boto3.client("s3").get_object(Bucket=match[1], Key=match[2])["Body"].read().decode("utf-8")


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sql_job.py", allow_abbrev=False)
    parser.add_argument("--JOB_NAME", default="sql_job")
    parser.add_argument("--sql", required=True)
    parser.add_argument("--variables", default="{}", type=json.loads)
    parser.add_argument("--record")
    parser.add_argument("--from_date", default="")
    parser.add_argument("--to_date", default="")
    arguments = parser.parse_known_args(argv)[0]
    _check_dates(arguments.from_date, arguments.to_date)
    return arguments


def _check_dates(first: str, last: str) -> None:
    if bool(first) != bool(last):
        raise JobError("--from_date and --to_date go together: give both or none.")
    try:
        if first and date.fromisoformat(first) > date.fromisoformat(last):
            raise JobError(f"--from_date {first} is after --to_date {last}.")
    except ValueError as error:
        raise JobError(f"--from_date {first} --to_date {last}: {error}; write a day as YYYY-MM-DD.") from error


def _start_python(spark: SparkSession) -> None:
    """Starts Python beside Spark's executors, which takes a second, while the first statements are planned."""

    def imported(batches: Iterator[Any]) -> Iterator[Any]:
        import conform  # noqa: F401

        yield from batches

    cores = spark.sparkContext.defaultParallelism
    spark.range(0, cores, 1, cores).mapInArrow(imported, "id BIGINT").collect()


def run(argv: list[str]) -> dict[str, Any]:
    """Runs the job and returns its summary; its seconds begin when Spark has started."""
    arguments = _arguments(argv)
    files = arguments.sql.split(",")
    # Fetching while the session starts costs nothing; after it, it would.
    with ThreadPoolExecutor(max_workers=4) as pool:
        texts = [pool.submit(read_text, file) for file in files]
        record = pool.submit(read_text, arguments.record) if arguments.record else None
        from pyspark.sql import SparkSession

        # What a file caches is read once or twice: compressing it costs more than it saves.
        session = SparkSession.builder.config("spark.sql.inMemoryColumnarStorage.compressed", "false")
        spark = session.appName(arguments.JOB_NAME).getOrCreate()
        started = time.monotonic()
        if record:
            Thread(target=_start_python, args=(spark,), daemon=True).start()
        scripts = [text.result() for text in texts]
        spec = json.loads(record.result()) if record else None
    variables = {name: str(value) for name, value in arguments.variables.items()}
    variables |= {"from_date": arguments.from_date, "to_date": arguments.to_date}
    if spec:
        names = [*(field["name"] for field in spec["fields"]), "is_valid", "validation_errors"]
        variables["record_columns"] = ", ".join(f"`{name}`" for name in names)
    totals = {"rows_in": 0, "rows_out": 0, "rows_rejected": 0}
    failures: list[str] = []
    for file, text in zip(files, scripts, strict=True):
        script = Script(spark, file.rsplit("/", 1)[-1], text, variables, spec)
        try:
            script.run()
        except AssertionFailedError as failure:
            failures.append(str(failure))
        totals = {name: totals[name] + script.summary[name] for name in totals}
    if failures:
        raise JobError(" ".join(failures))
    return job_summary(arguments.JOB_NAME, started, **totals)


if __name__ == "__main__":
    run_job(run)
