package datapatterns.flink;

import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableException;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * Plans the scripts against their tables and runs nothing: no brokers, no catalog. Ends with status 0, or with 1 after one
 * sentence on what is wrong and where.
 */
public final class PlanCheck {
    private PlanCheck() {}

    public static void main(String[] args) throws Exception {
        ApplicationProperties properties = ApplicationProperties.read();
        StreamTableEnvironment tables = SqlRunner.tables(properties);
        try {
            StatementSet inserts = tables.createStatementSet();
            SqlRunner.addAll(tables, inserts, properties);
            inserts.explain();
        } catch (SqlMistake mistake) {
            fail(mistake.getMessage());
        } catch (ValidationException | TableException unplannable) {
            // The optimizer sees all statements at once and knows no position.
            fail(String.join(", ", properties.scripts().keySet()) + ": " + unplannable.getMessage());
        }
        System.exit(0);
    }

    private static void fail(String sentence) {
        System.out.println(sentence);
        System.exit(1);
    }
}
