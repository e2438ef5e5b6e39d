-- Silver to gold: volume, volume-weighted average price and number of the valid trades of each day (UTC) and symbol.
--
-- Recomputed are the days that are over and that silver changed since gold's last commit, the days that ended since
-- then and always yesterday; or, as a backfill, the days of the range that the job was given.

-- @consume silver FROM ${silver}.trades INTO ${gold}.daily_trading_summary

-- changed_after is empty when gold was never built or silver has forgotten that snapshot: then every day counts.
-- @set
SELECT
    (
        SELECT cast(committed_at AS STRING)
        FROM ${silver}.trades.snapshots
        WHERE cast(snapshot_id AS STRING) = '${silver_since}'
    ) AS changed_after,
    (SELECT cast(max(committed_at) AS DATE) FROM ${gold}.daily_trading_summary.snapshots) AS ended_from;

-- Silver's partitions are days, so its metadata knows which ones a commit touched. Compaction ('replace') changes none.
-- @set
WITH touched AS (
    SELECT entries.data_file.partition.traded_at_day AS day
    FROM ${silver}.trades.all_entries AS entries
    INNER JOIN ${silver}.trades.snapshots AS snapshots ON entries.snapshot_id = snapshots.snapshot_id
    WHERE
        entries.status <> 0
        AND snapshots.operation <> 'replace'
        AND snapshots.committed_at > try_cast('${changed_after}' AS TIMESTAMP)
    UNION ALL
    SELECT files.partition.traded_at_day
    FROM ${silver}.trades.files AS files
    WHERE '${changed_after}' = ''
    UNION ALL
    SELECT summary.date
    FROM ${gold}.daily_trading_summary AS summary
    WHERE '${changed_after}' = ''
),

ended AS (
    SELECT explode(sequence(
        least(coalesce(try_cast('${ended_from}' AS DATE), current_date()), date_sub(current_date(), 1)),
        date_sub(current_date(), 1)
    )) AS day
),

days AS (
    SELECT day FROM touched
    WHERE '${from_date}' = '' AND day < current_date()
    UNION
    SELECT day FROM ended
    WHERE '${from_date}' = ''
    UNION
    SELECT explode(sequence(try_cast('${from_date}' AS DATE), try_cast('${to_date}' AS DATE)))
)

SELECT
    count(*) AS day_count,
    concat_ws(', ', sort_array(collect_list(concat("DATE'", day, "'")))) AS days
FROM days;

-- Exact integers: prices and quantities counted in units of 10^-8, their product in 10^-16. try_sum gives NULL where
-- even 38 digits do not suffice; fits says whether the volume is one that DECIMAL(18, 8) can hold.
CACHE TABLE summaries AS
SELECT
    date,
    symbol,
    volume_units,
    value_units,
    trade_count,
    coalesce(volume_units < 1000000000000000000, FALSE) AS fits
FROM (
    SELECT
        cast(trades.traded_at AS DATE) AS date,
        trades.symbol,
        try_sum(cast(trades.quantity * 100000000 AS DECIMAL(18, 0))) AS volume_units,
        try_sum(
            cast(trades.price * 100000000 AS DECIMAL(18, 0)) * cast(trades.quantity * 100000000 AS DECIMAL(18, 0))
        ) AS value_units,
        count(*) AS trade_count
    FROM ${silver}.trades AS trades
    WHERE trades.is_valid AND cast(trades.traded_at AS DATE) IN (${days})
    GROUP BY cast(trades.traded_at AS DATE), trades.symbol
) AS counted;

-- @commit_property days ${day_count}

-- The days are replaced in one commit; one that has no valid trade any more disappears.
-- vwap: value / volume has 8 decimals when counted in units; (2 n + d) div (2 d) is n / d rounded half up, once.
INSERT INTO ${gold}.daily_trading_summary REPLACE WHERE date IN (${days}) -- noqa: LT14
SELECT
    date,
    symbol,
    cast(volume_units * 0.00000001 AS DECIMAL(18, 8)) AS total_volume,
    cast(((2 * value_units + volume_units) DIV (2 * volume_units)) * 0.00000001 AS DECIMAL(18, 8)) AS vwap,
    trade_count
FROM summaries
WHERE fits;

-- @summary
SELECT
    coalesce(sum(trade_count), 0) AS rows_in,
    count_if(fits) AS rows_out,
    count_if(NOT fits) AS rows_rejected
FROM summaries;

-- @assert
SELECT
    concat(
        'The volume of ', symbol, ' on ', date,
        ' does not fit DECIMAL(18, 8): it was left out and everything else was published.',
        ' Correct its trades, or widen total_volume in the schema.'
    ) AS failure
FROM summaries
WHERE NOT fits
ORDER BY date, symbol;
