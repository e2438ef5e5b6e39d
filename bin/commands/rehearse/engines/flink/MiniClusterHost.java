import java.io.File;
import java.io.FileReader;
import java.net.URL;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.DefaultExecutorServiceLoader;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/**
 * A whole Flink in one process, which runs one application's jar as Managed Service for Apache Flink would: in a class
 * loader of its own, with the cluster's configuration.
 *
 * <p>Arguments: a properties file of Flink's options, and the jar. It ends with status 0 when the job has finished, 1 when
 * the program could not be started, 2 when the job failed or was stopped.
 */
public final class MiniClusterHost {
    private static final long POLL_MILLISECONDS = 200;

    private MiniClusterHost() {}

    public static void main(String[] arguments) throws Exception {
        Configuration configuration = Configuration.fromMap(read(arguments[0]));
        MiniClusterConfiguration cluster =
                new MiniClusterConfiguration.Builder()
                        .setConfiguration(configuration)
                        .setNumTaskManagers(1)
                        .setNumSlotsPerTaskManager(configuration.get(TaskManagerOptions.NUM_TASK_SLOTS))
                        .build();
        try (MiniCluster miniCluster = new MiniCluster(cluster)) {
            miniCluster.start();
            System.out.println("Flink listens on " + miniCluster.getRestAddress().get());
            submit(configuration, arguments[1]);
            System.out.println("Flink runs the application");
            System.exit(await(miniCluster) == JobStatus.FINISHED ? 0 : 2);
        } catch (Exception problem) {
            System.out.println("Flink cannot run the application: " + sentence(problem));
            problem.printStackTrace();
            System.exit(1);
        }
    }

    private static Map<String, String> read(String file) throws Exception {
        Properties properties = new Properties();
        try (FileReader reader = new FileReader(file)) {
            properties.load(reader);
        }
        Map<String, String> options = new HashMap<>();
        properties.stringPropertyNames().forEach(name -> options.put(name, properties.getProperty(name)));
        return options;
    }

    private static void submit(Configuration configuration, String jar) throws Exception {
        try (PackagedProgram program =
                PackagedProgram.newBuilder().setJarFile(new File(jar)).setConfiguration(configuration).build()) {
            // What Flink's command line does: the job brings its classes along.
            configuration.set(
                    PipelineOptions.JARS,
                    program.getJobJarAndDependencies().stream().map(URL::toString).toList());
            ClientUtils.executeProgram(new DefaultExecutorServiceLoader(), configuration, program, false, false);
        }
    }

    private static JobStatus await(MiniCluster miniCluster) throws Exception {
        while (true) {
            for (JobStatusMessage job : miniCluster.listJobs().get()) {
                if (job.getJobState().isGloballyTerminalState()) {
                    return job.getJobState();
                }
            }
            Thread.sleep(POLL_MILLISECONDS);
        }
    }

    /** What the innermost cause says. */
    private static String sentence(Throwable problem) {
        Throwable cause = problem;
        while (cause.getCause() != null && !cause.getClass().getSimpleName().equals("SqlMistake")) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
