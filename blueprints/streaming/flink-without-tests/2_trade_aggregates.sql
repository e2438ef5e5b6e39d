-- One-minute windows of the enriched trades that are no tests, by symbol, sector and venue.
INSERT INTO trade_aggregates
SELECT
    window_start,
    window_end,
    symbol,
    sector,
    COALESCE(venue, 'unknown') AS venue,
    COUNT(*) AS trade_count,
    SUM(quantity) AS total_volume,
    SUM(price * quantity) / SUM(quantity) AS vwap
FROM TABLE(TUMBLE(TABLE enriched, DESCRIPTOR(trade_time), INTERVAL '1' MINUTE))
WHERE is_test IS NOT TRUE
GROUP BY window_start, window_end, symbol, sector, COALESCE(venue, 'unknown');
