-- Every day is computed again: a late trade changes the position of each day after it.

WITH traded AS (
    SELECT
        cast(traded_at AS DATE) AS date,
        symbol,
        sum(if(side = 'buy', quantity, -quantity)) AS bought,
        max_by(price, struct(traded_at, trade_id)) AS last_price
    FROM ${trading}.fct_trades
    GROUP BY cast(traded_at AS DATE), symbol
),

-- Halving adds a decimal, so that rounding happens once.
quoted AS (
    SELECT
        cast(quoted_at AS DATE) AS date,
        symbol,
        max_by(cast(round((bid + ask) * 0.5BD, 8) AS DECIMAL(18, 8)), struct(quoted_at, quote_id)) AS mid
    FROM ${trading}.fct_quotes
    GROUP BY cast(quoted_at AS DATE), symbol
),

-- Each symbol on every day from its first trade on, whether anything happened or not.
days AS (
    SELECT
        symbol,
        explode(sequence(first_day, last_day)) AS date
    FROM (
        SELECT
            symbol,
            min(date) AS first_day
        FROM traded
        GROUP BY symbol
    ) AS held
    CROSS JOIN (
        SELECT max(date) AS last_day
        FROM (
            SELECT date FROM traded
            UNION ALL
            SELECT date FROM quoted
        ) AS active
    ) AS ended
),

-- What was quoted before the first trade counts, too.
observed AS (
    SELECT
        date,
        symbol
    FROM days
    UNION
    SELECT
        date,
        symbol
    FROM quoted
),

carried AS (
    SELECT
        observed.date,
        observed.symbol,
        cast(sum(traded.bought) OVER so_far AS DECIMAL(19, 8)) AS position,
        coalesce(
            last_value(quoted.mid) IGNORE NULLS OVER so_far,
            last_value(traded.last_price) IGNORE NULLS OVER so_far
        ) AS mark
    FROM observed
    LEFT JOIN traded ON observed.date = traded.date AND observed.symbol = traded.symbol
    LEFT JOIN quoted ON observed.date = quoted.date AND observed.symbol = quoted.symbol
    WINDOW so_far AS (PARTITION BY observed.symbol ORDER BY observed.date)
)

INSERT OVERWRITE ${risk}.exposures
SELECT
    carried.date,
    carried.symbol,
    coalesce(symbols.sector, 'unknown') AS sector,
    carried.position,
    carried.mark,
    carried.position * carried.mark AS exposure
FROM carried
LEFT JOIN ${trading}.symbols AS symbols ON carried.symbol = symbols.symbol
WHERE carried.position IS NOT NULL;
