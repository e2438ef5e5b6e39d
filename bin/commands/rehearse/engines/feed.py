"""Feeds the sources beside Kafka, as those do who send trades: posts to the HTTP API and drops files, under the role
that is deployed for them; then has the function look into the inbox that a schedule would have asked.

Prints one JSON object: what was posted and what came of it, what was dropped (bad files on purpose among it), and how
the job ended. `post` posts a few trades once, for whoever wants to see how the API answers.
"""

import argparse
import gzip
import json
import time
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

Json = dict[str, Any]

RECORDS_A_REQUEST = 500
RECORDS_OF_ONE_POST = 20
FIELDS = ("trade_id", "symbol", "price", "quantity", "timestamp")
ACTIVE = ("STARTING", "RUNNING", "STOPPING", "WAITING")


class Answer(NamedTuple):
    """What the API answered; the seconds after which it wants to be asked again, when it says so."""

    status: int
    body: Json
    retry_after: int | None = None


def post_all(config: Json, session: boto3.Session, lines: list[bytes]) -> Json:
    """Posts the lines, in turns as an array and as lines; counts what the API took."""
    accepted = failed = requests = 0
    for start in range(0, len(lines), RECORDS_A_REQUEST):
        chunk = lines[start : start + RECORDS_A_REQUEST]
        requests += 1
        if requests % 2:
            answer = post(config, session, b"[" + b",".join(chunk) + b"]", "application/json")
        else:
            answer = post(config, session, b"\n".join(chunk), "application/x-ndjson")
        if answer.status != 202:
            raise SystemExit(f"{config['url']}: {answer.status} {answer.body}")
        accepted += answer.body["accepted"]
        failed += answer.body["failed"]
    unsigned = post(config, None, b"{}", "application/json").status
    return {"records": len(lines), "accepted": accepted, "failed": failed, "requests": requests, "unsigned": unsigned}


def post_once(config: Json, session: boto3.Session, lines: list[bytes]) -> Json:
    """A few of the lines in one request; what came of it, whatever that is."""
    answer = post(config, session, b"\n".join(lines[:RECORDS_OF_ONE_POST]), "application/x-ndjson")
    accepted = answer.body.get("accepted", 0)
    return {"status": answer.status, "retryAfter": answer.retry_after, "accepted": accepted}


def post(config: Json, session: boto3.Session | None, body: bytes, content_type: str) -> Answer:
    """One request, unsigned without a session. The API's host is no address here: it is named, the emulator called."""
    url = urlsplit(config["url"])
    endpoint = urlsplit(config["endpoint"])
    host = f"{(url.hostname or '').split('.')[0]}.execute-api.localhost:{endpoint.port}"
    request = AWSRequest("POST", f"http://{host}{url.path}", headers={"content-type": content_type}, data=body)
    if session is not None:
        SigV4Auth(session.get_credentials(), "execute-api", config["region"]).add_auth(request)
    address = f"http://127.0.0.1:{endpoint.port}{url.path}"
    sent = urllib.request.Request(address, body, {**dict(request.headers), "host": host}, method="POST")
    try:
        with urllib.request.urlopen(sent, timeout=60) as response:
            return Answer(response.status, json.load(response))
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        after = error.headers.get("retry-after")
        return Answer(error.code, {"message": text}, None if after is None else int(after))


def is_flat(line: bytes) -> bool:
    """Whether a line has the fields of a trade, all as strings: then it can be a row of a CSV file."""
    try:
        record = json.loads(line)
    except ValueError:
        return False
    return isinstance(record, dict) and tuple(record) == FIELDS and all(isinstance(v, str) for v in record.values())


def write_files(lines: list[bytes], folder: Path) -> list[tuple[str, Path]]:
    """The lines as files of every format, and files that cannot be read; names and where they lie."""
    folder.mkdir(parents=True, exist_ok=True)
    flat = [json.loads(line) for line in lines if is_flat(line)]
    others = [line for line in lines if not is_flat(line)]
    third = max(1, len(flat) // 3)
    in_csv, in_parquet, in_lines = flat[:third], flat[third : 2 * third], flat[2 * third :]
    header = ",".join(FIELDS)
    rows = [",".join(f'"{record[name]}"' if name == "symbol" else record[name] for name in FIELDS) for record in in_csv]
    contents = {
        "2026/01/trades.csv": "\r\n".join([header, *rows, "a,row,too,short", ""]).encode(),
        "trades.jsonl.gz": gzip.compress(b"\n".join([*(json.dumps(r).encode() for r in in_lines), *others])),
        "truncated.jsonl.gz": gzip.compress(b"\n".join(others) or b"{}")[:-9],
        "no-price.csv": b"trade_id,symbol,quantity,timestamp\n1,AAPL,1,2026-01-05T00:00:00Z\n",
        "empty.jsonl": b"",
        "picture.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    }
    files: list[tuple[str, Path]] = []
    for number, (name, content) in enumerate(contents.items()):
        files.append((name, folder / str(number)))
        files[-1][1].write_bytes(content)
    files.append(("trades.parquet", folder / "parquet"))
    pq.write_table(parquet(in_parquet), folder / "parquet")
    # The name of another file, used again.
    files.append(("2026/01/trades.csv", folder / "again"))
    files[-1][1].write_bytes("\n".join([header, *rows[:5], ""]).encode())
    return files


def parquet(records: list[Json]) -> pa.Table:
    """Typed where every value fits, as text where not."""
    columns: dict[str, pa.Array] = {name: pa.array([record[name] for record in records]) for name in FIELDS}
    for name in ("price", "quantity"):
        try:
            columns[name] = pa.array([Decimal(record[name]) for record in records], pa.decimal128(18, 8))
        except (ArithmeticError, pa.ArrowInvalid):
            continue
    return pa.table(columns)


def drop_all(config: Json, s3: Any, lines: list[bytes]) -> list[Json]:
    """Puts the files into the inbox; tells the name, version and place of each."""
    url = urlsplit(config["inbox"])
    dropped = []
    for name, path in write_files(lines, Path(config["folder"])):
        key = f"{url.path.lstrip('/')}{name}"
        answer = s3.put_object(Bucket=url.netloc, Key=key, Body=path.read_bytes())
        dropped.append({"name": name, "key": key, "version": answer["VersionId"], "path": str(path)})
    return dropped


def run_job(config: Json) -> Json:
    """Asks the starter, and waits for the run that it starts."""
    answer = client(config, "lambda").invoke(FunctionName=config["starter"])
    outcome = json.load(answer["Payload"])
    if "runId" not in outcome:
        return {"state": "NOT STARTED", "error": json.dumps(outcome)}
    glue = client(config, "glue")
    while True:
        run = glue.get_job_run(JobName=config["job"], RunId=outcome["runId"])["JobRun"]
        if run["JobRunState"] not in ACTIVE:
            return {"state": run["JobRunState"], "error": run.get("ErrorMessage")}
        time.sleep(0.3)


def client(config: Json, service: str) -> Any:
    """As the operator of the rehearsal."""
    return boto3.client(
        service,
        endpoint_url=config["endpoint"],
        region_name=config["region"],
        aws_access_key_id=config["accessKeyId"],
        aws_secret_access_key=config["secretAccessKey"],
    )


def senders(config: Json) -> boto3.Session:
    """A session under the deployed role of those who send trades."""
    role = client(config, "sts").assume_role(RoleArn=config["role"], RoleSessionName="rehearsal")["Credentials"]
    return boto3.Session(role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"], config["region"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("send", "run", "post"))
    parser.add_argument("--config", type=Path, required=True)
    arguments = parser.parse_args()
    config = json.loads(arguments.config.read_text("utf-8"))
    if arguments.action == "run":
        print(json.dumps(run_job(config)))
        return
    session = senders(config)
    lines = Path(config["httpLines"]).read_bytes().splitlines()
    if arguments.action == "post":
        print(json.dumps(post_once(config, session, lines)))
        return
    posted = post_all(config, session, lines)
    s3 = session.client("s3", endpoint_url=config["endpoint"])
    dropped = drop_all(config, s3, Path(config["fileLines"]).read_bytes().split(b"\n")[:-1])
    print(json.dumps({"http": posted, "files": dropped}))


if __name__ == "__main__":
    main()
