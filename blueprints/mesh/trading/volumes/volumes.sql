-- A product of two keys is a precise number: DECIMAL(18, 8) times DECIMAL(18, 8) has 16 decimals, and all are kept.

INSERT OVERWRITE ${trading}.volumes
SELECT
    cast(traded_at AS DATE) AS date,
    symbol,
    sum(quantity) AS total_volume,
    sum(price * quantity) AS turnover,
    count(*) AS trade_count
FROM ${trading}.fct_trades
GROUP BY cast(traded_at AS DATE), symbol;
