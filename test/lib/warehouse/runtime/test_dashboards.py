import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from sources.metabase import Metabase as Server
from warehouse_tasks import dashboards
from warehouse_tasks.dashboards import Outcome, Provisioner

DASHBOARD = yaml.safe_load(
    """
    title: Volume
    filters:
      - { name: symbol, title: Symbol, type: category, options_sql: select symbol from symbols }
      - { name: traded, title: Traded on, type: date_range }
    cards:
      - title: A day
        chart: bar
        sql: select day, volume from daily where true [[ and symbol = {{symbol}} ]] [[ and day >= {{traded_from}} ]]
        x: day
        y: [volume]
        filters: [symbol, traded]
      - title: All
        chart: number
        sql: select sum(volume) as volume from daily
        y: [volume]
    """
)


class Client:
    """Speaks with a server without a network between."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def get(self, path: str, **parameters: Any) -> Any:
        return self._call("GET", path, parameters, None)

    def items(self, path: str, **parameters: Any) -> Any:
        answer = self.get(path, **parameters)
        return answer["data"] if isinstance(answer, dict) else answer

    def post(self, path: str, body: Any) -> Any:
        return self._call("POST", path, {}, copy.deepcopy(body))

    def put(self, path: str, body: Any) -> Any:
        return self._call("PUT", path, {}, copy.deepcopy(body))

    def _call(self, method: str, path: str, query: dict[str, Any], body: Any) -> Any:
        status, answer = self._server.answer(method, path, query, body, "session-1")
        assert status == 200, answer
        return answer


@pytest.fixture
def server() -> Server:
    made = Server("admin", "secret")
    made.answer("POST", "/database", {}, {"name": "w", "engine": "redshift", "details": {}}, "session-1")
    return made


def provision(server: Server, **files: dict[str, Any]) -> Outcome:
    provisioner = Provisioner(Client(server), 1)  # type: ignore[arg-type]
    for slug, dashboard in files.items():
        provisioner.provision(slug, dashboard)
    provisioner.archive_rest()
    return provisioner.outcome


def only(server: Server, kind: str, name: str) -> dict[str, Any]:
    [found] = [thing for thing in server.things[kind].values() if thing["name"] == name]
    return found


def test_a_dashboard_has_its_cards_with_their_filters(server: Server) -> None:
    provision(server, volume=DASHBOARD)
    board, card = only(server, "dashboard", "Volume"), only(server, "card", "A day")
    assert [parameter["slug"] for parameter in board["parameters"]] == ["symbol", "traded_from", "traded_to"]
    assert set(card["dataset_query"]["native"]["template-tags"]) == {"symbol", "traded_from", "traded_to"}
    assert len(board["dashcards"]) == 2
    [placed] = [each for each in board["dashcards"] if each["card_id"] == card["id"]]
    identities = {parameter["id"] for parameter in board["parameters"]}
    assert {mapping["parameter_id"] for mapping in placed["parameter_mappings"]} == identities
    assert board["parameters"][0]["values_source_config"]["card_id"] in server.things["card"]


def test_a_second_time_nothing_is_written(server: Server) -> None:
    provision(server, volume=DASHBOARD)
    writes = server.writes
    assert provision(server, volume=DASHBOARD).unchanged == ["volume/0", "volume/1", "volume/options/symbol", "volume"]
    assert server.writes == writes


def test_what_people_made_is_left_alone(server: Server) -> None:
    provision(server, volume=DASHBOARD)
    collection = next(iter(server.things["collection"]))
    body = {"name": "Mine", "dataset_query": {"database": 1}, "display": "table", "visualization_settings": {}}
    _, mine = server.answer("POST", "/card", {}, {**body, "collection_id": collection}, "session-1")
    board = only(server, "dashboard", "Volume")
    board["dashcards"].append({"id": 77, "card_id": mine["id"], "row": 9, "col": 0, "size_x": 4, "size_y": 4})
    changed = copy.deepcopy(DASHBOARD)
    changed["cards"][0]["title"] = "Each day"
    outcome = provision(server, volume=changed)
    assert outcome.updated == ["volume/0"]
    changed["description"] = "Another one"
    assert provision(server, volume=changed).updated == ["volume"]
    assert 77 in [each["id"] for each in only(server, "dashboard", "Volume")["dashcards"]]
    provision(server)
    assert only(server, "card", "Mine")["archived"] is False


def test_what_has_no_file_any_more_is_archived(server: Server) -> None:
    provision(server, volume=DASHBOARD)
    assert provision(server).archived == ["volume/0", "volume/1", "volume/options/symbol", "volume"]
    assert only(server, "dashboard", "Volume")["archived"] is True


def test_the_blueprints_own_dashboards_are_taken(server: Server) -> None:
    folder = Path(__file__).parents[4] / "blueprints" / "warehouse" / "dashboards"
    outcome = provision(server, **dict(dashboards.read(folder)))
    assert len(outcome.created) == 15
