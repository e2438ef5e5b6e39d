"""S3 that fails on purpose."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from emulator.storage_faults import SWITCH
from emulator_harness import ACCOUNT, Emulator


def _client(service: str, endpoint: str):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


@pytest.fixture
def switch(emulator: Emulator):
    file = Path(emulator.state_dir) / SWITCH
    file.touch()
    yield file
    file.unlink(missing_ok=True)


def test_s3_answers_500_and_503_in_turn_until_it_is_mended(emulator: Emulator, switch: Path) -> None:
    s3 = _client("s3", emulator.endpoint)
    statuses = []
    for _ in range(2):
        with pytest.raises(ClientError) as refused:
            s3.list_buckets()
        statuses.append(refused.value.response["ResponseMetadata"]["HTTPStatusCode"])
    switch.unlink()
    assert sorted(statuses) == [500, 503]
    assert "Buckets" in s3.list_buckets()


def test_other_services_answer_all_the_while(emulator: Emulator, switch: Path) -> None:
    assert "DatabaseList" in _client("glue", emulator.endpoint).get_databases()


def test_every_refused_request_is_in_the_journal(emulator: Emulator, switch: Path) -> None:
    with pytest.raises(ClientError):
        _client("s3", emulator.endpoint).head_object(Bucket="lake", Key="refused")
    lines = (Path(emulator.state_dir) / "journal.jsonl").read_text().splitlines()
    faults = [entry for entry in map(json.loads, lines) if entry["event"] == "storage-fault"]
    assert [(fault["method"], fault["path"]) for fault in faults][-1] == ("HEAD", "/lake/refused")
