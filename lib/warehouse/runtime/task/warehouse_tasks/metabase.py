"""A client of the part of Metabase's API that dashboards need (https://www.metabase.com/docs/latest/api)."""

from __future__ import annotations

from typing import Any

import requests
from dlt.sources.helpers.requests import Client

_ATTEMPTS = 6


class MetabaseError(Exception):
    """Metabase refused a request. The message is a sentence with a remedy, and holds no secret."""


class Metabase:
    """A session of Metabase."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._url = f"{url.rstrip('/')}/api"
        # A service that has just started answers 503 for a while.
        self._session = Client(request_timeout=60, request_max_attempts=_ATTEMPTS, raise_for_status=False).session
        login = self._call("post", "/session", {"username": username, "password": password})
        self._session.headers["X-Metabase-Session"] = login["id"]

    def get(self, path: str, **parameters: Any) -> Any:
        """Reads."""
        return self._call("get", path, parameters=parameters)

    def items(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Reads a list, which Metabase gives bare or as `data`."""
        answer = self.get(path, **parameters)
        return answer["data"] if isinstance(answer, dict) else answer

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Makes something."""
        return self._call("post", path, body)

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Changes something."""
        return self._call("put", path, body)

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, parameters: dict[str, Any] | None = None
    ) -> Any:
        try:
            answer = self._session.request(method, self._url + path, json=body, params=parameters)
        except requests.RequestException as error:
            raise MetabaseError(
                f"Metabase at {self._url} does not answer ({type(error).__name__}); look whether its service runs."
            ) from error
        if answer.status_code == 401:
            raise MetabaseError(
                f"Metabase at {self._url} refuses the administrator's login; set it up with the one of its secret."
            )
        if not answer.ok:
            raise MetabaseError(f"Metabase: {method.upper()} {path} answers {answer.status_code}: {answer.text[:300]}")
        return answer.json() if answer.content else {}
