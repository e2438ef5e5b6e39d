-- The limits are code: whoever changes one does so in a pull request. What has no sector may not be held.

WITH granted AS (
    SELECT
        sector,
        cast(limit_amount AS DECIMAL(18, 2)) AS limit_amount
    FROM
        VALUES
        ('technology', 250000000),
        ('consumer', 150000000),
        ('finance', 50000000),
        ('crypto', 500000000),
        ('unknown', 0) AS limits (sector, limit_amount)
),

used AS (
    SELECT
        date,
        sector,
        sum(abs(exposure)) AS gross_exposure
    FROM ${risk}.exposures
    GROUP BY date, sector
)

INSERT OVERWRITE ${risk}.limits
SELECT
    used.date,
    used.sector,
    used.gross_exposure,
    coalesce(granted.limit_amount, 0) AS limit_amount,
    cast(used.gross_exposure AS DOUBLE) / nullif(cast(granted.limit_amount AS DOUBLE), 0) AS utilization,
    used.gross_exposure > coalesce(granted.limit_amount, 0) AS is_breached
FROM used
LEFT JOIN granted ON used.sector = granted.sector;
