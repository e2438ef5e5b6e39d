WITH arrived AS (
    SELECT
        t.symbol,
        t.price,
        t.quantity,
        t.traded_at,
        date_trunc('minute', t.traded_at) AS minute,
        a.arrived_at,
        a.messages
    FROM ${silver} AS t
    INNER JOIN (
        SELECT
            json_extract_scalar(raw_payload, '$.trade_id') AS id,
            min(ingested_at) AS arrived_at,
            count(*) AS messages
        FROM ${bronze}
        GROUP BY json_extract_scalar(raw_payload, '$.trade_id')
    ) AS a ON t.trade_id = a.id
    WHERE t.is_valid AND t.traded_at >= from_unixtime({from} / 1000)
),

ordered AS (
    SELECT
        *,
        max(traded_at) OVER (ORDER BY arrived_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS newest
    FROM arrived
)

SELECT
    symbol,
    cast(to_unixtime(minute) * 1000 AS BIGINT) AS window_start,
    count(*) AS trade_count,
    sum(quantity) AS total_volume,
    sum(cast(price AS DECIMAL(20, 8)) * quantity) AS turnover,
    sum(CASE WHEN to_unixtime(newest) >= to_unixtime(minute) + 60 + {grace_seconds} THEN 1 ELSE 0 END) AS late_count,
    sum(messages - 1) AS duplicate_count,
    cast(
        (SELECT to_unixtime(max(arrived.traded_at)) - {grace_seconds} FROM arrived) * 1000 AS BIGINT
    ) AS processed_until
FROM ordered
WHERE traded_at < from_unixtime({to} / 1000)
GROUP BY symbol, minute
