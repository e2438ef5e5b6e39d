package datapatterns.flink.reference;

import datapatterns.flink.record.RecordField;
import datapatterns.flink.record.RecordReader;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The latest record of each key of a topic: all of them are read first, then a thread follows what is added. */
final class ReferenceData implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReferenceData.class);
    private static final Duration POLL = Duration.ofMillis(500);

    private final String topic;
    private final int fieldCount;
    private final int key;
    private final RecordReader reader;
    private final Map<StringData, RowData> rows = new ConcurrentHashMap<>();
    private final Map<StringData, StringData> keysByRecordKey = new HashMap<>();
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread follower;
    private volatile RuntimeException failure;
    private volatile boolean closing;

    ReferenceData(String topic, Map<String, String> client, List<RecordField> fields, int key) {
        this.topic = topic;
        this.fieldCount = fields.size();
        this.key = key;
        this.reader = new RecordReader(fields);
        this.consumer = new KafkaConsumer<>(settings(client), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        this.follower = new Thread(this::follow, "reference " + topic);
        this.follower.setDaemon(true);
    }

    /** Reads the topic to its present end, then follows it. */
    void readWhole() {
        List<TopicPartition> partitions =
                consumer.partitionsFor(topic).stream().map(each -> new TopicPartition(topic, each.partition())).toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
            consumer.poll(POLL).forEach(this::accept);
        }
        LOG.info("reference topic {}: {} rows", topic, rows.size());
        follower.start();
    }

    /** The row of a key, or null. */
    RowData get(StringData value) {
        RuntimeException problem = failure;
        if (problem != null) {
            throw new IllegalStateException("reference topic " + topic + " cannot be followed any more", problem);
        }
        return rows.get(value);
    }

    @Override
    public void close() {
        closing = true;
        consumer.wakeup();
        try {
            if (follower.isAlive()) {
                follower.join();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        consumer.close(Duration.ZERO);
    }

    private void follow() {
        try {
            while (!closing) {
                consumer.poll(POLL).forEach(this::accept);
            }
        } catch (WakeupException woken) {
            // The sign to end.
        } catch (RuntimeException problem) {
            failure = problem;
        }
    }

    private void accept(ConsumerRecord<byte[], byte[]> record) {
        StringData recordKey = StringData.fromBytes(record.key() == null ? new byte[0] : record.key());
        StringData previous = keysByRecordKey.get(recordKey);
        if (record.value() == null) {
            if (previous != null) {
                rows.remove(previous);
            }
            return;
        }
        GenericRowData row = new GenericRowData(fieldCount);
        boolean valid = reader.read(record.value(), row).isEmpty();
        if (!valid || row.isNullAt(key)) {
            LOG.warn("reference topic {}, partition {}, offset {}: no valid record; it is left out", topic, record.partition(), record.offset());
            return;
        }
        StringData value = row.getString(key);
        keysByRecordKey.put(recordKey, value);
        rows.put(value, row);
    }

    private static Map<String, Object> settings(Map<String, String> client) {
        Map<String, Object> settings = new HashMap<>(client);
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        settings.remove(ConsumerConfig.GROUP_ID_CONFIG);
        return settings;
    }
}
