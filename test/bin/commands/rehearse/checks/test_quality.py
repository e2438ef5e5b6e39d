"""The checks of the quality metrics see a figure that is wrong."""

from __future__ import annotations

import pytest
from checks.quality import compare

NEWEST = {"rows-read": "80", "invalid": "2"}
RIGHT = {"QualityScore": 100.0, "RowsArrived": 80.0, "InvalidShare": 0.025}


def test_right_figures_pass() -> None:
    assert all(check.passed for check in compare(RIGHT, NEWEST))


@pytest.mark.parametrize("wrong", [{"QualityScore": 99.0}, {"RowsArrived": 79.0}, {"InvalidShare": 0.0}])
def test_a_wrong_figure_fails_its_check_alone(wrong: dict[str, float]) -> None:
    assert [check.passed for check in compare(RIGHT | wrong, NEWEST)].count(False) == 1


def test_a_figure_that_was_never_published_fails() -> None:
    assert not all(check.passed for check in compare({"QualityScore": 100.0}, NEWEST))
