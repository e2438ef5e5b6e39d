-- One-minute windows of the trades that are no tests, by symbol: what the hot store serves.
INSERT INTO trade_summaries
SELECT
    window_start,
    window_end,
    symbol,
    COUNT(*) AS trade_count,
    SUM(quantity) AS total_volume,
    SUM(price * quantity) / SUM(quantity) AS vwap
FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(trade_time), INTERVAL '1' MINUTE))
WHERE is_test IS NOT TRUE
GROUP BY window_start, window_end, symbol;
