"""What the rehearsal tells the emulator, read from one JSON file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class ConfigError(ValueError):
    """The configuration file cannot be used; the message names the file, the key and the remedy."""


@dataclass(frozen=True)
class SparkConfig:
    """The local Spark that stands behind AWS Glue.

    Attributes:
        python: The Python interpreter that has pyspark installed.
        jars: Absolute paths of the libraries on the driver's class path.
        conf: Spark properties set after those of the job; they win.
        driver_memory: Heap of the driver, in Java's notation.
        java_home: The Java that runs Spark; the one on the PATH by default.
        home: Spark's own folder; the pyspark package's by default.
        class_archive: Java's archive of Spark's classes, which halves the start of a job; the first job that ends well
            writes it when it is not there. None to do without.
    """

    python: str
    jars: tuple[str, ...] = ()
    conf: tuple[tuple[str, str], ...] = ()
    driver_memory: str = "2g"
    java_home: str | None = None
    home: str | None = None
    class_archive: Path | None = None


@dataclass(frozen=True)
class Principal:
    """An IAM user of the rehearsal itself, with one inline policy.

    Attributes:
        name: Name of the user.
        access_key_id: `AKIA` and sixteen capital letters or digits.
        secret_access_key: What its requests are signed with.
        policy: The policy document.
        account: The account that it is a user of, twelve digits.
        is_lake_administrator: Whether it is an administrator of Lake Formation, who sees every table's definition.
    """

    name: str
    access_key_id: str
    secret_access_key: str
    policy: dict[str, Any]
    account: str
    is_lake_administrator: bool = False


@dataclass(frozen=True)
class EmulatorConfig:
    """Emulated AWS accounts in one region.

    Attributes:
        port: The port of every AWS endpoint, on 127.0.0.1.
        account: Of whoever does not say which one, such as an unsigned request. Twelve digits.
        region: Such as `us-east-1`.
        state_dir: Receives the journal, the logs and the working folders of jobs.
        spark: The Spark behind Glue, or None when no Glue job may run.
        node_path: Folders in which Node.js functions find the AWS SDK that their Lambda runtime brings.
        wait_scale: Factor on the waits and retry intervals of Step Functions.
        glue_minute_seconds: How long a minute of a Glue job's timeout lasts, in seconds.
        enforce_iam: Whether requests are judged by the policies of whoever signs them.
        principals: The users of the rehearsal itself.
    """

    port: int
    account: str
    region: str
    state_dir: Path
    spark: SparkConfig | None = None
    node_path: tuple[str, ...] = ()
    wait_scale: float = 0.1
    glue_minute_seconds: float = 60.0
    enforce_iam: bool = True
    principals: tuple[Principal, ...] = ()

    @property
    def endpoint(self) -> str:
        """The URL of every AWS service."""
        return f"http://127.0.0.1:{self.port}"


def load_config(path: Path) -> EmulatorConfig:
    """Reads and checks the configuration file.

    Raises:
        ConfigError: when the file is missing, is not JSON, or lacks a key.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}). Pass --config FILE.") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is not JSON ({error}).") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: must hold a JSON object.")
    account = _account(path, raw)
    return EmulatorConfig(
        port=_required(path, raw, "port", int),
        account=account,
        region=_required(path, raw, "region", str),
        state_dir=Path(_required(path, raw, "stateDir", str)).resolve(),
        spark=_spark(path, raw["spark"]) if raw.get("spark") else None,
        node_path=tuple(raw.get("nodePath", ())),
        wait_scale=float(raw.get("waitScale", EmulatorConfig.wait_scale)),
        glue_minute_seconds=float(raw.get("glueMinuteSeconds", EmulatorConfig.glue_minute_seconds)),
        enforce_iam=raw.get("enforceIam") is not False,
        principals=tuple(
            _principal(path, {"account": account, **principal}) for principal in raw.get("principals", ())
        ),
    )


def _required(path: Path, raw: dict[str, Any], key: str, kind: type) -> Any:
    value = raw.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ConfigError(f"{path}: '{key}' must be a {kind.__name__}, got {value!r}.")
    return value


def _account(path: Path, raw: dict[str, Any]) -> str:
    account = _required(path, raw, "account", str)
    if len(account) != 12 or not account.isdigit():
        raise ConfigError(f"{path}: 'account' must be twelve digits, got {account!r}.")
    return account


def _principal(path: Path, raw: dict[str, Any]) -> Principal:
    return Principal(
        name=_required(path, raw, "name", str),
        access_key_id=_required(path, raw, "accessKeyId", str),
        secret_access_key=_required(path, raw, "secretAccessKey", str),
        policy=_required(path, raw, "policy", dict),
        account=_account(path, raw),
        is_lake_administrator=raw.get("isLakeAdministrator") is True,
    )


def _spark(path: Path, raw: dict[str, Any]) -> SparkConfig:
    jars = tuple(raw.get("jars", ()))
    for jar in jars:
        if not Path(jar).is_file():
            raise ConfigError(f"{path}: 'spark.jars' names {jar}, which does not exist. Fetch the toolchain again.")
    return SparkConfig(
        python=_required(path, raw, "python", str),
        jars=jars,
        conf=tuple((key, str(value)) for key, value in raw.get("conf", {}).items()),
        driver_memory=raw.get("driverMemory", SparkConfig.driver_memory),
        java_home=raw.get("javaHome"),
        home=raw.get("sparkHome"),
        class_archive=Path(raw["classArchive"]) if raw.get("classArchive") else None,
    )
