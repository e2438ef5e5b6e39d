// Templates are the same with any jar, because its asset is named by the hash of its sources; so these need none.
process.env.DATA_PATTERNS_FLINK_RUNNER ??= __filename;
