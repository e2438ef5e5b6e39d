-- What is no valid trade, with its reasons, byte for byte.
INSERT INTO trades_rejected
SELECT
    CONCAT('${topic.trades}/', CAST(kafka_partition AS STRING), '/', CAST(kafka_offset AS STRING)) AS source,
    raw_payload,
    validation_errors,
    received_at
FROM trades_received
WHERE NOT is_valid;
