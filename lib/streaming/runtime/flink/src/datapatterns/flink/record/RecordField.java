package datapatterns.flink.record;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Instant;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;

/** One column: reads its value from a JSON scalar and says which rules the scalar breaks. */
public abstract class RecordField implements Serializable {
    private static final long serialVersionUID = 1L;

    final String wire;
    final boolean required;

    private RecordField(ConformSpec.Field field) {
        this.wire = field.wire();
        this.required = field.required();
    }

    static RecordField of(ConformSpec.Field field, LogicalType type) {
        return switch (type.getTypeRoot()) {
            case VARCHAR -> new Text(field);
            case DECIMAL -> new Decimal(field, (DecimalType) type);
            case BOOLEAN -> new Truth(field);
            case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> new Time(field);
            default ->
                    throw new ValidationException(
                            "column of '" + field.wire() + "' has type " + type.asSummaryString()
                                    + ", which records cannot have yet; use string, decimal, boolean or a timestamp.");
        };
    }

    /**
     * The column's value, or null when there is none that it can hold.
     *
     * @param scalar the JSON scalar: its characters without quotes
     * @param kind what it is
     * @param errors takes the codes of the rules that it breaks
     */
    abstract Object read(Characters scalar, ScalarKind kind, ValidationErrors errors);

    /** What an absent value deserves. */
    final void absent(ValidationErrors errors) {
        if (required) {
            errors.add(ValidationErrors.Code.MISSING, wire);
        }
    }

    private static final class Text extends RecordField {
        private static final long serialVersionUID = 1L;

        Text(ConformSpec.Field field) {
            super(field);
        }

        @Override
        StringData read(Characters scalar, ScalarKind kind, ValidationErrors errors) {
            if (kind == ScalarKind.TEXT || kind == ScalarKind.INTEGER) {
                return scalar.toStringData();
            }
            absent(errors);
            return null;
        }
    }

    private static final class Truth extends RecordField {
        private static final long serialVersionUID = 1L;

        Truth(ConformSpec.Field field) {
            super(field);
        }

        @Override
        Boolean read(Characters scalar, ScalarKind kind, ValidationErrors errors) {
            if (kind == ScalarKind.TRUE || kind == ScalarKind.FALSE) {
                return kind == ScalarKind.TRUE;
            }
            absent(errors);
            return null;
        }
    }

    private static final class Decimal extends RecordField {
        private static final long serialVersionUID = 1L;

        private final int precision;
        private final int scale;
        private final boolean positive;

        Decimal(ConformSpec.Field field, DecimalType type) {
            super(field);
            this.precision = type.getPrecision();
            this.scale = type.getScale();
            this.positive = field.positive();
        }

        @Override
        DecimalData read(Characters scalar, ScalarKind kind, ValidationErrors errors) {
            if (precision <= DecimalTexts.MOST_DIGITS_OF_LONG && kind.mayBeNumber()) {
                long plain = DecimalTexts.plainUnscaled(scalar, precision - scale, scale);
                if (plain > 0 || plain == 0 && !positive) {
                    return DecimalData.fromUnscaledLong(plain, precision, scale);
                }
            }
            ExactNumber exact = kind.mayBeNumber() ? ExactNumber.parse(scalar.toString()) : null;
            if (exact == null) {
                errors.add(ValidationErrors.Code.NOT_DECIMAL, wire);
                return null;
            }
            boolean overscale = exact.exponent() < -scale;
            boolean overflow = !exact.isZero() && exact.magnitude() > precision - scale;
            if (overscale) {
                errors.add(ValidationErrors.Code.SCALE, wire);
            }
            if (overflow) {
                errors.add(ValidationErrors.Code.OVERFLOW, wire);
            }
            if (positive && (exact.negative() || exact.isZero())) {
                errors.add(ValidationErrors.Code.NOT_POSITIVE, wire);
            }
            return overscale || overflow
                    ? null
                    : DecimalData.fromBigDecimal(new BigDecimal(exact.scaled(scale), scale), precision, scale);
        }
    }

    private static final class Time extends RecordField {
        private static final long serialVersionUID = 1L;

        private static final long FIRST_MICROS = micros(Instant.parse("0001-01-01T00:00:00Z"));
        private static final long LAST_MICROS = micros(Instant.parse("9999-12-31T23:59:59.999999Z"));

        Time(ConformSpec.Field field) {
            super(field);
        }

        @Override
        TimestampData read(Characters scalar, ScalarKind kind, ValidationErrors errors) {
            Long micros =
                    switch (kind) {
                        case TEXT -> InstantTexts.micros(scalar);
                        case INTEGER, NUMBER -> InstantTexts.microsOfMillis(scalar.toString());
                        default -> null;
                    };
            if (micros == null || micros < FIRST_MICROS || micros > LAST_MICROS) {
                errors.add(ValidationErrors.Code.BAD_TIMESTAMP, wire);
                return null;
            }
            long millis = Math.floorDiv(micros, 1000L);
            return TimestampData.fromEpochMillis(millis, (int) (micros - millis * 1000) * 1000);
        }

        private static long micros(Instant instant) {
            return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1000;
        }
    }
}
