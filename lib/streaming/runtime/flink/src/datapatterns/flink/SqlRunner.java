package datapatterns.flink;

import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/** Runs the SQL scripts that the application's property groups name, all of their INSERTs as one job. */
public final class SqlRunner {
    private SqlRunner() {}

    public static void main(String[] args) throws Exception {
        ApplicationProperties properties = ApplicationProperties.read();
        StreamTableEnvironment tables = tables(properties);
        StatementSet inserts = tables.createStatementSet();
        addAll(tables, inserts, properties);
        TopicCheck.requireAll(properties.variables());
        TableResult result = inserts.execute();
        if (properties.isBounded()) {
            result.await();
        }
    }

    /**
     * What the service itself governs (checkpoints, parallelism, state backend) comes from the cluster; everything else
     * from the property group {@code Configuration}, by Flink's own names.
     */
    static StreamTableEnvironment tables(ApplicationProperties properties) {
        Configuration configuration = Configuration.fromMap(properties.configuration());
        EnvironmentSettings settings = EnvironmentSettings.inStreamingMode();
        if (properties.isBounded()) {
            configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
            // The planner does not learn it from the environment.
            settings = EnvironmentSettings.inBatchMode();
        }
        return StreamTableEnvironment.create(
                StreamExecutionEnvironment.getExecutionEnvironment(configuration), settings);
    }

    /** Executes the scripts and adds their INSERTs; fails when there is none. The executor can say more of them. */
    static ScriptExecutor addAll(StreamTableEnvironment tables, StatementSet inserts, ApplicationProperties properties) {
        ScriptExecutor executor = new ScriptExecutor(tables, properties.variables());
        if (executor.addTo(inserts, properties.scripts()) == 0) {
            throw new SqlMistake("none of the scripts has an INSERT INTO, so there is nothing to run; write one.");
        }
        return executor;
    }
}
