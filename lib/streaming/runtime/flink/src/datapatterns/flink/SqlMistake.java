package datapatterns.flink;

/** Something that whoever wrote the SQL or the settings can mend; the message says what, where and how. */
public final class SqlMistake extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SqlMistake(String message) {
        super(message);
    }

    public SqlMistake(String message, Throwable cause) {
        super(message, cause);
    }
}
