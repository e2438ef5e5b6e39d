package datapatterns.flink.record;

import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.StringData;

/** The codes that one record earned: in the order of the codes, then of the columns. Reused from record to record. */
public final class ValidationErrors {
    /** In the order in which they are told; see docs/data-semantics.md. */
    enum Code {
        MALFORMED("malformed", false),
        MISSING("missing", true),
        NOT_DECIMAL("not_decimal", true),
        SCALE("scale", true),
        OVERFLOW("overflow", true),
        NOT_POSITIVE("not_positive", true),
        BAD_TIMESTAMP("bad_timestamp", false);

        private final String text;
        private final boolean named;

        Code(String text, boolean named) {
            this.text = text;
            this.named = named;
        }
    }

    private static final ArrayData NONE = new GenericArrayData(new Object[0]);

    private final Map<Code, Set<String>> found = new EnumMap<>(Code.class);

    void clear() {
        found.clear();
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    void add(Code code, String wire) {
        found.computeIfAbsent(code, any -> new LinkedHashSet<>()).add(code.named ? code.text + ":" + wire : code.text);
    }

    void malformed() {
        found.clear();
        add(Code.MALFORMED, "");
    }

    ArrayData toArrayData() {
        if (found.isEmpty()) {
            return NONE;
        }
        return new GenericArrayData(
                found.values().stream().flatMap(Set::stream).map(StringData::fromString).toArray());
    }
}
