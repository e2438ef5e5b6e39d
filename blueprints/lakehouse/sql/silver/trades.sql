-- Bronze to silver: what arrived since the last run, conformed, each trade once.
--
-- Trades are the same when their ids are. Of several versions the one that arrived last stays; a tie is decided by the
-- payload's hash. A trade without an id is nobody's version: it is inserted as it came. All changes, and how far bronze
-- was read, are one commit: a run that dies leaves nothing behind, and a rerun repeats nothing.
--
-- A message of another kind has no record: it is counted and leaves nothing in silver.
--
-- The columns are those of the record (blueprint.yaml may add more); none is named here but the ones with a meaning.

-- @consume bronze FROM ${bronze}.trades INTO ${silver}.trades AS arrivals
-- @stop_if '${bronze_since}' = '${bronze_until}'

-- @conform conformed FROM arrivals

-- Each arrival beside what silver has under its id. recency 1 is the version that stays. Contents are told apart by a
-- hash, and only where an id arrived more than once: what is counted below then reads no record again.
CACHE LAZY TABLE candidates AS
SELECT
    record,
    record.trade_id,
    record.is_valid,
    is_present,
    repeats_present,
    recency,
    origin,
    if(record.trade_id IS NOT NULL AND (recency > 1 OR has_older), xxhash64(record), NULL) AS content
FROM (
    SELECT
        arrived.record,
        if(
            arrived.record.is_valid,
            NULL,
            STRUCT(
                arrived.source,
                arrived.position,
                arrived.ingested_at,
                lower(hex(arrived.payload_hash)) AS payload_hash
            )
        ) AS origin,
        present.trade_id IS NOT NULL AS is_present,
        coalesce(present.trade = arrived.record, FALSE) AS repeats_present,
        row_number() OVER latest_first AS recency,
        lead(TRUE) OVER latest_first IS NOT NULL AS has_older
    FROM (
        SELECT
            *,
            record.trade_id,
            xxhash64(record.trade_id) AS id_hash
        FROM conformed
    ) AS arrived
    LEFT JOIN (
        SELECT
            trades.trade_id,
            struct(trades.*) AS trade
        FROM ${silver}.trades AS trades
    ) AS present
        ON arrived.trade_id = present.trade_id
    WINDOW latest_first AS (
        -- The hash comes first for the sort's sake: ids that begin alike are slow to compare.
        PARTITION BY
            arrived.id_hash,
            arrived.trade_id,
            if(arrived.trade_id IS NULL, concat_ws('/', arrived.source, arrived.position), NULL)
        ORDER BY arrived.ingested_at DESC, arrived.payload_hash DESC, arrived.position DESC
    )
) AS ranked;

-- new_versions: distinct contents that silver does not have. Each but the first of a new id supersedes another one.
-- @set
SELECT
    rows_read,
    rows_invalid,
    rows_revised,
    new_versions - new_ids AS revisions,
    rows_with_id - new_versions AS duplicates,
    new_ids + rows_without_id AS rows_inserted,
    messages_ignored,
    first_invalid
FROM (
    SELECT
        count(record) AS rows_read,
        count_if(record IS NULL) AS messages_ignored,
        count_if(NOT is_valid) AS rows_invalid,
        min(if(is_valid, NULL, origin.ingested_at)) AS first_invalid,
        count(trade_id) AS rows_with_id,
        count_if(trade_id IS NULL AND record IS NOT NULL) AS rows_without_id,
        count_if(trade_id IS NOT NULL AND recency = 1 AND NOT is_present) AS new_ids,
        count_if(recency = 1 AND is_present AND NOT repeats_present) AS rows_revised,
        count_if(trade_id IS NOT NULL AND content IS NULL AND NOT repeats_present)
        + count(DISTINCT if(content IS NULL OR repeats_present, NULL, struct(trade_id, content))) AS new_versions
    FROM candidates
) AS counted;

-- Where each invalid trade came from, so that it can be judged again (trades_reevaluate.sql). This comes before
-- silver's commit: a run that dies in between finds its rows there and adds none twice.
-- @if ${rows_invalid} > 0
INSERT INTO ${silver}.trades_quarantine
SELECT
    candidates.origin.*,
    candidates.record.*
FROM candidates
LEFT ANTI JOIN (
    SELECT
        source,
        position
    FROM ${silver}.trades_quarantine
    WHERE ingested_at >= TIMESTAMP '${first_invalid}'
) AS known
    ON candidates.origin.source = known.source AND candidates.origin.position = known.position
WHERE NOT candidates.is_valid;

-- @commit_property rows-read ${rows_read}
-- @commit_property duplicates ${duplicates}
-- @commit_property revisions ${revisions}
-- @commit_property invalid ${rows_invalid}
-- @commit_property ignored ${messages_ignored}

-- Where nothing changes, appending spares the files that a merge would look through.
-- @if ${rows_revised} = 0
INSERT INTO ${silver}.trades
SELECT record.*
FROM candidates
WHERE recency = 1 AND NOT repeats_present AND record IS NOT NULL;

-- @if ${rows_revised} > 0
MERGE INTO ${silver}.trades AS present
USING (
    SELECT record.*
    FROM candidates
    WHERE recency = 1 AND NOT repeats_present AND record IS NOT NULL
) AS latest
    ON present.trade_id = latest.trade_id
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED THEN INSERT *;

-- @summary
SELECT
    ${rows_read} AS rows_in,
    ${rows_inserted} AS rows_out,
    ${rows_invalid} AS rows_rejected;
