-- Every valid trade with the sector of its symbol, as soon as it has come.
CREATE TEMPORARY VIEW enriched AS
SELECT
    t.trade_id,
    t.symbol,
    t.price,
    t.quantity,
    t.trade_time,
    t.side,
    t.trader_id,
    t.venue,
    t.is_test,
    COALESCE(s.sector, 'unknown') AS sector
FROM (SELECT *, PROCTIME() AS processed_at FROM trades) AS t
LEFT JOIN symbols FOR SYSTEM_TIME AS OF t.processed_at AS s
    ON t.symbol = s.symbol;

INSERT INTO enriched_trades
SELECT
    trade_id,
    symbol,
    price,
    quantity,
    trade_time,
    side,
    trader_id,
    venue,
    is_test,
    sector
FROM enriched;
