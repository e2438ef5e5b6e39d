"""Latencies are taken from the broker's time of the trade that made a result possible."""

import pytest
from checks.kafka import KafkaRecord
from checks.latency import Watermark, latencies, percentiles
from checks.windows import Judged, Trade

MINUTE_MS = 60_000


def judged(*trades: tuple[int, int, int]) -> Judged:
    """Valid trades: partition, event time, and the broker's time, both in milliseconds."""
    valid = tuple(
        Trade(f"t{number}", "A", 1, 1, traded * 1000, None, None, None, None)
        for number, (_, traded, _) in enumerate(trades)
    )
    records = tuple(
        KafkaRecord(partition, number, appended * 1000, b"") for number, (partition, _, appended) in enumerate(trades)
    )
    return Judged(valid, records, {})


def test_an_enriched_trade_counts_from_its_own_trade() -> None:
    seen = {"enriched": [["t1", 5_250], ["unknown", 9_000]], "windows": []}
    assert latencies(judged((0, 0, 4_000), (0, 1, 5_000)), seen)["enriched"] == {
        "count": 1,
        "p50": 250,
        "p90": 250,
        "p99": 250,
        "max": 250,
    }


def test_a_window_counts_from_the_last_partition_whose_trades_pass_its_end_and_the_delay() -> None:
    stream = judged((0, 0, 1_000), (1, 0, 1_000), (0, 70_000, 2_000), (1, 69_998, 2_500), (1, 69_999, 3_000))
    seen = {"enriched": [], "windows": [["A", 0, 3_400], ["A", MINUTE_MS, 9_000]]}
    assert latencies(stream, seen)["windows"] == {"count": 1, "p50": 400, "p90": 400, "p99": 400, "max": 400}


def test_a_trade_out_of_order_does_not_bring_the_watermark_on() -> None:
    stream = judged((0, 80_000, 1_000), (0, 70_000, 2_000))
    assert Watermark(stream).passes(MINUTE_MS * 1000) == 1_000_000


def test_a_window_that_the_watermark_has_not_passed_is_not_measured() -> None:
    assert Watermark(judged((0, 80_000, 1_000), (1, 0, 1_000))).passes(MINUTE_MS * 1000) is None
    assert latencies(judged((0, 0, 1)), {"enriched": [], "windows": [["A", 0, 9]]})["windows"] is None


@pytest.mark.parametrize(("values", "p50", "p99"), [([7], 7, 7), ([1, 2], 1, 2), (list(range(1, 201)), 100, 198)])
def test_percentiles_are_values_that_were_measured(values: list[int], p50: int, p99: int) -> None:
    result = percentiles(values)
    assert result is not None
    assert (result["p50"], result["p99"]) == (p50, p99)
