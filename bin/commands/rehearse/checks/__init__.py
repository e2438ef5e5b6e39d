"""The independent judge of a rehearsal.

Works out from the raw Kafka events what bronze, silver and gold must hold, with integers and its own JSON reader, and
compares that with what the deployed jobs wrote. Shares no code with them: a misunderstanding on either side shows as a
failed check.
"""
