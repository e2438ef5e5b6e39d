-- Expires the old snapshots of a table that is read commit by commit, and never one that a consumer has not read.
--
-- ${consumed} is a query with a row for each consumer: the id of the snapshot up to which it has read. A consumer whose
-- snapshot the table does not know (it has read nothing yet, or its snapshot is gone already) keeps every snapshot.

-- @set
SELECT cast(least(current_timestamp() - INTERVAL '${retention_days}' DAY, min(read_until)) AS STRING) AS older_than
FROM (
    SELECT coalesce(snapshots.committed_at, TIMESTAMP '1970-01-01') AS read_until
    FROM (${consumed}) AS consumed
    LEFT JOIN ${table}.snapshots AS snapshots ON consumed.snapshot_id = cast(snapshots.snapshot_id AS STRING)
) AS reached;

-- What is older goes, but the newest ${minimum_snapshots} stay; so does the consumed one itself, from which reading goes on.
CALL system.expire_snapshots(
    table => '${table}',
    older_than => TIMESTAMP '${older_than}',
    retain_last => ${minimum_snapshots}
);
