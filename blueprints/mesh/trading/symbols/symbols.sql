-- Reference data is code here: whoever adds a symbol does so in a pull request.

INSERT OVERWRITE ${trading}.symbols
SELECT
    symbol,
    name,
    sector
FROM
    VALUES
    ('AAPL', 'Apple', 'technology'),
    ('MSFT', 'Microsoft', 'technology'),
    ('NVDA', 'NVIDIA', 'technology'),
    ('AMZN', 'Amazon', 'consumer'),
    ('TSLA', 'Tesla', 'consumer'),
    ('WMT', 'Walmart', 'consumer'),
    ('JPM', 'JPMorgan Chase', 'finance'),
    ('BTC-USD', 'Bitcoin', 'crypto'),
    ('ETH-USD', 'Ether', 'crypto') AS symbols (symbol, name, sector);
