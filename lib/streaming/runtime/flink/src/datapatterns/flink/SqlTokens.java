package datapatterns.flink;

/** As much of SQL's lexical grammar as it takes to find where statements end. */
final class SqlTokens {
    private SqlTokens() {}

    /** The end of the comment, literal, quoted name or single character that begins at the position. */
    static int end(CharSequence text, int position) {
        char character = text.charAt(position);
        if (startsWith(text, position, "--")) {
            return after(text, position, "\n");
        }
        if (startsWith(text, position, "/*")) {
            return after(text, position + 2, "*/");
        }
        // A quote that is doubled inside a literal ends one token and begins the next, to the same effect.
        if (character == '\'' || character == '`' || character == '"') {
            return after(text, position + 1, String.valueOf(character));
        }
        return position + 1;
    }

    /** The first position from there on that is neither white space nor part of a comment. */
    static int skipBlank(CharSequence text, int position) {
        int next = position;
        while (next < text.length()) {
            boolean comment = startsWith(text, next, "--") || startsWith(text, next, "/*");
            if (!comment && !Character.isWhitespace(text.charAt(next))) {
                break;
            }
            next = end(text, next);
        }
        return next;
    }

    private static int after(CharSequence text, int position, String end) {
        int found = text.toString().indexOf(end, position);
        return found < 0 ? text.length() : found + end.length();
    }

    private static boolean startsWith(CharSequence text, int position, String prefix) {
        return position + prefix.length() <= text.length()
                && text.subSequence(position, position + prefix.length()).toString().equals(prefix);
    }
}
