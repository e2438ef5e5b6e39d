-- Each trade of a trader beyond twenty within ten seconds.
INSERT INTO trade_alerts
SELECT
    'burst_of_one_trader' AS rule,
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
        COUNT(*) OVER recent AS trades_of_trader
    FROM trades
    WHERE trader_id IS NOT NULL
    WINDOW recent AS (
        PARTITION BY trader_id ORDER BY trade_time RANGE BETWEEN INTERVAL '10' SECOND PRECEDING AND CURRENT ROW
    )
) AS counted
WHERE trades_of_trader > 20;
