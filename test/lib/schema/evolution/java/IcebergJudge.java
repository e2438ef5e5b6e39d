import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Partitioning;
import org.apache.iceberg.ReplaceSortOrder;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortDirection;
import org.apache.iceberg.SortField;
import org.apache.iceberg.SortOrder;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.UpdatePartitionSpec;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.Term;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.transforms.Transform;
import org.apache.iceberg.types.CheckCompatibility;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;

/**
 * Asks Iceberg's own Java library about changes of tables. One JSON object a line on stdin, one answer a line on
 * stdout, so that thousands are asked in seconds.
 *
 * <p>{"key", "before": table metadata, "after": table metadata}: can the library's API bring a table from one to the
 * other? The change is put to it field by field, as the ids say: the same id is the same column. The answer says which
 * request it refused ("refused"), or which part of the change its API has no request for ("inexpressible"), or whether the
 * table has come to the wished state, new ids apart ("reached"), and which ids it gave partition fields ("partitionIds").
 *
 * <p>Beside it, what the library says of "after" set as a whole, as CloudFormation sets it: whether it opens the table
 * ("opened", else why not), and why rows written under an earlier schema could not be read ("unreadable").
 *
 * <p>Compiled by Janino, which Spark brings, so that no JDK is needed; it knows neither generics nor lambdas.
 */
public class IcebergJudge {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    PrintStream answers = new PrintStream(System.out, false, "UTF-8");
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      answers.println(answer(JSON.readTree(line)));
      answers.flush();
    }
  }

  private static ObjectNode answer(JsonNode question) {
    ObjectNode answer = JSON.createObjectNode();
    answer.put("key", question.get("key").asText());
    askApi(question, answer);
    openWhole(question, answer);
    return answer;
  }

  // --- the change, put to the API request by request ---------------------------------------------------------------

  private static void askApi(JsonNode question, ObjectNode answer) {
    try {
      Change change = new Change(parsed(question.get("before")), parsed(question.get("after")));
      change.apply();
      answer.put("reached", change.reached());
      ObjectNode partitionIds = answer.putObject("partitionIds");
      for (Object each : change.table.spec().fields()) {
        partitionIds.put(((PartitionField) each).name(), ((PartitionField) each).fieldId());
      }
    } catch (Inexpressible e) {
      answer.put("inexpressible", e.getMessage());
    } catch (Exception e) {
      answer.put("refused", text(e));
    }
  }

  /** What the API has no request for. */
  static class Inexpressible extends RuntimeException {
    Inexpressible(String message) {
      super(message);
    }
  }

  /** A table that lives in memory; what is committed is written and read as a metadata file would be. */
  static class MemoryOperations implements TableOperations {
    private TableMetadata metadata;

    MemoryOperations(TableMetadata metadata) {
      this.metadata = metadata;
    }

    public TableMetadata current() {
      return metadata;
    }

    public TableMetadata refresh() {
      return metadata;
    }

    public void commit(TableMetadata base, TableMetadata next) {
      metadata = TableMetadataParser.fromJson(TableMetadataParser.toJson(next));
    }

    public FileIO io() {
      return null;
    }

    public String metadataFileLocation(String fileName) {
      return metadata.location() + "/metadata/" + fileName;
    }

    public LocationProvider locationProvider() {
      return null;
    }
  }

  static class Change {
    final MemoryOperations operations;
    private final BaseTable table;
    private final TableMetadata before;
    private final TableMetadata after;
    private final Schema from;
    private final Schema to;
    private final Map toFields;
    private final Map fromFields;
    private final Map fromParents;
    private final Map toParents;

    Change(TableMetadata before, TableMetadata after) {
      this.before = before;
      this.after = after;
      this.operations = new MemoryOperations(before);
      this.table = new BaseTable(operations, "t");
      this.from = before.schema();
      this.to = after.schema();
      this.fromFields = TypeUtil.indexById(from.asStruct());
      this.toFields = TypeUtil.indexById(to.asStruct());
      this.fromParents = TypeUtil.indexParents(from.asStruct());
      this.toParents = TypeUtil.indexParents(to.asStruct());
    }

    void apply() {
      location();
      properties();
      releaseDroppedSources();
      schema();
      moves(table.schema().asStruct(), to.asStruct(), "");
      identifiers(to.identifierFieldNames());
      partitions();
      sortOrder();
    }

    boolean reached() {
      Schema now = table.schema();
      return withoutIds(now).equals(withoutIds(to))
          && now.identifierFieldNames().equals(to.identifierFieldNames())
          && partitionTexts(table.spec()).equals(partitionTexts(after.spec()))
          && sortTexts(table.sortOrder()).equals(sortTexts(after.sortOrder()))
          && ownProperties(table.properties()).equals(ownProperties(after.properties()))
          && table.location().equals(after.location())
          && operations.current().formatVersion() == after.formatVersion();
    }

    /** The API keeps the name mapping up to date by itself and writes it in a form of its own. */
    private static Map ownProperties(Map properties) {
      Map own = new HashMap(properties);
      own.remove("schema.name-mapping.default");
      return own;
    }

    private void location() {
      if (!after.location().equals(before.location())) {
        table.updateLocation().setLocation(after.location()).commit();
      }
    }

    private void properties() {
      UpdateProperties update = table.updateProperties();
      for (Object each : after.properties().entrySet()) {
        Map.Entry property = (Map.Entry) each;
        if (!property.getValue().equals(before.properties().get(property.getKey()))) {
          update.set((String) property.getKey(), (String) property.getValue());
        }
      }
      for (Object name : before.properties().keySet()) {
        if (!after.properties().containsKey(name)) {
          update.remove((String) name);
        }
      }
      if (after.formatVersion() != before.formatVersion()) {
        update.set("format-version", String.valueOf(after.formatVersion()));
      }
      update.commit();
    }

    /** A column can only go when nothing is computed from it any more, so that is asked for first. */
    private void releaseDroppedSources() {
      Set wished = new HashSet();
      for (Object field : after.spec().fields()) {
        wished.add(((PartitionField) field).fieldId());
      }
      UpdatePartitionSpec update = table.updateSpec();
      for (Object each : before.spec().fields()) {
        PartitionField field = (PartitionField) each;
        if (!toFields.containsKey(field.sourceId()) && !wished.contains(field.fieldId())) {
          update.removeField(field.name());
        }
      }
      update.commit();
      if (!sortTexts(before.sortOrder()).equals(sortTexts(after.sortOrder()))) {
        table.replaceSortOrder().commit();
      }
    }

    private void schema() {
      Set kept = new LinkedHashSet();
      for (Object id : from.identifierFieldIds()) {
        String name = from.findColumnName((Integer) id);
        // One that is renamed goes and comes back: the API forgets the struct around it, and then finds it no more.
        if (to.identifierFieldIds().contains(id) && name.equals(to.findColumnName((Integer) id))) {
          kept.add(name);
        }
      }
      identifiers(kept);
      UpdateSchema update = table.updateSchema();
      for (Object each : fromFields.values()) {
        Types.NestedField field = (Types.NestedField) each;
        int id = field.fieldId();
        if (!toFields.containsKey(id)) {
          Object parent = fromParents.get(id);
          if (parent == null || toFields.containsKey(parent)) {
            update.deleteColumn(from.findColumnName(id));
          }
        } else {
          change(update, field, (Types.NestedField) toFields.get(id));
        }
      }
      update.commit();
      // A name that another column gives up can only be asked for when that has been done.
      UpdateSchema additions = table.updateSchema();
      for (Object each : toFields.values()) {
        Types.NestedField field = (Types.NestedField) each;
        Integer parent = (Integer) toParents.get(field.fieldId());
        if (!fromFields.containsKey(field.fieldId()) && (parent == null || fromFields.containsKey(parent))) {
          add(additions, parent, field);
        }
      }
      additions.commit();
    }

    private void change(UpdateSchema update, Types.NestedField old, Types.NestedField wished) {
      String name = from.findColumnName(old.fieldId());
      Object oldParent = fromParents.get(old.fieldId());
      Object parent = toParents.get(old.fieldId());
      if (oldParent == null ? parent != null : !oldParent.equals(parent)) {
        throw new Inexpressible("'" + name + "' moves to another struct");
      }
      if (!old.name().equals(wished.name())) {
        update.renameColumn(name, wished.name());
      }
      if (wished.type().isPrimitiveType()) {
        if (!old.type().equals(wished.type())) {
          update.updateColumn(name, wished.type().asPrimitiveType());
        }
      } else if (old.type().typeId() != wished.type().typeId()) {
        throw new Inexpressible("'" + name + "' becomes a " + wished.type().typeId());
      }
      if (old.isRequired() && wished.isOptional()) {
        update.makeColumnOptional(name);
      } else if (old.isOptional() && wished.isRequired()) {
        update.requireColumn(name);
      }
      if (old.doc() == null ? wished.doc() != null : !old.doc().equals(wished.doc())) {
        update.updateColumnDoc(name, wished.doc());
      }
    }

    private void add(UpdateSchema update, Integer parent, Types.NestedField field) {
      String parentName = parent == null ? null : table.schema().findColumnName(parent);
      if (parent != null && !((Types.NestedField) fromFields.get(parent)).type().isStructType()) {
        throw new Inexpressible("'" + parentName + "' gets another element, key or value id");
      }
      if (field.isRequired()) {
        update.addRequiredColumn(parentName, field.name(), field.type(), field.doc());
      } else {
        update.addColumn(parentName, field.name(), field.type(), field.doc());
      }
    }

    /** Puts the fields of every struct into the wished order. Names are the wished ones by now, new ids are not. */
    private void moves(Type have, Type wish, String prefix) {
      if (have.isListType()) {
        moves(have.asListType().elementType(), wish.asListType().elementType(), prefix + "element.");
      } else if (have.isMapType()) {
        moves(have.asMapType().keyType(), wish.asMapType().keyType(), prefix + "key.");
        moves(have.asMapType().valueType(), wish.asMapType().valueType(), prefix + "value.");
      } else if (have.isStructType()) {
        List names = names(wish.asStructType());
        if (!names(have.asStructType()).equals(names)) {
          UpdateSchema update = table.updateSchema();
          update.moveFirst(prefix + names.get(0));
          for (int at = 1; at < names.size(); at += 1) {
            update.moveAfter(prefix + names.get(at), prefix + names.get(at - 1));
          }
          update.commit();
        }
        for (Object each : wish.asStructType().fields()) {
          Types.NestedField field = (Types.NestedField) each;
          Types.NestedField same = have.asStructType().field(field.name());
          moves(same.type(), field.type(), prefix + field.name() + ".");
        }
      }
    }

    private void identifiers(Set names) {
      if (!table.schema().identifierFieldNames().equals(names)) {
        table.updateSchema().setIdentifierFields(names).commit();
      }
    }

    /** What goes is asked for before what comes: in one request the API would not give a name away and again. */
    private void partitions() {
      Map known = new HashMap();
      Map wished = new HashMap();
      for (Object each : table.spec().fields()) {
        known.put(((PartitionField) each).fieldId(), each);
      }
      for (Object each : after.spec().fields()) {
        wished.put(((PartitionField) each).fieldId(), each);
      }
      UpdatePartitionSpec removal = table.updateSpec();
      for (Object each : table.spec().fields()) {
        PartitionField old = (PartitionField) each;
        PartitionField field = (PartitionField) wished.get(old.fieldId());
        if (field == null) {
          removal.removeField(old.name());
        } else if (old.sourceId() != field.sourceId() || !old.transform().equals(field.transform())) {
          throw new Inexpressible("partition field " + old.fieldId() + " is computed otherwise");
        } else if (!old.name().equals(field.name())) {
          removal.renameField(old.name(), field.name());
        }
      }
      removal.commit();
      UpdatePartitionSpec addition = table.updateSpec();
      for (Object each : after.spec().fields()) {
        PartitionField field = (PartitionField) each;
        if (!known.containsKey(field.fieldId())) {
          addition.addField(field.name(), term(field.sourceId(), field.transform()));
        }
      }
      addition.commit();
    }

    private void sortOrder() {
      if (sortTexts(table.sortOrder()).equals(sortTexts(after.sortOrder()))) {
        return;
      }
      ReplaceSortOrder update = table.replaceSortOrder();
      for (Object each : after.sortOrder().fields()) {
        SortField field = (SortField) each;
        Term term = term(field.sourceId(), field.transform());
        if (field.direction() == SortDirection.ASC) {
          update.asc(term, field.nullOrder());
        } else {
          update.desc(term, field.nullOrder());
        }
      }
      update.commit();
    }

    private Term term(int source, Transform transform) {
      String name = to.findColumnName(source);
      if (name == null) {
        throw new IllegalArgumentException("no column has the source id " + source);
      }
      return transform.isIdentity() ? Expressions.ref(name) : (Term) Expressions.transform(name, transform);
    }
  }

  // --- the change set as a whole -----------------------------------------------------------------------------------

  private static void openWhole(JsonNode question, ObjectNode answer) {
    try {
      TableMetadata after = parsed(question.get("after"));
      // What every reader does first: one partition type for all the specs that data files were written with.
      Partitioning.partitionType(new BaseTable(new MemoryOperations(after), "t"));
      answer.put("opened", true);
      ArrayNode errors = answer.putArray("unreadable");
      for (Object written : parsed(question.get("before")).schemas()) {
        for (Object error : CheckCompatibility.readCompatibilityErrors(after.schema(), (Schema) written)) {
          errors.add((String) error);
        }
      }
    } catch (Exception e) {
      answer.put("opened", false);
      answer.put("whyNot", text(e));
    }
  }

  private static TableMetadata parsed(JsonNode metadata) {
    return TableMetadataParser.fromJson("memory://t/metadata/v1.metadata.json", metadata.toString());
  }

  private static String text(Exception e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  private static Object withoutIds(Schema schema) {
    return TypeUtil.assignIncreasingFreshIds(schema).asStruct();
  }

  private static List names(Types.StructType struct) {
    List names = new ArrayList();
    for (Object field : struct.fields()) {
      names.add(((Types.NestedField) field).name());
    }
    return names;
  }

  private static Set partitionTexts(PartitionSpec spec) {
    Set texts = new HashSet();
    for (Object each : spec.fields()) {
      PartitionField field = (PartitionField) each;
      texts.add(field.name() + "=" + field.transform() + "(" + spec.schema().findColumnName(field.sourceId()) + ")");
    }
    return texts;
  }

  private static List sortTexts(SortOrder order) {
    List texts = new ArrayList();
    for (Object each : order.fields()) {
      SortField field = (SortField) each;
      String column = order.schema().findColumnName(field.sourceId());
      texts.add(field.transform() + "(" + column + ") " + field.direction() + " " + field.nullOrder());
    }
    return texts;
  }
}
