package datapatterns.flink;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.TableEnvironment;

/** Executes the statements of scripts; a mistake in one is told with file, line and column. */
final class ScriptExecutor {
    private static final Pattern FIRST_WORD = Pattern.compile("[A-Za-z]+");
    private static final Pattern SETTING =
            Pattern.compile("SET\\s+'([^']+)'\\s*=\\s*'([^']*)'\\s*", Pattern.CASE_INSENSITIVE);
    /** What is written to, where it is one plain name. */
    private static final Pattern TARGET =
            Pattern.compile("INSERT\\s+(?:INTO|OVERWRITE)\\s+(?:TABLE\\s+)?(\\w+)(?![\\w.])", Pattern.CASE_INSENSITIVE);
    private static final Pattern NO_SUCH_TABLE = Pattern.compile("Object '[^']+' not found$");
    private static final Pattern POSITION = Pattern.compile("line (\\d+), column (\\d+)");
    private static final Pattern POSITION_PREFIX =
            Pattern.compile("^(?:SQL (?:parse|validation) failed\\. ?)*(?:From line \\d+, column \\d+ to line \\d+, column \\d+: )?");

    private final TableEnvironment tables;
    private final List<Insert> planned = new ArrayList<>();
    private final Map<String, String> variables;

    private record Insert(SqlScript script, SqlScript.Statement statement) {}

    ScriptExecutor(TableEnvironment tables, Map<String, String> variables) {
        this.tables = tables;
        this.variables = variables;
    }

    /**
     * Executes the scripts in their order and adds their INSERTs to the set, which is not executed.
     *
     * @param scripts URIs by file name
     * @return the number of INSERTs
     */
    int addTo(StatementSet inserts, Map<String, String> scripts) {
        int count = 0;
        for (Map.Entry<String, String> entry : scripts.entrySet()) {
            SqlScript script = new SqlScript(entry.getKey(), ScriptStore.read(entry.getValue()), variables);
            for (SqlScript.Statement statement : script.statements()) {
                count += execute(script, statement, inserts) ? 1 : 0;
            }
        }
        return count;
    }

    /**
     * Plans the INSERTs one by one: what the optimizer says of all of them has no place.
     *
     * @throws SqlMistake with the place of the first one that cannot be planned
     */
    void planEach() {
        for (Insert insert : planned) {
            try {
                tables.explainSql(insert.statement().text());
            } catch (Exception mistake) {
                throw located(insert.script(), insert.statement(), mistake);
            }
        }
    }

    private boolean execute(SqlScript script, SqlScript.Statement statement, StatementSet inserts) {
        String text = statement.text();
        Matcher word = FIRST_WORD.matcher(text);
        String verb = word.find(SqlTokens.skipBlank(text, 0)) ? word.group().toUpperCase(Locale.ROOT) : "";
        if (verb.equals("INSERT")) {
            requireTarget(script, statement);
        }
        try {
            switch (verb) {
                case "INSERT" -> {
                    inserts.addInsertSql(text);
                    planned.add(new Insert(script, statement));
                    return true;
                }
                case "SET" -> set(text.substring(SqlTokens.skipBlank(text, 0)));
                case "CREATE", "DROP", "ALTER", "USE", "LOAD", "UNLOAD" -> tables.executeSql(text);
                default ->
                        throw new SqlMistake(
                                "a statement that begins with '" + verb + "' cannot be part of a script; use SET, CREATE,"
                                        + " DROP, ALTER, USE or INSERT INTO.");
            }
            return false;
        } catch (Exception mistake) {
            throw located(script, statement, mistake);
        }
    }

    /** The planner looks for it last, and then knows no place. */
    private void requireTarget(SqlScript script, SqlScript.Statement statement) {
        Matcher target = TARGET.matcher(statement.text());
        target.region(SqlTokens.skipBlank(statement.text(), 0), statement.text().length());
        if (!target.lookingAt()) {
            return;
        }
        String name = target.group(1);
        if (!Arrays.asList(tables.listTables()).contains(name)) {
            String place = script.place(statement, target.end() - name.length());
            throw new SqlMistake(place + ": " + withTables("Object '" + name + "' not found"));
        }
    }

    /** A name that is not there is told with those that are. */
    private String withTables(String sentence) {
        return NO_SUCH_TABLE.matcher(sentence).find()
                ? sentence + "; there are " + String.join(", ", tables.listTables()) + "."
                : sentence;
    }

    /** {@code executeSql} knows no SET; it belongs to Flink's own SQL client. */
    private void set(String text) {
        Matcher setting = SETTING.matcher(text);
        if (!setting.matches()) {
            throw new SqlMistake("a setting is written SET 'option' = 'value'.");
        }
        tables.getConfig().set(setting.group(1), setting.group(2));
    }

    private SqlMistake located(SqlScript script, SqlScript.Statement statement, Exception mistake) {
        String reason = null;
        String place = script.place(statement);
        for (Throwable cause = mistake; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            Matcher position = POSITION.matcher(message);
            if (position.find()) {
                place = script.place(statement, Integer.parseInt(position.group(1)), Integer.parseInt(position.group(2)));
                reason = message;
                break;
            }
            reason = reason == null || cause.getCause() == null ? message : reason;
        }
        return new SqlMistake(place + ": " + withTables(withoutPosition(reason)), mistake);
    }

    /** The first sentence of what the planner says, without the position that we tell otherwise. */
    private static String withoutPosition(String reason) {
        String sentence = POSITION_PREFIX.matcher(reason).replaceFirst("");
        return sentence.lines().findFirst().orElse(sentence).replaceFirst(" at line \\d+, column \\d+\\.?", "");
    }
}
