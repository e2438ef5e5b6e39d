-- The gate between silver and gold. Each breach is a row that says what is wrong, in figures; any stops the pipeline.

-- @default freshness_hours 24
-- @default max_invalid_share 0.10

-- @summary
SELECT
    total AS rows_in,
    total AS rows_out,
    0 AS rows_rejected
FROM (
    SELECT coalesce(max_by(cast(summary['total-records'] AS BIGINT), committed_at), 0) AS total
    FROM ${silver}.trades.snapshots
) AS newest;

-- @assert
SELECT
    concat(
        count(*), ' trade ids stand more than once in ${silver}.trades, the first is ', min(trade_id),
        '. Find out what else writes to the table.'
    ) AS failure
FROM (
    SELECT trade_id
    FROM ${silver}.trades
    WHERE trade_id IS NOT NULL
    GROUP BY trade_id
    HAVING count(*) > 1
) AS repeated
HAVING count(*) > 0;

-- @assert
SELECT
    concat(
        '${bronze}.trades received its last rows ',
        coalesce(concat('at ', max(committed_at), ' UTC'), 'never'),
        '; ${freshness_hours} hours without any are allowed. Look at the bronze job and its source.'
    ) AS failure
FROM ${bronze}.trades.snapshots
WHERE operation = 'append'
HAVING
    coalesce(max(committed_at), TIMESTAMP '1970-01-01')
    < timestampadd(SECOND, -cast(cast('${freshness_hours}' AS DOUBLE) * 3600 AS INT), current_timestamp());

-- What the newest run of silver found in the rows that had arrived; its commit carries the figures.
-- @assert
SELECT
    concat(
        rows_invalid, ' of the ', rows_read, ' rows that arrived last are invalid, a share of ',
        round(rows_invalid / rows_read, 4), '; at most ${max_invalid_share} is allowed.',
        ' See validation_errors in ${silver}.trades.'
    ) AS failure
FROM (
    SELECT
        cast(summary['cdk-data-patterns.rows-read'] AS BIGINT) AS rows_read,
        cast(summary['cdk-data-patterns.invalid'] AS BIGINT) AS rows_invalid
    FROM ${silver}.trades.snapshots
    WHERE summary['cdk-data-patterns.rows-read'] IS NOT NULL
    ORDER BY committed_at DESC
    LIMIT 1
) AS newest
WHERE rows_invalid > rows_read * cast('${max_invalid_share}' AS DECIMAL(9, 8));
