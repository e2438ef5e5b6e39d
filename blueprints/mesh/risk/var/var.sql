-- Historical simulation: what would the holdings of a day have made on each of the 250 days up to it?

WITH returns AS (
    SELECT
        date,
        symbol,
        change
    FROM (
        SELECT
            date,
            symbol,
            cast(mark AS DOUBLE) / cast(lag(mark) OVER (PARTITION BY symbol ORDER BY date) AS DOUBLE) - 1 AS change
        FROM ${risk}.exposures
    ) AS changes
    WHERE change IS NOT NULL
),

simulated AS (
    SELECT
        held.date,
        returns.date AS scenario,
        sum(cast(held.exposure AS DOUBLE) * returns.change) AS result
    FROM ${risk}.exposures AS held
    INNER JOIN returns
        ON held.symbol = returns.symbol AND returns.date BETWEEN date_sub(held.date, 249) AND held.date
    GROUP BY held.date, returns.date
),

ranked AS (
    SELECT
        date,
        result,
        row_number() OVER (PARTITION BY date ORDER BY result, scenario) AS place,
        count(*) OVER (PARTITION BY date) AS scenarios
    FROM simulated
)

INSERT OVERWRITE ${risk}.var
SELECT
    ranked.date,
    levels.confidence,
    greatest(-ranked.result, 0) AS value_at_risk,
    cast(ranked.scenarios AS INT) AS scenarios
FROM ranked
INNER JOIN VALUES (0.95BD), (0.99BD) AS levels (confidence)
    ON ranked.place = ceil((1 - levels.confidence) * ranked.scenarios);
