"""Writes lines to a sink of its own: levels, context, an exception; what has passed since the start is seconds."""

import io

from loguru import logger

logger.remove()


def job():
    out, records = io.StringIO(), []
    logger.add(out, format="{level}|{message}|{extra}", backtrace=False, diagnose=False, colorize=False)
    logger.add(lambda message: records.append(message.record), level="WARNING")
    with logger.contextualize(run=7):
        logger.bind(user="é").info("{} of {}", 1, 2)
        logger.warning("late")
    try:
        raise ValueError("é")
    except ValueError:
        logger.exception("failed")
    lines = [line for line in out.getvalue().splitlines() if "|" in line or "ValueError" in line]
    return [lines, [0 <= each["elapsed"].total_seconds() < 60 for each in records]]
