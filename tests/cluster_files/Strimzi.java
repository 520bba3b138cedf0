import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Reads resources with Strimzi's own types: a JSON array of them on standard input, findings as JSON on standard output.
 *
 * Its types keep what they do not know (so that an older operator does not lose a newer field) and drop values that an
 * enumeration lacks. So three things are looked at: what was kept as unknown, what is required and absent, and whether
 * everything that went in comes out again as it was.
 */
public class Strimzi {
    private static final Map<String, String> TYPES = Map.of(
        "Kafka", "io.strimzi.api.kafka.model.kafka.Kafka",
        "KafkaNodePool", "io.strimzi.api.kafka.model.nodepool.KafkaNodePool",
        "KafkaTopic", "io.strimzi.api.kafka.model.topic.KafkaTopic",
        "KafkaUser", "io.strimzi.api.kafka.model.user.KafkaUser");

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final List<String> FINDINGS = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        for (JsonNode given : MAPPER.readTree(System.in)) {
            String kind = given.path("kind").asText();
            String name = kind + " " + given.path("metadata").path("name").asText();
            Class<?> type = TYPES.containsKey(kind) ? Class.forName(TYPES.get(kind)) : null;
            if (type == null) {
                FINDINGS.add(name + ": Strimzi has no such resource here");
                continue;
            }
            if (!((List<?>) type.getField("VERSIONS").get(null)).contains(version(given))) {
                FINDINGS.add(name + ": Strimzi has no version " + given.path("apiVersion").asText());
            }
            try {
                Object read = MAPPER.treeToValue(given, type);
                walk(read, name);
                compare(given.path("spec"), MAPPER.valueToTree(read).path("spec"), name + ".spec");
            } catch (com.fasterxml.jackson.core.JsonProcessingException error) {
                FINDINGS.add(name + ": " + error.getOriginalMessage());
            }
        }
        MAPPER.writeValue(System.out, FINDINGS);
    }

    private static String version(JsonNode given) {
        return given.path("apiVersion").asText().replace("kafka.strimzi.io/", "");
    }

    private static void walk(Object value, String path) throws ReflectiveOperationException {
        if (value instanceof Collection<?> many) {
            int number = 0;
            for (Object each : many) {
                walk(each, path + "[" + number++ + "]");
            }
        } else if (value != null && value.getClass().getName().matches("io\\.(strimzi|fabric8)\\..*")
                && !value.getClass().isEnum()) {
            lookAt(value, path);
        }
    }

    private static void lookAt(Object value, String path) throws ReflectiveOperationException {
        for (Method method : value.getClass().getMethods()) {
            if (method.getName().equals("getAdditionalProperties") && method.getParameterCount() == 0
                    && method.invoke(value) instanceof Map<?, ?> unknown && !unknown.isEmpty()) {
                FINDINGS.add(path + ": unknown " + unknown.keySet());
            }
            JsonProperty property = method.getAnnotation(JsonProperty.class);
            if (property != null && property.required() && method.getParameterCount() == 0
                    && method.invoke(value) == null) {
                FINDINGS.add(path + ": " + method.getName() + " is required");
            }
        }
        for (Class<?> type = value.getClass(); type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!java.lang.reflect.Modifier.isStatic(field.getModifiers()) && field.trySetAccessible()) {
                    walk(field.get(value), path + "." + field.getName());
                }
            }
        }
    }

    private static void compare(JsonNode given, JsonNode read, String path) {
        if (given.isObject()) {
            given.fields().forEachRemaining(each ->
                compare(each.getValue(), read.path(each.getKey()), path + "." + each.getKey()));
        } else if (given.isArray()) {
            for (int number = 0; number < given.size(); number++) {
                compare(given.get(number), read.path(number), path + "[" + number + "]");
            }
        } else if (read.isMissingNode() && given.isBoolean() && !given.asBoolean()) {
            return; // Strimzi leaves out what is false
        } else if (!given.equals(read) && !(given.isNumber() && read.isNumber() && given.asText().equals(read.asText()))) {
            FINDINGS.add(path + ": " + given + " is read as " + (read.isMissingNode() ? "nothing" : read));
        }
    }
}
