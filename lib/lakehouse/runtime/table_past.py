"""The past of an Iceberg table: what of it there is, and how it is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class TablePast:
    """Snapshots, metadata files and data files of one table."""

    def __init__(self, spark: SparkSession, name: str) -> None:
        self._spark = spark
        self._name = name
        self._jvm: Any = spark._jvm
        self._table = self._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, name)
        self._table.refresh()

    def location(self) -> str:
        return _plain(self._table.location())

    def refs(self) -> set[str]:
        """Names of branches and tags; each keeps the snapshots alive that it stands for."""
        return set(self._table.refs())

    def has_delete_files(self) -> bool:
        """Whether deleted rows are still in data files, with only a note beside them that they are gone."""
        return self._spark.sql(f"SELECT 1 FROM {self._name}.all_delete_files LIMIT 1").count() > 0

    def rewrite_manifests(self, properties: dict[str, str]) -> None:
        """Manifests also note the files that their commit removed, with the least and greatest values in these: a
        commit, with properties, that writes them anew with what is there now.
        """
        from pyspark.java_gateway import ensure_callback_server_started

        if self._table.currentSnapshot() is None:
            return
        ensure_callback_server_started(self._spark.sparkContext._gateway)
        rewrite = self._table.rewriteManifests().clusterBy(_OneGroup())
        for key, value in properties.items():
            rewrite.set(key, value)
        rewrite.commit()
        self._table.refresh()

    def expire_all_but_current(self) -> int:
        """Forgets every snapshot but the current one, with the files that only they knew. Returns how many."""
        before = len(list(self._table.snapshots()))
        if before:
            now = self._jvm.java.lang.System.currentTimeMillis()
            self._table.expireSnapshots().expireOlderThan(now).retainLast(1).cleanExpiredFiles(True).commit()
            self._table.refresh()
        return before - len(list(self._table.snapshots()))

    def files(self) -> set[str]:
        """Addresses of every file that the table needs, its newest metadata file among them."""
        reachable = self._jvm.org.apache.iceberg.ReachableFileUtil
        addresses = {
            self._table.operations().current().metadataFileLocation(),
            reachable.versionHintLocation(self._table),
            *reachable.manifestListLocations(self._table),
            *reachable.statisticsFilesLocations(self._table),
        }
        for query in ("SELECT file_path FROM {}.all_files", "SELECT path FROM {}.all_manifests"):
            addresses |= {row[0] for row in self._spark.sql(query.format(self._name)).collect()}
        return {_plain(address) for address in addresses}

    def older_metadata_files(self) -> set[str]:
        """Addresses of the metadata files that the newest one has replaced and still names."""
        entries = self._table.operations().current().previousFiles()
        return {_plain(entry.file()) for entry in entries}


class _OneGroup:
    """Java's Function that puts every data file into one group."""

    def apply(self, _file: Any) -> str:
        return ""

    class Java:
        implements = ("java.util.function.Function",)


def _plain(address: str) -> str:
    """As object storage spells it: Hadoop has names of its own for S3 and for this machine."""
    return address.replace("s3a://", "s3://", 1) if address.startswith("s3a://") else address.removeprefix("file:")
