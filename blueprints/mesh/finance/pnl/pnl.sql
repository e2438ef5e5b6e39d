-- A sum of decimals has a digit more than what is added: starting with 34 of them none is lost in what follows.

WITH valued AS (
    SELECT
        date,
        symbol,
        cast(exposure AS DECIMAL(34, 16)) AS market_value,
        cast(lag(exposure, 1, 0) OVER (PARTITION BY symbol ORDER BY date) AS DECIMAL(34, 16)) AS value_before
    FROM ${risk}.exposures
),

purchased AS (
    SELECT
        cast(traded_at AS DATE) AS date,
        symbol,
        cast(sum(if(side = 'buy', price * quantity, -(price * quantity))) AS DECIMAL(34, 16)) AS net_purchases
    FROM ${trading}.fct_trades
    GROUP BY cast(traded_at AS DATE), symbol
),

days AS (
    SELECT
        valued.date,
        valued.symbol,
        valued.market_value - valued.value_before AS value_change,
        coalesce(purchased.net_purchases, 0) AS net_purchases,
        coalesce(revenue.commissions, 0) AS commissions,
        coalesce(costs.exchange_fees + costs.clearing_fees, 0) AS costs
    FROM valued
    LEFT JOIN purchased ON valued.date = purchased.date AND valued.symbol = purchased.symbol
    LEFT JOIN ${finance}.revenue AS revenue ON valued.date = revenue.date AND valued.symbol = revenue.symbol
    LEFT JOIN ${finance}.costs AS costs ON valued.date = costs.date AND valued.symbol = costs.symbol
)

INSERT OVERWRITE ${finance}.pnl
SELECT
    date,
    symbol,
    value_change,
    net_purchases,
    value_change - net_purchases AS trading_pnl,
    commissions,
    costs,
    value_change - net_purchases + cast(commissions AS DECIMAL(28, 8)) - cast(costs AS DECIMAL(28, 8)) AS pnl
FROM days;
