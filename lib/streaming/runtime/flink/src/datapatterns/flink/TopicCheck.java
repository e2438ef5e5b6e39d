package datapatterns.flink;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Looks whether the tables' topics are there, before the job begins: for one that is not, Flink would begin anew without
 * end. What else is wrong with the brokers, and may pass, is left to Flink.
 */
final class TopicCheck {
    private static final String TOPIC = "topic.";
    private static final String CLIENT = "kafka.";
    /** A topic that was created just now is not known to every broker at once. */
    private static final int ATTEMPTS = 10;
    private static final long PAUSE_MILLISECONDS = 500;
    private static final int ANSWER_MILLISECONDS = 5_000;

    private TopicCheck() {}

    /**
     * Asks for the topic of each table.
     *
     * @param variables {@code topic.<table>}, and {@code kafka.<property>} of the client that asks
     * @throws SqlMistake when one is not there
     */
    static void requireAll(Map<String, String> variables) throws InterruptedException {
        Map<String, String> tables = new TreeMap<>();
        Map<String, Object> client = new HashMap<>();
        variables.forEach((name, value) -> {
            if (name.startsWith(TOPIC)) {
                tables.put(value, name.substring(TOPIC.length()));
            } else if (name.startsWith(CLIENT)) {
                client.put(name.substring(CLIENT.length()), value);
            }
        });
        // Without brokers among the variables, whoever wrote the tables knows where the topics are.
        if (tables.isEmpty() || !client.containsKey(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG)) {
            return;
        }
        client.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLISECONDS);
        client.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MILLISECONDS);
        try (Admin admin = Admin.create(client)) {
            List<String> missing = missingOf(admin, List.copyOf(tables.keySet()));
            for (int attempt = 1; attempt < ATTEMPTS && !missing.isEmpty(); attempt++) {
                Thread.sleep(PAUSE_MILLISECONDS);
                missing = missingOf(admin, missing);
            }
            if (!missing.isEmpty()) {
                String topic = missing.get(0);
                throw new SqlMistake(
                        "topic '" + topic + "' of table '" + tables.get(topic) + "' is not there on "
                                + client.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG)
                                + "; create it, or name one that is there.");
            }
        }
    }

    private static List<String> missingOf(Admin admin, List<String> topics) throws InterruptedException {
        List<String> missing = new ArrayList<>();
        for (Map.Entry<String, KafkaFuture<TopicDescription>> each :
                admin.describeTopics(topics).topicNameValues().entrySet()) {
            try {
                each.getValue().get();
            } catch (ExecutionException problem) {
                if (problem.getCause() instanceof UnknownTopicOrPartitionException) {
                    missing.add(each.getKey());
                }
            }
        }
        return missing;
    }
}
