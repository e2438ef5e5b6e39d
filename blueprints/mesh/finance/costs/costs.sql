-- The value of a trade has 16 decimals, its fee 21: few enough digits before them to keep all.

INSERT OVERWRITE ${finance}.costs
SELECT
    cast(traded_at AS DATE) AS date,
    symbol,
    sum(cast(round(cast(price * quantity AS DECIMAL(30, 16)) * 0.00005BD, 8) AS DECIMAL(18, 8))) AS exchange_fees,
    cast(count(*) * 0.01BD AS DECIMAL(28, 8)) AS clearing_fees
FROM ${trading}.fct_trades
GROUP BY cast(traded_at AS DATE), symbol;
