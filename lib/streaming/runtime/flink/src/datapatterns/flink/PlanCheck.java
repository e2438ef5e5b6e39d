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
            ScriptExecutor executor = SqlRunner.addAll(tables, inserts, properties);
            try {
                inserts.explain();
            } catch (ValidationException | TableException unplannable) {
                executor.planEach();
                throw unplannable;
            }
        } catch (SqlMistake mistake) {
            fail(mistake.getMessage());
        } catch (ValidationException | TableException unplannable) {
            // Each can be planned alone, so that none of them has the place.
            fail(String.join(", ", properties.scripts().keySet()) + ": " + unplannable.getMessage());
        }
        System.exit(0);
    }

    private static void fail(String sentence) {
        System.out.println(sentence);
        System.exit(1);
    }
}
