-- Every event of the topic, byte for byte, with where it stood and when the broker took it.
INSERT INTO lake
SELECT
    raw_payload,
    CONCAT('${topic.events}/', CAST(kafka_partition AS STRING), '/', CAST(kafka_offset AS STRING)) AS source,
    received_at AS ingested_at
FROM events;
