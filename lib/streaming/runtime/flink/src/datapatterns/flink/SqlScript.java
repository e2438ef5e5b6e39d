package datapatterns.flink;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A file of SQL statements, whose variables are filled in and which remembers where everything stood in the file. */
final class SqlScript {
    private final String file;
    private final String written;
    private final StringBuilder text = new StringBuilder();
    /** For each character of the text, its offset in the file; one more for the end. */
    private final List<Integer> origins = new ArrayList<>();

    SqlScript(String file, String written, Map<String, String> variables) {
        this.file = file;
        this.written = written;
        fillIn(variables);
    }

    /** One statement, without its semicolon. */
    record Statement(String text, int start) {}

    /** The statements in order; comments that stand before one belong to it. */
    List<Statement> statements() {
        List<Statement> statements = new ArrayList<>();
        int start = 0;
        int position = 0;
        while (position < text.length()) {
            if (text.charAt(position) == ';') {
                addStatement(statements, start, position);
                start = position + 1;
            }
            position = SqlTokens.end(text, position);
        }
        addStatement(statements, start, text.length());
        return statements;
    }

    /** {@code file:line:column} of a place in a statement, both counted from 1, as Flink's planner tells them. */
    String place(Statement statement, int line, int column) {
        int offset = 0;
        for (int skipped = 1; skipped < line; skipped++) {
            int end = statement.text().indexOf('\n', offset);
            if (end < 0) {
                break;
            }
            offset = end + 1;
        }
        return place(Math.min(statement.start() + offset + column - 1, text.length()));
    }

    /** {@code file:line:column} of the beginning of a statement. */
    String place(Statement statement) {
        return place(SqlTokens.skipBlank(text, statement.start()));
    }

    /** {@code file:line:column} of a place in a statement, counted in characters from its beginning. */
    String place(Statement statement, int offset) {
        return place(statement.start() + offset);
    }

    private String place(int offset) {
        return placeInFile(origins.get(offset));
    }

    private String placeInFile(int offset) {
        String before = written.substring(0, offset);
        int line = (int) before.chars().filter(character -> character == '\n').count() + 1;
        return file + ":" + line + ":" + (offset - before.lastIndexOf('\n'));
    }

    private void addStatement(List<Statement> statements, int start, int end) {
        if (SqlTokens.skipBlank(text, start) < end) {
            statements.add(new Statement(text.substring(start, end), start));
        }
    }

    private void fillIn(Map<String, String> variables) {
        int position = 0;
        while (position < written.length()) {
            int end = written.startsWith("${", position) ? written.indexOf('}', position) : -1;
            if (end < 0) {
                append(String.valueOf(written.charAt(position)), position);
                position++;
            } else {
                append(value(written.substring(position + 2, end), variables, position), position);
                position = end + 1;
            }
        }
        origins.add(written.length());
    }

    private String value(String name, Map<String, String> variables, int position) {
        String value = variables.get(name);
        if (value == null) {
            throw new SqlMistake(
                    placeInFile(position) + ": variable '" + name + "' has no value; known are " + variables.keySet() + ".");
        }
        // Variables stand in string literals.
        return value.replace("'", "''");
    }

    private void append(String characters, int origin) {
        text.append(characters);
        for (int i = 0; i < characters.length(); i++) {
            origins.add(origin);
        }
    }
}
