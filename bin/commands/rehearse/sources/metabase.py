"""A server that answers as Metabase's published API does, in the part that dashboards are provisioned by.

It is not Metabase, which is not to be had from package registries: it keeps what it is given, refuses what the
documentation says is refused, and gives back what is asked for. https://www.metabase.com/docs/latest/api (2026-11)
"""

from __future__ import annotations

from typing import Any

Answer = tuple[int, Any]

_REQUIRED: dict[str, tuple[str, ...]] = {
    "card": ("name", "dataset_query", "display", "visualization_settings"),
    "dashboard": ("name",),
    "collection": ("name",),
    "database": ("name", "engine", "details"),
}
_DISPLAYS = ("line", "bar", "area", "pie", "table", "scalar", "scatter", "row", "combo", "map")


class Metabase:
    """What an instance knows.

    Attributes:
        things: Of each kind (card, dashboard, collection, database), by id.
        writes: How often something was made or changed.
    """

    def __init__(self, username: str, password: str) -> None:
        self._login = {"username": username, "password": password}
        self.things: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in _REQUIRED}
        self.writes = 0
        self._next = 1

    def answer(self, method: str, path: str, query: dict[str, Any], body: Any, session: str | None) -> Answer:
        """Answers a request.

        Args:
            path: Below `/api`.
            query: Its parameters; `models` is a list.
            session: The header X-Metabase-Session.
        """
        if (method, path) == ("POST", "/session"):
            return (
                (200, {"id": "session-1"}) if body == self._login else (401, {"errors": {"password": "did not match"}})
            )
        if session != "session-1":
            return 401, "Unauthenticated"
        kind, _, rest = path.lstrip("/").partition("/")
        if kind not in self.things:
            return 404, "API endpoint does not exist."
        if method == "POST" and not rest:
            return self._make(kind, body)
        if method == "GET" and not rest:
            listed = list(self.things[kind].values())
            return 200, {"data": listed, "total": len(listed)} if kind == "database" else listed
        number, _, part = rest.partition("/")
        thing = self.things[kind].get(int(number)) if number.isdigit() else None
        if thing is None:
            return 404, "Not found."
        if method == "GET" and kind == "collection" and part == "items":
            return 200, self._items(thing["id"], query.get("models", ["card", "dashboard"]))
        if method == "PUT":
            return self._change(kind, thing, body)
        return 200, thing

    def _make(self, kind: str, body: dict[str, Any]) -> Answer:
        problem = self._problem(kind, body, _REQUIRED[kind])
        if problem:
            return 400, problem
        thing = {"id": self._next, "archived": False, **({"dashcards": []} if kind == "dashboard" else {}), **body}
        # The dashcards of a dashboard are set by PUT alone.
        if kind == "dashboard":
            thing["dashcards"] = []
        self.things[kind][self._next] = thing
        self._next += 1
        self.writes += 1
        return 200, thing

    def _change(self, kind: str, thing: dict[str, Any], body: dict[str, Any]) -> Answer:
        problem = self._problem(kind, body, ())
        if problem:
            return 400, problem
        for card in body.get("dashcards", []):
            if card["id"] < 0:
                card["id"] = self._next
                self._next += 1
        thing.update(body)
        self.writes += 1
        return 200, thing

    def _problem(self, kind: str, body: dict[str, Any], required: tuple[str, ...]) -> Any:
        missing = [name for name in required if name not in body]
        if missing:
            return {"errors": dict.fromkeys(missing, "value must be given")}
        if "collection_id" in body and body["collection_id"] not in self.things["collection"]:
            return {"errors": {"collection_id": "no such collection"}}
        if kind == "card" and "display" in body and body["display"] not in _DISPLAYS:
            return {"errors": {"display": "unknown display"}}
        if (
            kind == "card"
            and "dataset_query" in body
            and body["dataset_query"]["database"] not in self.things["database"]
        ):
            return {"errors": {"dataset_query": "no such database"}}
        for card in body.get("dashcards", []):
            if card["card_id"] is not None and card["card_id"] not in self.things["card"]:
                return {"errors": {"dashcards": f"no card {card['card_id']}"}}
            lacking = [name for name in ("id", "row", "col", "size_x", "size_y") if name not in card]
            if lacking:
                return {"errors": {"dashcards": f"value must be given: {', '.join(lacking)}"}}
        return None

    def _items(self, collection: int, models: list[str]) -> dict[str, Any]:
        found = [
            {"id": each["id"], "model": kind, "name": each["name"], "description": each.get("description")}
            for kind in models
            for each in self.things[kind].values()
            if each.get("collection_id") == collection and not each["archived"]
        ]
        return {"data": found, "total": len(found)}
