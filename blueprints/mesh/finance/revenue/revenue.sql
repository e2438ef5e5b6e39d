-- The value of a trade has 16 decimals, its commission 20: few enough digits before them to keep all.

INSERT OVERWRITE ${finance}.revenue
SELECT
    cast(traded_at AS DATE) AS date,
    symbol,
    sum(cast(round(cast(price * quantity AS DECIMAL(30, 16)) * 0.0002BD, 8) AS DECIMAL(18, 8))) AS commissions
FROM ${trading}.fct_trades
GROUP BY cast(traded_at AS DATE), symbol;
