"""Erases the rows of a key or a person from every layer of the lake, and from its past.

    erase.py --plan '{...}' --request s3://bucket/erasure-requests/1.json --records s3://bucket/erasures

The request is a file, because arguments of a job are kept and shown to many, and this one names a person:
``{"column": "trader_id", "values": ["T-17"], "requestedBy": "privacy@example.com", "reason": "..."}``. It is removed
when all is done.

The plan is the construct's:

``columns``     by which rows may be erased
``identity``    the column that makes several rows versions of one thing: with one version go all
``payloads``    tables of raw messages (``raw_payload``, ``source``) that conform to ``record``; ``consumers`` are the
                tables that are fed from it, each with the name by which its ``@consume`` calls this one
``tables``      tables that have the columns themselves
``derived``     tables that are computed anew by SQL files, once the rows are gone
``record``      the conform spec, as sql_job.py reads it
``variables``   of the SQL files
``disposable``  addresses whose content is removed altogether: results of queries are copies of rows
``orphanHours`` how old a file must be that no table knows, to be taken for a leftover and not for a commit under way

What comes after silver is erased before what comes before it, so that a run that dies is simply run again. The
commits carry on how far a table was fed: what was read is never read again, neither from Kafka nor from bronze.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import secrets
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from objects import Version, prefix, write_text
from table_past import TablePast

from sql_job import Script, read_text
from tables import LAST_ARRIVAL, PROPERTY_PREFIX, IcebergTable, JobError, job_summary, run_job, with_commit_properties

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Json = dict[str, Any]

MALFORMED = "malformed"
KEYS_VIEW = "erased_keys"
IDENTITIES_VIEW = "erased_identities"
SOURCES_VIEW = "erased_sources"


@dataclass(frozen=True)
class Request:
    """Who wants what to be erased."""

    column: str
    values: tuple[str, ...]
    requested_by: str
    reason: str

    @staticmethod
    def parse(text: str, columns: list[str]) -> Request:
        """Raises JobError when the request does not say all it must. No message repeats a value."""
        try:
            given = json.loads(text)
            request = Request(
                given["column"], tuple(map(str, given["values"])), given["requestedBy"], given.get("reason", "")
            )
        except (ValueError, KeyError, TypeError) as error:
            raise JobError(
                f"the request cannot be read ({type(error).__name__}: {error}); write "
                '{"column": ..., "values": [...], "requestedBy": ..., "reason": ...}.'
            ) from error
        if request.column not in columns:
            raise JobError(f"the request names column '{request.column}'; rows are erased by {', '.join(columns)}.")
        if not request.values or "" in request.values or not request.requested_by:
            raise JobError("the request needs at least one value, none of them empty, and a requestedBy.")
        return request


@dataclass
class TableRecord:
    """What became of one table."""

    table: str
    rows: int = 0
    snapshot_before: int | None = None
    snapshot_after: int | None = None
    snapshots_expired: int = 0
    objects_removed: int = 0
    unknown_files: list[str] = field(default_factory=list)

    def to_json(self) -> Json:
        return {
            "table": self.table,
            "rowsErased": self.rows,
            "snapshotBefore": self.snapshot_before,
            "snapshotAfter": self.snapshot_after,
            "snapshotsExpired": self.snapshots_expired,
            "objectVersionsRemoved": self.objects_removed,
            "unknownFilesLeft": len(self.unknown_files),
        }


class Erasure:
    """One request, carried out table by table."""

    def __init__(self, spark: SparkSession, plan: Json, request: Request, started: datetime) -> None:
        self._spark = spark
        self._plan = plan
        self._request = request
        self._started = started
        names = [entry["table"] for key in ("tables", "derived", "payloads") for entry in plan[key]]
        self.tables = {name: TableRecord(name) for name in names}
        self.disposed = 0

    def run(self) -> None:
        """Raises JobError with the remedy when it cannot be done now; what was done stays and is not repeated."""
        for name in self.tables:
            self._check(name)
        self._check_consumed()
        self._find()
        for entry in self._plan["tables"]:
            self._delete(entry["table"], self._condition(self._spark.table(entry["table"]).columns))
        self._recompute()
        for entry in self._plan["payloads"]:
            self._delete(entry["table"], f"source IN (SELECT source FROM {SOURCES_VIEW})")
        self._check_consumed()
        self._advance()
        for record in self.tables.values():
            self._forget(record)
        for place in self._plan["disposable"]:
            self.disposed += prefix(place).remove(list(prefix(place).versions()))

    def _check(self, name: str) -> None:
        refs = sorted(TablePast(self._spark, name).refs() - {"main"})
        if refs:
            raise JobError(f"{name}: the branches and tags {', '.join(refs)} keep old rows alive; drop them first.")

    def _check_consumed(self) -> None:
        """Rows that are not yet read from bronze would come from the files of the past, which are about to go."""
        for entry in self._plan["payloads"]:
            table = IcebergTable(self._spark, entry["table"])
            for consumer, name in ((each["table"], each["name"]) for each in entry["consumers"]):
                position = IcebergTable(self._spark, consumer).last_committed(f"{PROPERTY_PREFIX}{name}-snapshot-id")
                if table.appended_since(None if position is None else int(position)):
                    raise JobError(
                        f"{consumer} has not read all of {entry['table']}; run the pipeline, then start this job again."
                    )

    def _advance(self) -> None:
        """The snapshots up to which bronze was read are about to go: its readers have read up to the erasure. So are
        those that tell when rows arrived.
        """
        advanced: dict[str, dict[str, str]] = {}
        for entry in self._plan["payloads"]:
            arrived = IcebergTable(self._spark, entry["table"]).last_arrival()
            self._rewrite_manifests(entry["table"], {} if arrived is None else {LAST_ARRIVAL: str(arrived)})
            snapshot = IcebergTable(self._spark, entry["table"]).current_snapshot_id()
            for consumer in entry["consumers"] if snapshot else []:
                position = {f"{PROPERTY_PREFIX}{consumer['name']}-snapshot-id": str(snapshot)}
                advanced.setdefault(consumer["table"], {}).update(position)
        for entry in (*self._plan["tables"], *self._plan["derived"]):
            self._rewrite_manifests(entry["table"], advanced.get(entry["table"], {}))

    def _rewrite_manifests(self, name: str, positions: dict[str, str]) -> None:
        known = IcebergTable(self._spark, name).positions()
        TablePast(self._spark, name).rewrite_manifests({**known, **positions})

    # --- what is to go -----------------------------------------------------------------------------------------------

    def _find(self) -> None:
        keys = self._spark.createDataFrame([(value,) for value in self._request.values], "value STRING")
        keys.createOrReplaceTempView(KEYS_VIEW)
        conformed = [(entry["table"], self._conformed(entry["table"])) for entry in self._plan["payloads"]]
        self._spread_to_versions([frame.select("record.*") for _, frame in conformed])
        sources = self._spark.sql("SELECT cast(NULL AS STRING) AS source LIMIT 0")
        for name, frame in conformed:
            columns = [column.name for column in frame.schema["record"].dataType.fields]
            parsed = frame.where(self._condition(columns, "record."))
            sources = sources.unionByName(parsed.select("source")).unionByName(self._mentions(name, frame))
        sources.distinct().localCheckpoint().createOrReplaceTempView(SOURCES_VIEW)

    def _spread_to_versions(self, records: list[DataFrame]) -> None:
        """Every version of a thing goes with the one that is erased, or an older one would show it."""
        identity = self._plan.get("identity")
        found = self._spark.sql("SELECT cast(NULL AS STRING) AS value LIMIT 0")
        for frame in [*records, *(self._spark.table(entry["table"]) for entry in self._plan["tables"])]:
            if identity in frame.columns and self._request.column in frame.columns:
                hit = frame.where(f"`{self._request.column}` IN (SELECT value FROM {KEYS_VIEW})")
                found = found.unionByName(hit.selectExpr(f"cast(`{identity}` AS STRING) AS value"))
        found.where("value IS NOT NULL").distinct().localCheckpoint().createOrReplaceTempView(IDENTITIES_VIEW)

    def _conformed(self, table: str) -> DataFrame:
        from conform import Conformer

        return Conformer(self._plan["recordSpec"]).conformed(self._spark.table(table)).persist()

    def _mentions(self, table: str, frame: DataFrame) -> DataFrame:
        """Messages of which nothing can be told, but that have one of the values in them, quoted as JSON has it."""
        broken = frame.where(f"array_contains(record.validation_errors, '{MALFORMED}')").select("source")
        mentioned = f"EXISTS (SELECT 1 FROM {KEYS_VIEW} WHERE contains(raw_payload, concat('\"', value, '\"')))"
        return self._spark.table(table).where(mentioned).join(broken, "source", "left_semi").select("source")

    def _condition(self, columns: list[str], owner: str = "") -> str:
        wanted = [
            f"{owner}`{column}` IN (SELECT value FROM {view})"
            for column, view in ((self._request.column, KEYS_VIEW), (self._plan.get("identity"), IDENTITIES_VIEW))
            if column in columns
        ]
        return " OR ".join(wanted) or "FALSE"

    # --- the present -------------------------------------------------------------------------------------------------

    def _delete(self, name: str, condition: str) -> None:
        record = self.tables[name]
        table = IcebergTable(self._spark, name)
        record.snapshot_before = table.current_snapshot_id()
        record.rows = self._spark.sql(f"SELECT count(*) FROM {name} WHERE {condition}").collect()[0][0]
        if record.rows:
            # Spark brings what it has cached up to date after a delete, from files that may be gone.
            self._spark.catalog.clearCache()
            positions = table.positions()
            with_commit_properties(
                self._spark, positions, lambda: self._spark.sql(f"DELETE FROM {name} WHERE {condition}")
            )
            if TablePast(self._spark, name).has_delete_files():
                self._rewrite(name, positions)

    def _rewrite(self, name: str, positions: dict[str, str]) -> None:
        """Where deletes stand beside the files (merge-on-read), the rows are still in the files."""
        catalog = self._spark.conf.get("spark.sql.defaultCatalog")
        options = "map('rewrite-all', 'true', 'remove-dangling-deletes', 'true')"
        call = f"CALL {catalog}.system.rewrite_data_files(table => '{name}', options => {options})"
        with_commit_properties(self._spark, positions, lambda: self._spark.sql(call))

    def _recompute(self) -> None:
        for entry in self._plan["derived"]:
            record = self.tables[entry["table"]]
            record.snapshot_before = IcebergTable(self._spark, entry["table"]).current_snapshot_id()
            # The range is for backfills: without it the SQL looks for what has changed.
            variables = {**self._plan["variables"], "from_date": "", "to_date": ""}
            for file in entry["sql"]:
                # Script drops every view of the session, these too.
                views = {view: self._spark.table(view) for view in (KEYS_VIEW, IDENTITIES_VIEW, SOURCES_VIEW)}
                Script(self._spark, file.rsplit("/", 1)[-1], read_text(file), variables, None).run()
                for view, frame in views.items():
                    frame.createOrReplaceTempView(view)

    # --- the past ----------------------------------------------------------------------------------------------------

    def _forget(self, record: TableRecord) -> None:
        record.snapshot_after = IcebergTable(self._spark, record.table).current_snapshot_id()
        table = TablePast(self._spark, record.table)
        record.snapshots_expired = table.expire_all_but_current()
        needed, replaced = table.files(), table.older_metadata_files()
        youngest = self._started - timedelta(hours=self._plan["orphanHours"])
        below = prefix(table.location())
        gone: list[Version] = []
        for version in below.versions():
            if not version.is_current or version.uri in replaced:
                gone.append(version)
            elif version.uri not in needed:
                if version.modified <= youngest:
                    gone.append(version)
                else:
                    record.unknown_files.append(version.uri)
        record.objects_removed = below.remove(gone)


def record_of(erasure: Erasure, request: Request, started: datetime, run_id: str) -> Json:
    """What is kept: everything but the values. Whoever has a value can find out whether it was erased."""
    salt = secrets.token_hex(16)
    return {
        "requestedBy": request.requested_by,
        "reason": request.reason,
        "jobRun": run_id,
        "startedAt": started.isoformat(),
        "finishedAt": datetime.now(UTC).isoformat(),
        "column": request.column,
        "salt": salt,
        "valueHashes": sorted(hashlib.sha256(f"{salt}{value}".encode()).hexdigest() for value in request.values),
        "tables": [record.to_json() for record in erasure.tables.values()],
        "disposableObjectVersionsRemoved": erasure.disposed,
    }


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="erase.py", allow_abbrev=False)
    parser.add_argument("--JOB_NAME", default="erase")
    parser.add_argument("--JOB_RUN_ID", default="")
    parser.add_argument("--plan", required=True, type=json.loads)
    parser.add_argument("--request", required=True)
    parser.add_argument("--records", required=True)
    return parser.parse_known_args(argv)[0]


def run(argv: list[str]) -> Json:
    """Runs the job and returns its summary."""
    arguments = _arguments(argv)
    plan = arguments.plan
    request = Request.parse(read_text(arguments.request), plan["columns"])
    if plan["payloads"]:
        plan["recordSpec"] = json.loads(read_text(plan["record"]))
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName(arguments.JOB_NAME).getOrCreate()
    begun, started = time.monotonic(), datetime.now(UTC)
    erasure = Erasure(spark, plan, request, started)
    erasure.run()
    record = record_of(erasure, request, started, arguments.JOB_RUN_ID)
    write_text(
        f"{arguments.records.rstrip('/')}/{started:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.json",
        json.dumps(record, indent=2),
    )
    place = prefix(arguments.request.rsplit("/", 1)[0])
    place.remove([version for version in place.versions() if version.uri == arguments.request])
    left = sum(len(table.unknown_files) for table in erasure.tables.values())
    if left:
        print(
            f"{left} files that no table knows are younger than {plan['orphanHours']} hours and were left: they may "
            "belong to a commit under way. Run the same request again later.",
            file=sys.stderr,
        )
    rows = sum(table.rows for table in erasure.tables.values())
    return job_summary(arguments.JOB_NAME, begun, rows_in=rows, rows_out=0)


if __name__ == "__main__":
    run_job(run)
