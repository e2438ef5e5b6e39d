-- What arrived since the last run, each trade once: of several versions of an id the one that arrived last stays.
-- A message that is no sound trade stays among the arrivals, and stands in trades_rejected with what is wrong with it.

-- @consume raw FROM ${trading}.raw_trades INTO ${trading}.fct_trades AS arrivals
-- @stop_if '${raw_since}' = '${raw_until}'

-- @conform conformed FROM arrivals

CACHE TABLE latest AS
SELECT
    record,
    source,
    position,
    ingested_at,
    if(
        coalesce(record.side IN ('buy', 'sell'), TRUE),
        record.validation_errors,
        array_append(record.validation_errors, 'UNKNOWN_SIDE')
    ) AS errors
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY record.trade_id, if(record.trade_id IS NULL, concat_ws('/', source, position), NULL)
            ORDER BY ingested_at DESC, payload_hash DESC, position DESC
        ) AS recency
    FROM conformed
    WHERE record IS NOT NULL
) AS ranked
WHERE recency = 1;

-- This comes before the commit that moves on: a run that dies in between adds none twice.
INSERT INTO ${trading}.trades_rejected
SELECT
    latest.source,
    latest.position,
    latest.ingested_at,
    latest.record.trade_id,
    latest.errors
FROM latest
LEFT ANTI JOIN ${trading}.trades_rejected AS known
    ON latest.source = known.source AND latest.position = known.position
WHERE size(latest.errors) > 0;

-- An unsound version takes the place of a sound one, which its source does not stand by any more.
MERGE INTO ${trading}.fct_trades AS present
USING (
    SELECT
        record.*,
        size(errors) = 0 AS is_sound
    FROM latest
    WHERE record.trade_id IS NOT NULL
) AS latest
    ON present.trade_id = latest.trade_id
WHEN MATCHED AND NOT latest.is_sound THEN DELETE
WHEN MATCHED THEN UPDATE SET *
WHEN NOT MATCHED AND latest.is_sound THEN INSERT *;
