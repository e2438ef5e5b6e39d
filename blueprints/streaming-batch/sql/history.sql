SELECT
    trade_id,
    symbol,
    trader_id,
    price,
    quantity,
    CAST(traded_at AS TIMESTAMP) AS trade_time
FROM ${silver}
WHERE is_valid
