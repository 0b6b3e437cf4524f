"""Structured lines, bound values, and what the standard library's records bring along."""

import logging

import structlog

PROCESSORS = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False),
]


def job():
    captured = structlog.testing.LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, captured])
    with structlog.contextvars.bound_contextvars(run=7):
        structlog.get_logger().bind(user="é").info("begun", count=2)
    lines = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    keep = Keep()
    keep.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=PROCESSORS[:2],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, PROCESSORS[2]],
        )
    )
    logger = logging.getLogger("of others")
    logger.addHandler(keep)
    logger.warning("late", extra={"seconds": 3})
    return [captured.entries, lines]
