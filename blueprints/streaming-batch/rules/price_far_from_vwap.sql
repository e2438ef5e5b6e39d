-- A price that is more than a fifth away from the average price of the symbol's other trades of the last five minutes.
-- |price - turnover / volume| > share * (turnover / volume), each without the trade itself, multiplied out. Sums are
-- exact; they are compared as DOUBLE, for each engine has its own scale for a product of decimals.
INSERT INTO trade_alerts
SELECT
    'price_far_from_vwap' AS rule,
    trade_id,
    symbol,
    trader_id,
    price,
    quantity,
    trade_time
FROM (
    SELECT
        trade_id,
        symbol,
        trader_id,
        price,
        quantity,
        trade_time,
        CAST(price AS DOUBLE) AS amount,
        CAST(CAST(price AS DECIMAL(20, 8)) * quantity AS DOUBLE) AS own_turnover,
        CAST(SUM(CAST(price AS DECIMAL(20, 8)) * quantity) OVER recent AS DOUBLE) AS turnover,
        CAST(SUM(quantity) OVER recent AS DOUBLE) AS volume
    FROM trades
    WINDOW recent AS (
        PARTITION BY symbol ORDER BY trade_time RANGE BETWEEN INTERVAL '5' MINUTE PRECEDING AND CURRENT ROW
    )
) AS weighed
WHERE
    ABS(amount * volume - turnover) > 0.2 * (turnover - own_turnover)
    AND turnover > own_turnover;
