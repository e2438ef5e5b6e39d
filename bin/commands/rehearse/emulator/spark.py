"""How a Glue job becomes a command line of the local Spark."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .config import SparkConfig

# Read by Glue's launcher, not by the script.
_LAUNCHER_ARGUMENTS = frozenset({"--conf", "--extra-files", "--extra-jars", "--extra-py-files"})

_LOCAL_CONF: tuple[tuple[str, str], ...] = (
    ("spark.driver.bindAddress", "127.0.0.1"),
    ("spark.driver.host", "127.0.0.1"),
    ("spark.ui.enabled", "false"),
    # AWS's Spark gets credentials of Lake Formation by it, Iceberg's own wants a role for that. Here S3 lends the files
    # (see lake_credentials).
    ("spark.sql.catalog.glue_catalog.glue.lakeformation-enabled", "false"),
)

# Two cores for seconds: neither a collector nor an optimizing compiler that takes them from the job. Jobs of a million
# rows spend less on slower code than on its compilation. Objects, new and old, and classes get from the start about as
# much room as they would get in the end, which saves collections.
_JAVA_OPTIONS = ("-XX:+UseParallelGC", "-XX:TieredStopAtLevel=1", "-Xms1g", "-Xmn600m", "-XX:MetaspaceSize=256m")

_ARCHIVE = "classes.jsa"

# Lines that are shown of a script that ended without a traceback.
_LAST_WORDS = 10

# Plays the Python library that Glue has installed.
_GLUE_LIBRARY = Path(__file__).resolve().parents[1] / "glue_library"


@dataclass(frozen=True)
class SparkCommand:
    """What one job run executes.

    Attributes:
        script: The script on this machine.
        arguments: The effective arguments of the run, `--key` to value.
        work: The folder of the run.
        py_files: Local paths of `--extra-py-files`.
        jars: Local paths of `--extra-jars`.
    """

    script: Path
    arguments: Mapping[str, str]
    work: Path
    py_files: tuple[Path, ...] = ()
    jars: tuple[Path, ...] = ()

    def line(self, config: SparkConfig) -> list[str]:
        """The whole command line: settings of the job first, those of the rehearsal last, so that they win."""
        line = [str(spark_home(config) / "bin" / "spark-submit"), "--master", "local[2]"]
        line += ["--driver-memory", config.driver_memory]
        line += ["--driver-java-options", " ".join((*_JAVA_OPTIONS, *self._class_archive(config)))]
        class_path = [*config.jars, *(str(jar) for jar in self.jars)]
        if class_path:
            line += ["--driver-class-path", ":".join(class_path)]
        if self.py_files:
            line += ["--py-files", ",".join(str(file) for file in self.py_files)]
        settings = (*parse_conf(self.arguments.get("--conf", "")), *_LOCAL_CONF, *config.conf)
        for key, value in settings:
            line += ["--conf", f"{key}={value}"]
        return [*line, str(self.script), *self._script_arguments()]

    def _class_archive(self, config: SparkConfig) -> tuple[str, ...]:
        if config.class_archive is None:
            return ()
        if config.class_archive.exists():
            return (f"-XX:SharedArchiveFile={config.class_archive}", "-Xlog:disable")
        return (f"-XX:ArchiveClassesAtExit={self.work / _ARCHIVE}", "-Xlog:disable")

    def keep_class_archive(self, config: SparkConfig) -> None:
        """Lets the jobs that follow start from the archive that this one, which has ended well, has written."""
        written = self.work / _ARCHIVE
        if config.class_archive is None or not written.exists():
            return
        # The cache may lie on another file system, and a job must never find half an archive.
        beside = config.class_archive.with_name(f"{config.class_archive.name}.{os.getpid()}")
        shutil.move(written, beside)
        beside.replace(config.class_archive)

    def _script_arguments(self) -> list[str]:
        arguments: list[str] = []
        for key, value in self.arguments.items():
            if key not in _LAUNCHER_ARGUMENTS:
                arguments += [key, value]
        return arguments


def parse_conf(chained: str) -> tuple[tuple[str, str], ...]:
    """Splits Glue's `--conf` argument, `a=b --conf c=d`, into properties."""
    settings = []
    for setting in chained.split("--conf "):
        key, _, value = setting.strip().partition("=")
        if key:
            settings.append((key.strip(), value.strip()))
    return tuple(settings)


def environment(config: SparkConfig, work: Path, aws: Mapping[str, str]) -> dict[str, str]:
    """The environment of a job: ours without its AWS settings, Spark's, and the session of the job's role."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "SPARK_", "PYSPARK_"))}
    java = {"JAVA_HOME": config.java_home} if config.java_home else {}
    return {
        **inherited,
        **java,
        **aws,
        "PYSPARK_PYTHON": config.python,
        "PYSPARK_DRIVER_PYTHON": config.python,
        "PYTHONPATH": str(_GLUE_LIBRARY),
        "PYTHONUNBUFFERED": "1",
        "SPARK_HOME": str(spark_home(config)),
        "SPARK_LOCAL_DIRS": str(work / "spark"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


@cache
def spark_home(config: SparkConfig) -> Path:
    """Spark's folder: the configured one, or that of the interpreter's pyspark package."""
    if config.home:
        return Path(config.home)
    if Path(config.python) == Path(sys.executable):
        spec = importlib.util.find_spec("pyspark")
        return Path(spec.origin).parent if spec and spec.origin else Path("pyspark")
    probe = "import importlib.util; print(importlib.util.find_spec('pyspark').origin)"
    origin = subprocess.run([config.python, "-c", probe], capture_output=True, text=True, check=True, timeout=60)
    return Path(origin.stdout.strip()).parent


def error_message(log: str, exit_code: int) -> str:
    """What Glue shows of a failed script: its last traceback, without Spark's own log lines around it."""
    # Within a line it is one that Java quotes.
    *_, start = (
        -1,
        *(found.start() for found in re.finditer(r"^Traceback \(most recent call last\)", log, re.MULTILINE)),
    )
    kept = [line for line in log[max(start, 0) :].splitlines() if not _is_spark_log(line)]
    if start < 0:
        return "\n".join([f"The script ended with exit code {exit_code}.", *kept[-_LAST_WORDS:]])
    return "\n".join(kept)[:4000]


def _is_spark_log(line: str) -> bool:
    """Log4j's pattern, `26/11/23 23:40:16 INFO ...`."""
    return len(line) > 17 and line[2] == line[5] == "/" and line[8] == " " and line[:2].isdigit()
