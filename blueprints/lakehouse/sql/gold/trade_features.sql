-- Silver to gold: features of the valid trades of each day (UTC) and symbol, for models and analysts.
--
-- What a day's trades alone tell is computed again for the days that silver changed since the last commit, that ended
-- since then, or that the job was given. What days tell together (returns, rolling averages) is computed again from the
-- first of these days on: it looks back only.

-- @consume silver FROM ${silver}.trades INTO ${gold}.trade_features

-- changed_after is empty when there are no features or silver has forgotten that snapshot: then every day counts.
-- @set
SELECT
    (
        SELECT cast(committed_at AS STRING)
        FROM ${silver}.trades.snapshots
        WHERE cast(snapshot_id AS STRING) = '${silver_since}'
    ) AS changed_after,
    (SELECT cast(max(committed_at) AS DATE) FROM ${gold}.trade_features.snapshots) AS ended_from;

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
    SELECT features.date
    FROM ${gold}.trade_features AS features
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
    min(day) AS first_day,
    concat_ws(', ', sort_array(collect_list(concat("DATE'", day, "'")))) AS days
FROM days;

-- Exact integers: prices and quantities counted in units of 10^-8, their product in 10^-16. A day of a symbol whose
-- volume does not fit DECIMAL(18, 8) has no features; daily_trading_summary.sql names it.
CACHE TABLE traded AS
SELECT
    date,
    symbol,
    open_price,
    high_price,
    low_price,
    close_price,
    volume_units,
    turnover_units,
    trade_count,
    realized_volatility
FROM (
    SELECT
        date,
        symbol,
        min_by(price, moment) AS open_price,
        max(price) AS high_price,
        min(price) AS low_price,
        max_by(price, moment) AS close_price,
        try_sum(quantity_units) AS volume_units,
        try_sum(price_units * quantity_units) AS turnover_units,
        count(*) AS trade_count,
        sqrt(coalesce(sum(power(log_return, 2)), 0)) AS realized_volatility
    FROM (
        SELECT
            symbol,
            price,
            cast(traded_at AS DATE) AS date,
            cast(price * 100000000 AS DECIMAL(18, 0)) AS price_units,
            cast(quantity * 100000000 AS DECIMAL(18, 0)) AS quantity_units,
            struct(traded_at, trade_id) AS moment,
            ln(cast(price AS DOUBLE) / cast(lag(price) OVER day_in_order AS DOUBLE)) AS log_return
        FROM ${silver}.trades
        WHERE is_valid AND cast(traded_at AS DATE) IN (${days})
        WINDOW day_in_order AS (PARTITION BY cast(traded_at AS DATE), symbol ORDER BY traded_at, trade_id)
    ) AS trades
    GROUP BY date, symbol
) AS counted
WHERE volume_units < 1000000000000000000 AND turnover_units < 1000000000000000000000000000000000000;

-- @commit_property days ${day_count}

-- Between units and decimals the whole and the fraction go apart: 38 digits and 16 decimals do not survive a product.
-- vwap: turnover / volume has 8 decimals when counted in units; (2 n + d) div (2 d) is n / d rounded half up, once.
INSERT INTO ${gold}.trade_features REPLACE WHERE date >= DATE '${first_day}' -- noqa: LT14
WITH daily AS (
    SELECT
        date,
        symbol,
        open_price,
        high_price,
        low_price,
        close_price,
        volume_units,
        turnover_units,
        trade_count,
        realized_volatility
    FROM traded
    UNION ALL
    SELECT
        date,
        symbol,
        open_price,
        high_price,
        low_price,
        close_price,
        cast(volume * 100000000 AS DECIMAL(28, 0)) AS volume_units,
        cast(floor(turnover) AS DECIMAL(20, 0)) * 10000000000000000
        + cast((turnover % 1) * 10000000000000000 AS DECIMAL(16, 0)) AS turnover_units,
        trade_count,
        realized_volatility
    FROM ${gold}.trade_features
    WHERE date NOT IN (${days})
),

rolling AS (
    SELECT
        daily.*,
        sum(volume_units) OVER last_week AS volume_units_7d,
        sum(turnover_units) OVER last_week AS turnover_units_7d,
        lag(close_price) OVER (PARTITION BY symbol ORDER BY date) AS close_before
    FROM daily
    WINDOW last_week AS (
        PARTITION BY symbol ORDER BY date
        RANGE BETWEEN 6 PRECEDING AND CURRENT ROW
    )
)

SELECT
    date,
    symbol,
    open_price,
    high_price,
    low_price,
    close_price,
    cast(volume_units * 0.00000001 AS DECIMAL(18, 8)) AS volume,
    cast((turnover_units - turnover_units % 10000000000000000) * 0.0000000000000001 AS DECIMAL(20, 0))
    + (turnover_units % 10000000000000000) * 0.0000000000000001 AS turnover,
    trade_count,
    cast(((2 * turnover_units + volume_units) DIV (2 * volume_units)) * 0.00000001 AS DECIMAL(18, 8)) AS vwap,
    cast(
        ((2 * turnover_units_7d + volume_units_7d) DIV (2 * volume_units_7d)) * 0.00000001 AS DECIMAL(18, 8)
    ) AS vwap_7d,
    cast(close_price AS DOUBLE) / cast(close_before AS DOUBLE) - 1 AS daily_return,
    realized_volatility
FROM rolling
WHERE date >= DATE '${first_day}';
