"""What arrived: the records of the topic, with when each was ingested and which run of silver read it."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .config import Config
from .expected import Arrivals, Commit, Event, commit_of_each, ingestion_times, of_the_future, run_of
from .kafka import read_topic
from .lake import ActualTable, bronze_commits
from .spill import Records


class Topic:
    """All records of the topic: their values on disk, their places and times in memory."""

    def __init__(self, config: Config, folder: Path) -> None:
        """Reads them. Raises KafkaException when they cannot be read."""
        self._name = config.topic
        self._values = Records(folder, 1)
        partitions, offsets, timestamps = array("q"), array("q"), array("q")
        for record in read_topic(config.kafka_bootstrap, config.topic):
            partitions.append(record.partition)
            offsets.append(record.offset)
            timestamps.append(record.timestamp)
            self._values.add(b"", record.value)
        self._records = Arrivals(*(np.array(column, np.int64) for column in (partitions, offsets, timestamps)))

    def __len__(self) -> int:
        return len(self._records.offsets)

    def events(self, bronze: ActualTable | None, runs: Sequence[int]) -> Iterator[Event]:
        """The records as they must lie in bronze, in the order in which they were read from the topic.

        Args:
            bronze: Tells by its commits what was read together, and what only the job knew.
            runs: For each run of silver, the number of the bronze commit up to which it read.
        """
        commits = [] if bronze is None else bronze_commits(bronze)
        brought_by = commit_of_each(self._records, commits)
        future = of_the_future(self._records, commits, brought_by)
        told = {} if bronze is None else self._told(bronze, future)
        times = ingestion_times(self._records, commits, brought_by, told)
        run_of_commit = [run_of(commit.number, runs) for commit in commits or [Commit({}, 0)]]
        places = zip(self._records.partitions, self._records.offsets, strict=True)
        of_values = zip(self._values.read(0), places, times, brought_by, strict=True)
        for value, (partition, offset), time, commit in of_values:
            yield Event(f"{self._name}/{partition}/{offset}", int(time), value, run_of_commit[commit])

    def _told(self, bronze: ActualTable, future: Sequence[int]) -> dict[int, int]:
        """When the table says that each of these records was ingested."""
        if not future:
            return {}
        places = zip(self._records.partitions[future], self._records.offsets[future], strict=True)
        index = {
            f"{self._name}/{partition}/{offset}": at for (partition, offset), at in zip(places, future, strict=True)
        }
        wanted = pa.array(index, pa.string())
        told: dict[int, int] = {}
        for batch in bronze.batches():
            found = batch.filter(pc.is_in(batch.column("source"), wanted))
            times = found.column("ingested_at").cast(pa.int64()).to_pylist()
            told |= {
                index[source]: time
                for source, time in zip(found.column("source").to_pylist(), times, strict=True)
                if time is not None
            }
        return told
