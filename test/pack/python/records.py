"""The records of the trading lakehouse, as blueprints/trading/schemas.ts defines them."""

from cdk_data_patterns import Column, ColumnType, RecordSchema

AMOUNT = ColumnType.decimal(18, 8)


def column(name: str, type_: ColumnType, doc: str, **more: object) -> Column:
    return Column(name=name, type=type_, doc=doc, **more)


trades = RecordSchema(
    name="trades",
    doc="Executed trades.",
    key=["trade_id"],
    event_time="traded_at",
    columns=[
        column("trade_id", ColumnType.STRING, "Identifies the trade", required=True),
        column("symbol", ColumnType.STRING, "What was traded", required=True),
        column("price", AMOUNT, "Price of one unit", required=True, positive=True),
        column("quantity", AMOUNT, "Units traded", required=True, positive=True),
        column(
            "traded_at",
            ColumnType.TIMESTAMPTZ,
            "When it was traded (event time)",
            required=True,
            wire_name="timestamp",
        ),
    ],
)

raw_trades = RecordSchema(
    name="raw_trades",
    doc="Trade events as they arrived.",
    columns=[
        column("raw_payload", ColumnType.STRING, "The value of the event, unchanged"),
        column("source", ColumnType.STRING, "Where it came from: topic/partition/offset"),
        column("ingested_at", ColumnType.TIMESTAMPTZ, "When it arrived"),
    ],
)

trades_quarantine = RecordSchema(
    name="trades_quarantine",
    doc="Invalid trades, and where each came from.",
    columns=[
        column("source", ColumnType.STRING, "Where its message came from, as in bronze"),
        column("position", ColumnType.INT, "Its place in the message, from 0"),
        column("ingested_at", ColumnType.TIMESTAMPTZ, "When its message arrived"),
        column("payload_hash", ColumnType.STRING, "SHA-256 of its message, in hexadecimal digits"),
        *trades.conformed().columns,
    ],
)

daily_trading_summary = RecordSchema(
    name="daily_trading_summary",
    doc="Volume and average price of each day and symbol, from valid trades.",
    columns=[
        column("date", ColumnType.DATE, "Day of the trades, UTC"),
        column("symbol", ColumnType.STRING, "What was traded"),
        column("total_volume", AMOUNT, "Exact sum of the quantities"),
        column("vwap", AMOUNT, "Exact sum of price times quantity over total_volume, half up to 8 decimals"),
        column("trade_count", ColumnType.LONG, "Number of trades"),
    ],
)

trade_features = RecordSchema(
    name="trade_features",
    doc="Features of each day and symbol, from valid trades; docs/machine-learning.md defines each.",
    columns=[
        column("date", ColumnType.DATE, "Day of the trades, UTC"),
        column("symbol", ColumnType.STRING, "What was traded"),
        column("open_price", AMOUNT, "Price of the first trade, by traded_at, then trade_id"),
        column("high_price", AMOUNT, "Highest price"),
        column("low_price", AMOUNT, "Lowest price"),
        column("close_price", AMOUNT, "Price of the last trade, by traded_at, then trade_id"),
        column("volume", AMOUNT, "Exact sum of the quantities"),
        column("turnover", ColumnType.decimal(38, 16), "Exact sum of price times quantity"),
        column("trade_count", ColumnType.LONG, "Number of trades"),
        column("vwap", AMOUNT, "turnover over volume, half up to 8 decimals"),
        column("vwap_7d", AMOUNT, "The same over the seven days that end with this one"),
        column(
            "daily_return",
            ColumnType.DOUBLE,
            "close_price over that of the symbol's trading day before, less 1",
        ),
        column(
            "realized_volatility",
            ColumnType.DOUBLE,
            "Root of the sum of squared log returns from trade to trade",
        ),
    ],
)
