"""Lambda functions run as local processes of MiniStack; this journals them and gives their errors AWS's names."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from .journal import Journal

Json = dict[str, Any]

# What the local engines know neither TLS nor IAM for.
_PLAIN = {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT", "HOT_STORE_TLS": "false"}
# Addresses of APIs, by which functions reach them here: https://ID.execute-api.REGION.amazonaws.com/STAGE.
_API_ADDRESSES = {"CONNECTIONS_URL": "http", "LIVE_URL": "ws"}
_API_ADDRESS = re.compile(r"^[a-z]+://(\w+)\.execute-api\.[^/]+(.*)$")
_UNNAMED = "Runtime.HandlerError"
# The first line of a Node stack, or the last line of a Python traceback: `ValueError: text`.
_CLASS = re.compile(r"^(?:[\w$]+\.)*([A-Za-z_$][\w$]*)(?::|$)")


def install(journal: Journal, endpoint: str) -> None:
    """Wraps the executor of functions."""
    stock = lambda_svc._execute_function_warm

    def execute(func: Json, event: Any, request_id: str) -> Json:
        name = (func.get("config") or func).get("FunctionName", "unknown")
        if not func.get("code_zip"):
            journal.violation("function-without-code", name, "The function has no code, so invoking it proves nothing.")
        _speak_locally(func, endpoint)
        started = time.monotonic()
        result = stock(func, event, request_id)
        failed = bool(result.get("error"))
        if failed:
            _name_error(result)
        error = str(result["body"].get("errorMessage")) if failed else None
        journal.execution("lambda", name, "FAILED" if failed else "SUCCEEDED", time.monotonic() - started, error=error)
        return result

    lambda_svc._execute_function_warm = execute
    _of_live_connections(journal, endpoint)


def _of_live_connections(journal: Journal, endpoint: str) -> None:
    """WebSocket APIs ask for a function's process themselves, past the executor."""
    stock = lambda_runtime.get_or_create_worker

    def get(name: str, config: Json, *code: Any, **qualifier: Any) -> _JournalledWorker:
        _speak_locally(config, endpoint)
        return _JournalledWorker(stock(name, config, *code, **qualifier), name, journal)

    lambda_runtime.get_or_create_worker = get


@dataclass(frozen=True)
class _JournalledWorker:
    """A function's process, whose calls are journalled."""

    worker: Any
    name: str
    journal: Journal

    def invoke(self, event: Any, request_id: str) -> Json:
        started = time.monotonic()
        result: Json = self.worker.invoke(event, request_id)
        failed = result.get("status") == "error"
        seconds = time.monotonic() - started
        error = str(result.get("error")) if failed else None
        self.journal.execution("lambda", self.name, "FAILED" if failed else "SUCCEEDED", seconds, error=error)
        return result


def _speak_locally(func: Json, endpoint: str) -> None:
    """Functions are told how the local engines are spoken to, and where APIs are reached."""
    variables = ((func.get("config") or func).get("Environment") or {}).get("Variables") or {}
    variables.update({name: value for name, value in _PLAIN.items() if name in variables})
    for name, scheme in _API_ADDRESSES.items():
        address = _API_ADDRESS.match(variables.get(name, ""))
        if address:
            host = endpoint.partition("://")[2]
            variables[name] = f"{scheme}://{host}/_aws/execute-api/{address[1]}{address[2]}"


def error_class(log: str, message: str) -> str | None:
    """The class of the error whose trace ends (Python) or begins (Node) the log, None when it cannot be told.

    Args:
        log: What the function printed, its trace last.
        message: The message of the error, which the line that names the class ends with.
    """
    first_line = message.splitlines()[0] if message else ""
    for line in reversed(log.splitlines()):
        match = _CLASS.match(line.strip())
        if match and line.strip().endswith(first_line) and not line.startswith(" "):
            return match.group(1)
    return None


def _name_error(result: Json) -> None:
    body = result["body"]
    if body.get("errorType") == _UNNAMED:
        name = error_class(result.get("log") or "", str(body.get("errorMessage") or ""))
        body["errorType"] = name or _UNNAMED
