package datapatterns.flink.record;

import java.nio.charset.StandardCharsets;
import org.apache.flink.table.data.StringData;

/** A run of UTF-8 bytes in a message; reused from value to value. */
final class Characters {
    byte[] bytes;
    int start;
    int end;

    Characters set(byte[] source, int from, int to) {
        bytes = source;
        start = from;
        end = to;
        return this;
    }

    int length() {
        return end - start;
    }

    StringData toStringData() {
        return StringData.fromBytes(bytes, start, end - start);
    }

    @Override
    public String toString() {
        return new String(bytes, start, end - start, StandardCharsets.UTF_8);
    }
}
