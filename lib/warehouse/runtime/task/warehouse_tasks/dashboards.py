"""Brings the dashboards of a project into Metabase: `python -m warehouse_tasks.dashboards`.

PROJECT_URI           s3://bucket/key of a zip file with the dashboards' YAML
METABASE_URL          where Metabase answers
METABASE_SECRET_ARN   username and password of an administrator
BI_CONNECTION         JSON: name, engine (redshift or athena) and what that engine needs

Everything of ours lies in one collection and says in its description from which file it was made and by which digest:
so it is found again, left alone while its file has not changed, and archived when its file is gone. What has no such
mark was made by a person, and is never touched, neither in that collection nor on our dashboards.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from .environment import SettingError, required, secret, summary, unpack
from .metabase import Metabase, MetabaseError

COLLECTION = "Dashboards as code"
_NAMESPACE = uuid.UUID("6f1b0d52-3b0a-4f57-9c0e-9a5d0a7d5a51")
_MARK = re.compile(r"\(as code: (?P<key>\S+) (?P<digest>[0-9a-f]{12})\)")

_DISPLAYS = {"number": "scalar"}
_TAG_TYPES = {"category": "text", "number": "number", "date_range": "date"}
_PARAMETER_TYPES = {"text": "category", "number": "number/=", "date": "date/single"}
_GRID_COLUMNS = 24


@dataclass(frozen=True)
class Tag:
    """A variable of a card's SQL, and the parameter of the dashboard that sets it."""

    name: str
    title: str
    type: str
    default: Any = None

    @property
    def id(self) -> str:
        """Always the same for the same variable."""
        return str(uuid.uuid5(_NAMESPACE, f"tag/{self.name}"))

    @property
    def template(self) -> dict[str, Any]:
        """As a native query of Metabase declares it."""
        return {"id": self.id, "name": self.name, "display-name": self.title, "type": self.type}


@dataclass
class Outcome:
    """What was done, by what it was done to."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    archived: list[str] = field(default_factory=list)


def tags_of(filters: list[dict[str, Any]]) -> dict[str, list[Tag]]:
    """The variables of each filter: one, but two of a range of dates."""
    found: dict[str, list[Tag]] = {}
    for each in filters:
        name, title, kind = each["name"], each["title"], _TAG_TYPES[each["type"]]
        if each["type"] == "date_range":
            found[name] = [Tag(f"{name}_from", f"{title}: from", kind), Tag(f"{name}_to", f"{title}: to", kind)]
        else:
            found[name] = [Tag(name, title, kind, each.get("default"))]
    return found


class Provisioner:
    """Makes Metabase hold the dashboards of a project."""

    def __init__(self, metabase: Metabase, database: int) -> None:
        self._metabase = metabase
        self._database = database
        self._collection = self._own_collection()
        listed = metabase.items(f"/collection/{self._collection}/items", models=["card", "dashboard"])
        self._found = {mark["key"]: (item, mark["digest"]) for item in listed if (mark := _mark(item)) is not None}
        self._kept: set[str] = set()
        self.outcome = Outcome()

    def provision(self, slug: str, dashboard: dict[str, Any]) -> None:
        """Brings one dashboard.

        Args:
            slug: Name of its file.
            dashboard: Its YAML.
        """
        filters = dashboard.get("filters", [])
        tags = tags_of(filters)
        cards: list[tuple[dict[str, Any], int]] = []
        for number, card in enumerate(dashboard["cards"]):
            used = [tag for name in card.get("filters", []) for tag in tags[name]]
            cards.append((card, self._put("card", f"{slug}/{number}", self._card(card, used))))
        options = {
            each["name"]: self._put("card", f"{slug}/options/{each['name']}", self._options(dashboard, each))
            for each in filters
            if "options_sql" in each
        }
        parameters = [_parameter(tag, options.get(name)) for name, of in tags.items() for tag in of]
        content = {
            "name": dashboard["title"],
            "description": dashboard.get("description", ""),
            "collection_id": self._collection,
            "parameters": parameters,
        }
        layout = [_dashcard(card, card_id, tags, index) for index, (card, card_id) in enumerate(cards)]
        self._put("dashboard", slug, content, layout)

    def archive_rest(self) -> None:
        """Archives what was made from files that are gone."""
        for key, (item, _) in self._found.items():
            if key not in self._kept:
                self._metabase.put(f"/{item['model']}/{item['id']}", {"archived": True})
                self.outcome.archived.append(key)

    def _own_collection(self) -> int:
        for each in self._metabase.items("/collection"):
            if each.get("name") == COLLECTION and not each.get("archived"):
                return each["id"]
        made = self._metabase.post("/collection", {"name": COLLECTION, "description": "Made from YAML; see its marks."})
        return made["id"]

    def _card(self, card: dict[str, Any], tags: list[Tag]) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        if "x" in card:
            settings["graph.dimensions"] = [card["x"], *([card["series"]] if "series" in card else [])]
        if card.get("y") and card["chart"] not in ("number", "table"):
            settings["graph.metrics"] = card["y"]
        if card["chart"] == "number" and card.get("y"):
            settings["scalar.field"] = card["y"][0]
        return self._question(card["title"], card.get("description", ""), card["sql"], tags, card["chart"], settings)

    def _options(self, dashboard: dict[str, Any], of: dict[str, Any]) -> dict[str, Any]:
        title = f"{dashboard['title']}: choices of {of['title']}"
        return self._question(title, "", of["options_sql"], [], "table", {})

    def _question(
        self, name: str, description: str, sql: str, tags: list[Tag], chart: str, settings: dict[str, Any]
    ) -> dict[str, Any]:
        native = {"query": sql, "template-tags": {tag.name: tag.template for tag in tags}}
        return {
            "name": name,
            "description": description,
            "collection_id": self._collection,
            "display": _DISPLAYS.get(chart, chart),
            "dataset_query": {"type": "native", "native": native, "database": self._database},
            "visualization_settings": settings,
        }

    def _put(self, model: str, key: str, content: dict[str, Any], layout: list[dict[str, Any]] | None = None) -> int:
        """Makes or changes one thing; gives its id."""
        self._kept.add(key)
        text = json.dumps([content, layout], sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        mark = f"(as code: {key} {digest})"
        marked = {**content, "description": f"{content['description']} {mark}".strip()}
        item, found_digest = self._found.get(key, (None, None))
        if item is not None and found_digest == digest:
            self.outcome.unchanged.append(key)
            return item["id"]
        made = self._metabase.post(f"/{model}", marked) if item is None else {"id": item["id"]}
        if item is not None or layout is not None:
            own = {**marked, "dashcards": self._with_peoples(made["id"], layout)} if layout is not None else marked
            self._metabase.put(f"/{model}/{made['id']}", own)
        (self.outcome.created if item is None else self.outcome.updated).append(key)
        return made["id"]

    def _with_peoples(self, dashboard: int, layout: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Our cards, and those that people have put on the dashboard."""
        present = self._metabase.get(f"/dashboard/{dashboard}").get("dashcards", [])
        ours = {item["id"] for item, _ in self._found.values() if item["model"] == "card"}
        ours |= {each["card_id"] for each in layout}
        return [*layout, *(each for each in present if each.get("card_id") not in ours)]


def _mark(item: dict[str, Any]) -> re.Match[str] | None:
    return _MARK.search(item.get("description") or "")


def _parameter(tag: Tag, options: int | None) -> dict[str, Any]:
    parameter: dict[str, Any] = {
        "id": tag.id[:8],
        "name": tag.title,
        "slug": tag.name,
        "type": _PARAMETER_TYPES[tag.type],
        "sectionId": {"text": "string"}.get(tag.type, tag.type),
    }
    if tag.default is not None:
        parameter["default"] = [tag.default] if tag.type == "number" else tag.default
    if options is not None:
        parameter["values_source_type"] = "card"
        field_reference = ["field", tag.name, {"base-type": "type/Text"}]
        parameter["values_source_config"] = {"card_id": options, "value_field": field_reference}
    return parameter


def _dashcard(card: dict[str, Any], card_id: int, tags: dict[str, list[Tag]], index: int) -> dict[str, Any]:
    place = card.get("position", {"row": 8 * index, "column": 0, "width": _GRID_COLUMNS, "height": 8})
    return {
        # Metabase takes a negative id for a card that is new on the dashboard.
        "id": -index - 1,
        "card_id": card_id,
        "row": place["row"],
        "col": place["column"],
        "size_x": place["width"],
        "size_y": place["height"],
        "parameter_mappings": [
            {"parameter_id": tag.id[:8], "card_id": card_id, "target": ["variable", ["template-tag", tag.name]]}
            for name in card.get("filters", [])
            for tag in tags[name]
        ],
        "visualization_settings": {},
    }


def connect(metabase: Metabase, connection: dict[str, Any]) -> int:
    """Makes Metabase know the database; gives its id. One of that name that is there already is left as it is."""
    for each in metabase.items("/database"):
        if each["name"] == connection["name"]:
            return each["id"]
    details: dict[str, Any]
    if connection["engine"] == "athena":
        # The role of Metabase's own task is what Athena sees.
        details = {
            "region": connection["region"],
            "workgroup": connection["workgroup"],
            "s3_staging_dir": connection["resultsUri"],
            "catalog": connection.get("catalog", "AwsDataCatalog"),
        }
    else:
        login = secret(connection["secretArn"])
        details = {
            "host": connection["host"],
            "port": int(connection["port"]),
            "db": connection["database"],
            "user": login["username"],
            "password": login["password"],
            "ssl": True,
        }
    body = {"name": connection["name"], "engine": connection["engine"], "details": details}
    return metabase.post("/database", body)["id"]


def read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The dashboards of a folder, by the names of their files."""
    for file in sorted(folder.glob("*.yaml")):
        yield file.stem, yaml.safe_load(file.read_text())


def main() -> int:
    """Provisions every dashboard."""
    try:
        login = secret(required("METABASE_SECRET_ARN"))
        metabase = Metabase(required("METABASE_URL"), login["username"], login["password"])
        provisioner = Provisioner(metabase, connect(metabase, json.loads(required("BI_CONNECTION"))))
        with tempfile.TemporaryDirectory(prefix="dashboards-") as scratch:
            for slug, dashboard in read(unpack(required("PROJECT_URI"), Path(scratch))):
                provisioner.provision(slug, dashboard)
        provisioner.archive_rest()
    except (MetabaseError, SettingError) as error:
        print(error, file=sys.stderr, flush=True)
        summary({"error": str(error)})
        return 1
    summary(vars(provisioner.outcome))
    return 0


if __name__ == "__main__":
    sys.exit(main())
