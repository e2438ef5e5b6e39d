"""`python -m checks --config c.json` writes every check to the result file.

Exit status 0 when it could judge, be the checks passed or not; 1 without Kafka; 2 for an unusable configuration.
"""

import argparse
import sys
from pathlib import Path

from confluent_kafka import KafkaException

from .config import Config, ConfigError
from .run import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="checks", description="Judges a rehearsal's tables by the raw Kafka events.")
    parser.add_argument("--config", type=Path, required=True, help="JSON: endpoints, topic, tables, where to write")
    arguments = parser.parse_args()
    try:
        config = Config.read(arguments.config)
        result = run(config)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except KafkaException as error:
        print(f"{config.topic}: cannot be read from {config.kafka_bootstrap}: {error}. Is Kafka up?", file=sys.stderr)
        return 1
    failed = sum(not check["passed"] for check in result["checks"])
    print(f"{len(result['checks'])} checks, {failed} failed: {config.result}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
