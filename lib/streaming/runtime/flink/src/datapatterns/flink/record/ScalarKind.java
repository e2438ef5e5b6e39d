package datapatterns.flink.record;

/** The kinds of JSON values, as far as the rules tell them apart. */
enum ScalarKind {
    /** A string of whole characters. */
    TEXT,
    /** A number without point and exponent. */
    INTEGER,
    /** Any other number. */
    NUMBER,
    TRUE,
    FALSE,
    /** An object, an array, or a string with half of a surrogate pair. */
    OTHER;

    boolean mayBeNumber() {
        return this == TEXT || this == INTEGER || this == NUMBER;
    }
}
