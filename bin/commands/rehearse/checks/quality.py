"""What the quality gate published, against the independent computation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import boto3

from .compare import Check, same
from .config import Config
from .lake import ActualTable

_NAMESPACE = "DataPatterns/Lakehouse"


def checks(config: Config, silver: ActualTable) -> list[Check]:
    """Whether the metrics in CloudWatch say what silver is like; none for a lakehouse without a quality gate."""
    published = _published(config)
    arrived = [commit.properties for commit in silver.commits if "rows-read" in commit.properties]
    return compare(published, arrived[-1]) if published and arrived else []


def compare(published: Mapping[str, float], newest: Mapping[str, str]) -> list[Check]:
    """The published figures beside what the newest commit says, whose sums are judged elsewhere (`reported_checks`)."""
    read, invalid = int(newest["rows-read"]), int(newest["invalid"])
    return [
        same("quality: percent of the rules that are met", 100.0, published.get("QualityScore")),
        same("quality: rows that arrived last, as the metric says", float(read), published.get("RowsArrived")),
        same(
            "quality: share of invalid rows, as the metric says",
            float(Fraction(invalid, read)) if read else 0.0,
            published.get("InvalidShare"),
        ),
    ]


def _published(config: Config) -> dict[str, float]:
    """The newest value of each metric of the silver table."""
    client: Any = boto3.client(
        "cloudwatch",
        endpoint_url=config.endpoint,
        region_name=config.region,
        aws_access_key_id=config.access_key_id,
        aws_secret_access_key=config.secret_access_key,
    )
    now = datetime.now(UTC)
    values: dict[str, float] = {}
    for name in ("QualityScore", "RowsArrived", "InvalidShare"):
        points = client.get_metric_statistics(
            Namespace=_NAMESPACE,
            MetricName=name,
            Dimensions=[{"Name": "Table", "Value": config.tables["silver"]}],
            StartTime=now - timedelta(days=1),
            EndTime=now + timedelta(minutes=1),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        if points:
            values[name] = max(points, key=lambda point: point["Timestamp"])["Maximum"]
    return values
