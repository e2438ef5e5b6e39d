package datapatterns.flink;

import com.amazonaws.services.kinesisanalytics.runtime.KinesisAnalyticsRuntime;
import java.io.IOException;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * The property groups of the application.
 *
 * <p>{@code Scripts}: file name to URI ({@code s3:} or {@code file:}), run in the order of the names. {@code Variables}:
 * what stands for <code>${name}</code> in the scripts. {@code Configuration}: Flink's options by their own names. {@code
 * Runner}: {@code mode}, {@code streaming} (the default) or {@code bounded}.
 */
final class ApplicationProperties {
    /** Names a file to read instead of the one that Managed Service for Apache Flink writes. */
    private static final String FILE_VARIABLE = "APPLICATION_PROPERTIES_FILE";

    private final Map<String, Properties> groups;

    private ApplicationProperties(Map<String, Properties> groups) {
        this.groups = groups;
    }

    static ApplicationProperties read() throws IOException {
        String file = System.getenv(FILE_VARIABLE);
        return new ApplicationProperties(
                file == null
                        ? KinesisAnalyticsRuntime.getApplicationProperties()
                        : KinesisAnalyticsRuntime.getApplicationProperties(file));
    }

    /** Script URIs by file name, in order. */
    Map<String, String> scripts() {
        Map<String, String> scripts = group("Scripts");
        if (scripts.isEmpty()) {
            throw new SqlMistake("property group 'Scripts' names no script; give it a file name and a URI.");
        }
        return scripts;
    }

    /** Those of the property group, and {@code scan.bounded.mode}, which follows from the runner's mode. */
    Map<String, String> variables() {
        Map<String, String> variables = group("Variables");
        variables.put("scan.bounded.mode", isBounded() ? "latest-offset" : "unbounded");
        return variables;
    }

    Map<String, String> configuration() {
        return group("Configuration");
    }

    boolean isBounded() {
        String mode = group("Runner").getOrDefault("mode", "streaming");
        if (!mode.equals("streaming") && !mode.equals("bounded")) {
            throw new SqlMistake("property group 'Runner': mode '" + mode + "' is unknown; use streaming or bounded.");
        }
        return mode.equals("bounded");
    }

    private Map<String, String> group(String name) {
        Map<String, String> sorted = new TreeMap<>();
        Properties properties = groups.getOrDefault(name, new Properties());
        properties.stringPropertyNames().forEach(key -> sorted.put(key, properties.getProperty(key)));
        return sorted;
    }
}
