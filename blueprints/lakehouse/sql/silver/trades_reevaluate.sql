-- Invalid trades judged again, after a mapping was mended: those whose message was ingested in the range of days that
-- the job was given. What is valid by now replaces what was not, in silver and then in the quarantine.
--
-- Everything is worked out from bronze and the quarantine: a run that dies between the two commits comes to the same
-- result when it is repeated, and one that has nothing left to change commits nothing.

-- @stop_if '${from_date}' = ''

CREATE OR REPLACE TEMPORARY VIEW messages AS
SELECT
    bronze.raw_payload,
    bronze.source,
    bronze.ingested_at
FROM ${bronze}.trades AS bronze
LEFT SEMI JOIN ${silver}.trades_quarantine AS quarantined
    ON bronze.source = quarantined.source
WHERE
    bronze.ingested_at >= try_cast('${from_date}' AS TIMESTAMP)
    AND bronze.ingested_at < timestampadd(DAY, 1, try_cast('${to_date}' AS TIMESTAMP));

-- @conform rejudged FROM messages

CACHE TABLE judged AS
SELECT
    source,
    position,
    ingested_at,
    lower(hex(payload_hash)) AS payload_hash,
    record,
    record.trade_id
FROM rejudged;

-- What the quarantine holds, and whether it is of a message that was judged again.
CACHE TABLE standing AS
SELECT
    quarantined.source,
    quarantined.position,
    quarantined.ingested_at,
    quarantined.payload_hash,
    struct(${record_columns}) AS record,
    quarantined.trade_id,
    messages_judged.source IS NOT NULL AS is_judged
FROM ${silver}.trades_quarantine AS quarantined
LEFT JOIN (SELECT DISTINCT source FROM judged) AS messages_judged
    ON quarantined.source = messages_judged.source;

-- Ids that had an invalid trade, or have one that was judged again, beside what silver has under them. Where that is
-- neither replaced nor repeated by what was judged, only bronze tells which version arrived last.
CACHE TABLE touched AS
SELECT
    ids.trade_id,
    present.record AS present,
    present.record IS NOT NULL
    AND if(present.record.is_valid, NOT array_contains(ids.judged, present.record), size(ids.judged) = 0)
        AS is_contested
FROM (
    SELECT
        trade_id,
        collect_set(record) AS judged
    FROM (
        SELECT
            trade_id,
            record
        FROM judged
        UNION ALL
        SELECT
            trade_id,
            NULL AS record
        FROM standing
        WHERE is_judged
    ) AS found
    WHERE trade_id IS NOT NULL
    GROUP BY trade_id
) AS ids
LEFT JOIN (
    SELECT
        trade_id,
        struct(${record_columns}) AS record
    FROM ${silver}.trades
) AS present
    ON ids.trade_id = present.trade_id;

-- @set
SELECT
    count_if(is_contested) AS contested,
    concat('present.', replace('${record_columns}', ', ', ', present.')) AS present_columns
FROM touched;

-- What else arrived, if that is in question. A message of the quarantine that was not judged again counts as it stands.
CREATE OR REPLACE TEMPORARY VIEW others AS
SELECT
    bronze.raw_payload,
    bronze.source,
    bronze.ingested_at
FROM ${bronze}.trades AS bronze
LEFT ANTI JOIN standing
    ON bronze.source = standing.source
WHERE ${contested} > 0;

-- @conform conformed_others FROM others

-- The version that stays under each id: the one that arrived last, as always (see trades.sql). A valid one whose
-- message is not found, because it came by another mapping, stays as it is.
CACHE TABLE identified AS
SELECT
    touched.trade_id,
    touched.present,
    if(
        touched.present.is_valid AND NOT coalesce(array_contains(versions.records, touched.present), FALSE),
        touched.present,
        versions.latest
    ) AS record
FROM touched
LEFT JOIN (
    SELECT
        trade_id,
        collect_set(record) AS records,
        max_by(record, struct(ingested_at, payload_hash, position)) AS latest
    FROM (
        SELECT
            trade_id,
            record,
            ingested_at,
            payload_hash,
            position
        FROM judged
        UNION ALL
        SELECT
            trade_id,
            record,
            ingested_at,
            payload_hash,
            position
        FROM standing
        WHERE NOT is_judged
        UNION ALL
        SELECT
            record.trade_id,
            record,
            ingested_at,
            lower(hex(payload_hash)) AS payload_hash,
            position
        FROM conformed_others
    ) AS arrived
    WHERE trade_id IS NOT NULL
    GROUP BY trade_id
) AS versions
    ON touched.trade_id = versions.trade_id;

-- Trades without an id are told apart by their source, which silver does not have. Those with the same content are the
-- same to it, so that as many of each content as the quarantine has will stand in silver.
CACHE TABLE anonymous AS
SELECT record
FROM (
    SELECT
        record,
        1 AS difference
    FROM judged
    WHERE record IS NOT NULL AND trade_id IS NULL
    UNION ALL
    SELECT
        record,
        -1 AS difference
    FROM standing
    WHERE is_judged AND trade_id IS NULL
) AS compared
GROUP BY record
HAVING sum(difference) <> 0;

-- key_id and key_content find a row of silver; an anonymous one that is to be added finds none.
CACHE TABLE changes AS
SELECT
    trade_id AS key_id,
    0 AS key_content,
    record,
    record IS NULL AS is_gone
FROM identified
WHERE NOT record <=> present
UNION ALL
SELECT
    NULL AS key_id,
    xxhash64(record) AS key_content,
    record,
    TRUE AS is_gone
FROM anonymous
UNION ALL
SELECT
    NULL AS key_id,
    NULL AS key_content,
    kept.record,
    FALSE AS is_gone
FROM (
    SELECT record
    FROM judged
    WHERE record IS NOT NULL AND trade_id IS NULL
    UNION ALL
    SELECT record
    FROM standing
    WHERE NOT is_judged AND trade_id IS NULL
) AS kept
INNER JOIN anonymous
    ON kept.record = anonymous.record;

-- What the quarantine will hold of the messages that were judged again.
CACHE TABLE requarantined AS
SELECT
    coalesce(still.source, before.source) AS source,
    coalesce(still.position, before.position) AS position,
    still.ingested_at,
    still.payload_hash,
    still.record,
    still.source IS NULL AS is_gone
FROM (SELECT * FROM standing WHERE is_judged) AS before
FULL JOIN (SELECT * FROM judged WHERE NOT record.is_valid) AS still
    ON before.source = still.source AND before.position = still.position
WHERE NOT before.record <=> still.record;

-- @set
SELECT
    (SELECT count(*) FROM changes) AS changes,
    (SELECT count(*) FROM requarantined) AS requarantined,
    (SELECT count(record) FROM judged) AS rows_read,
    (SELECT count_if(NOT record.is_valid) FROM judged) AS rows_invalid;

-- The quality gate judges by the newest commit: here, by what was judged again.
-- @commit_property rows-read ${rows_read}
-- @commit_property invalid ${rows_invalid}
-- @commit_property reevaluated ${from_date}/${to_date}

-- @if ${changes} > 0
MERGE INTO ${silver}.trades AS present
USING (
    SELECT
        key_id,
        key_content,
        is_gone,
        record.*
    FROM changes
) AS changed
    ON
        present.trade_id <=> changed.key_id
        AND if(present.trade_id IS NULL, xxhash64(struct(${present_columns})), 0) = changed.key_content
WHEN MATCHED AND changed.is_gone THEN DELETE
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED AND NOT changed.is_gone THEN INSERT *;

-- @if ${requarantined} > 0
MERGE INTO ${silver}.trades_quarantine AS known
USING (
    SELECT
        source,
        position,
        ingested_at,
        payload_hash,
        is_gone,
        record.*
    FROM requarantined
) AS changed
    ON known.source = changed.source AND known.position = changed.position
WHEN MATCHED AND changed.is_gone THEN DELETE
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED AND NOT changed.is_gone THEN INSERT *;

-- @summary
SELECT
    ${rows_read} AS rows_in,
    ${changes} AS rows_out,
    ${rows_invalid} AS rows_rejected;
