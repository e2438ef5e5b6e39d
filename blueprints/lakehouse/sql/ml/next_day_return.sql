-- What the return of a symbol's next trading day is learnt from: one row a day and symbol.
-- ${snapshot} is VERSION AS OF the snapshot that the training names.
SELECT
    date AS key_date,
    symbol AS key_symbol,
    daily_return,
    realized_volatility,
    cast(close_price AS DOUBLE) / cast(vwap_7d AS DOUBLE) - 1 AS distance_to_vwap_7d,
    cast(high_price AS DOUBLE) / cast(low_price AS DOUBLE) - 1 AS daily_range,
    ln(cast(volume AS DOUBLE)) AS log_volume,
    lead(daily_return) OVER (PARTITION BY symbol ORDER BY date) AS label
FROM ${gold}.trade_features ${snapshot};
