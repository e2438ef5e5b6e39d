package datapatterns.flink;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import software.amazon.awssdk.services.s3.S3Client;

/** Where scripts are read from. */
final class ScriptStore {
    private ScriptStore() {}

    /** The text of a script, from {@code s3://bucket/key}, under the application's role, or {@code file:///path}. */
    static String read(String location) {
        URI uri = URI.create(location);
        try {
            return switch (String.valueOf(uri.getScheme())) {
                case "s3" -> readObject(uri.getHost(), uri.getPath().substring(1));
                case "file" -> Files.readString(Path.of(uri));
                default -> throw new SqlMistake(location + ": a script is at s3://bucket/key or file:///path.");
            };
        } catch (IOException unreadable) {
            throw new SqlMistake(location + ": cannot be read (" + unreadable + ").", unreadable);
        }
    }

    private static String readObject(String bucket, String key) {
        try (S3Client s3 = S3Client.create()) {
            return s3.getObjectAsBytes(request -> request.bucket(bucket).key(key)).asString(StandardCharsets.UTF_8);
        }
    }
}
