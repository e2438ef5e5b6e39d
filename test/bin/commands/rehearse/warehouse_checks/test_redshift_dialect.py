"""SQL that is wrong is told before anything is deployed: of models, of their tests, of dashboards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from warehouse_checks.dashboard_queries import dashboard_problems
from warehouse_checks.known_columns import KnownColumns
from warehouse_checks.source_lines import line_of_column, source_line
from warehouse_checks.sql_problems import parse

BLUEPRINT = Path("blueprints/warehouse")


def inspected(folder: Path, models: tuple[str, ...] = ()) -> dict[str, Any]:
    """What is said of a blueprint's folder."""
    config = {
        **{"project": str(folder / "dbt"), "dashboards": str(folder / "dashboards"), "models": models, "titles": None},
        **{"scratch": str(folder / "scratch"), "shownProject": "dbt", "shownDashboards": "dashboards"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "warehouse_checks.redshift_dialect", str(folder / "config.json")]
    environment = {**os.environ, "PYTHONPATH": str(Path("bin/commands/rehearse").resolve())}
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return json.loads(printed.splitlines()[-1])


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    """A copy of the blueprint to spoil."""
    for name in ("dbt", "dashboards"):
        shutil.copytree(BLUEPRINT / name, tmp_path / name)
    return tmp_path


def spoil(file: Path, right: str, wrong: str) -> int:
    """Replaces a text, and gives the line that it stands on."""
    text = file.read_text()
    assert right in text
    file.write_text(text.replace(right, wrong, 1))
    return text[: text.index(right)].count("\n") + 1


def test_the_blueprint_is_right_for_redshift_and_what_differs_from_postgresql_is_listed(blueprint: Path) -> None:
    told = inspected(blueprint)
    assert told["problems"] == []
    assert told["queries"] > 100
    places = {line.split(":")[0] for line in told["differences"]}
    assert places == {"models/marts/fct_daily_summary.sql", "models/utilities/metricflow_time_spine.sql"}


def test_every_wrong_query_is_told_with_file_and_line(blueprint: Path) -> None:
    dbt, dashboards = blueprint / "dbt" / "models", blueprint / "dashboards"
    # Below the many lines of its configuration.
    unknown = spoil(dbt / "marts/fct_trades.sql", "    quantity,\n", "    quantty,\n")
    unparsed = spoil(dbt / "marts/dim_customer_health.sql", "from facts", "form facts")
    tested = spoil(dbt / "metrics/metrics.yml", "name: trader_id\n", "name: trader\n")
    card = spoil(dashboards / "trader_leaderboard.yaml", "having true [[ and sum(trade_count)", "having [[ sum(trades)")
    table = spoil(dashboards / "trading_volume_daily.yaml", "from marts.fct_daily_summary\n", "from marts.fct_daily\n")
    problems = inspected(blueprint)["problems"]
    model = f"dbt/models/marts/fct_trades.sql:{unknown}: "
    # Once, and of none of the models that read it.
    assert [line for line in problems if "quantty" in line or "quantity" in line] == [
        f"{model}there is no column 'quantty' in stg_trades; did you mean 'quantity'?"
    ]
    expected = (
        f"dbt/models/marts/dim_customer_health.sql:{unparsed}: the SQL does not parse near 'form'; correct it",
        f"dbt/models/metrics/metrics.yml:{tested}: the test not_null_trader_performance_trader: there is no column "
        "'trader' in trader_performance; did you mean 'trader_id'?",
        f"dashboards/trader_leaderboard.yaml:{card}: there is no column 'trades' in trader_performance",
        f"dashboards/trading_volume_daily.yaml:{table}: there is no table marts.fct_daily; did you mean "
        "'marts.fct_daily_summary'?",
    )
    for sentence in expected:
        assert any(line.startswith(sentence) for line in problems), (sentence, problems)


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        ("{{ utc_day('traded_at') }}", "{{ utc_day('traded_at' }}", "unexpected '}', expected ')'"),
        ("{{ utc_day('traded_at') }}", "{{ utc_dya('traded_at') }}", "there is no macro or variable 'utc_dya'"),
        ("source('exchange_api', 'trades')", "source('exchange', 'trades')", "depends on a source named"),
    ],
)
def test_jinja_that_cannot_be_rendered_is_told_with_file_and_line(
    blueprint: Path, right: str, wrong: str, sentence: str
) -> None:
    line = spoil(blueprint / "dbt/models/staging/stg_trades.sql", right, wrong)
    (problem,) = inspected(blueprint)["problems"]
    at, _, told = problem.partition(": ")
    assert sentence in told
    assert at == f"dbt/models/staging/stg_trades.sql:{line}"


def test_a_dashboard_that_reads_what_is_not_built_is_told(blueprint: Path) -> None:
    problems = inspected(blueprint, models=("marts/fct_daily_summary.sql",))["problems"]
    assert problems
    assert all("trader_leaderboard.yaml" in problem for problem in problems)
    assert "metrics.trader_performance is not built: 'models' of blueprint.yaml leaves it out" in problems[0]


def known() -> KnownColumns:
    """Two tables whose columns are known, and one of which nobody knows them."""
    columns = KnownColumns()
    columns.add(("marts", "a"), ["id", "name"], "a")
    columns.add(("marts", "b"), ["id", "value"], "b")
    columns.add(("raw", "c"), None, "c")
    return columns


@pytest.mark.parametrize(
    ("sql", "gives"),
    [
        ("select a.id, b.value as v from marts.a as a join marts.b as b on a.id = b.id", ["id", "v"]),
        ("with x as (select *, 1 as one from marts.a) select * from x", ["id", "name", "one"]),
        ("select id + 1 as next, next + 1 as after from marts.a", ["next", "after"]),
        ("select name from marts.a where id in (select id from marts.b where value > 1)", ["name"]),
        ("select anything from raw.c", ["anything"]),
        ("select * from raw.c", None),
    ],
)
def test_what_a_query_gives_is_known(sql: str, gives: list[str] | None) -> None:
    assert known().judge(sql) == ([], gives)


@pytest.mark.parametrize(
    ("sql", "lines"),
    [
        ("select\n a.id,\n a.value\nfrom marts.a as a", [3]),
        ("select a.name,\n b.name\nfrom marts.a as a\njoin marts.b as b on a.id = b.id", [2]),
        ("select x\nfrom marts.a\nwhere y = 1", [1, 3]),
        ("with q as (\n select id from marts.a\n)\nselect id, name\nfrom q", [4]),
        ("select id from marts.a\norder by\n nothing", [3]),
        ("select id, count(*) as n from marts.a group by id\nhaving n > 1 and max(name) > 'a' and sum(x) > 1", [2]),
    ],
)
def test_a_column_that_is_not_there_is_found_on_its_line(sql: str, lines: list[int]) -> None:
    problems, _ = known().judge(sql)
    assert sorted(problem.line for problem in problems) == lines


@pytest.mark.parametrize(
    ("sql", "line", "sentence"),
    [
        ("select (1,\nfrom x", 2, "does not parse"),
        ("select 1\n, 'open\nfrom x", 2, "is not closed"),
        ("select 1;\nselect\n no_such_function(2)", 3, "no_such_function"),
    ],
)
def test_sql_that_does_not_parse_is_told_with_its_line(sql: str, line: int, sentence: str) -> None:
    _, problem = parse(sql)
    assert problem is not None
    assert problem.line == line
    assert sentence in problem.sentence


def test_a_chart_that_draws_what_its_query_does_not_give_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(
        "title: One\ncards:\n  - title: Card\n    sql: select id from marts.a\n    x: id\n    y: [name]\n"
    )
    assert list(dashboard_problems(tmp_path, None, known())) == [
        "one.yaml:6: the query of the card gives no column 'name'; it gives id"
    ]
    assert list(dashboard_problems(tmp_path, ["Another"], known())) == []


def test_lines_of_jinja_are_found_through_what_they_render() -> None:
    source = "{{\n  config(\n    x=1\n  )\n}}\nselect\n  {{ both() }},\n  c\nfrom t"
    rendered = "\n\nselect\n  a,\n  b,\n  c\nfrom t"
    assert (source_line(source, rendered, 6).line, source_line(source, rendered, 6).is_verbatim) == (8, True)
    assert (source_line(source, rendered, 5).line, source_line(source, rendered, 5).is_verbatim) == (7, False)


def test_a_test_is_found_at_the_column_that_it_is_about() -> None:
    text = "version: 2\nmodels:\n  - name: a\n  - name: b\n    columns:\n      - name: id\n"
    assert [line_of_column(text, *of) for of in (("b", "id"), ("b", "gone"), ("a", None), ("c", None))] == [6, 4, 3, 1]
