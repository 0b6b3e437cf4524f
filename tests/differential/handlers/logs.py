"""The log, as the standard library has it."""

from __future__ import annotations

import io
import logging
import logging.config
import logging.handlers
import queue
import threading

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("logs")
def run(name: str) -> object:
    return idiom.run(name)


STREAM = io.StringIO()
LOGGER = logging.getLogger("idioms.of.import")
LOGGER.propagate = False
HANDLER = logging.StreamHandler(STREAM)
HANDLER.setFormatter(logging.Formatter("%(levelname)s %(name)s %(threadName)s %(message)s"))
LOGGER.addHandler(HANDLER)
LOGGER.setLevel(logging.DEBUG)
LOGGER.info("at import")
logging.addLevelName(25, "NOTICE")


@idiom
def logger_of_import() -> object:
    LOGGER.warning("in use %d", 1)
    LOGGER.log(25, "level")
    try:
        raise ValueError("x")
    except ValueError:
        LOGGER.exception("failed")
    return STREAM.getvalue().splitlines()[:4]


@idiom
def logger_in_a_thread() -> object:
    thread = threading.Thread(target=LOGGER.error, args=("from a thread",), name="second")
    thread.start()
    thread.join(20)
    return STREAM.getvalue().splitlines()[-1]


@idiom
def loggers_configured_late() -> object:
    logging.config.dictConfig({
        "version": 1, "disable_existing_loggers": False,
        "formatters": {"f": {"format": "{message}!", "style": "{"}},
        "handlers": {"h": {"class": "logging.handlers.MemoryHandler", "capacity": 9, "formatter": "f"}},
        "loggers": {"late": {"handlers": ["h"], "level": "INFO"}},
    })  # fmt: skip
    logger = logging.getLogger("late")
    logger.info("x")
    handler = logger.handlers[0]
    assert isinstance(handler, logging.handlers.MemoryHandler)
    return [handler.format(record) for record in handler.buffer]


@idiom
def queue_of_log_records() -> object:
    records: queue.Queue[logging.LogRecord] = queue.Queue()
    seen: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    listener = logging.handlers.QueueListener(records, Keep())
    listener.start()
    logger = logging.getLogger("queued")
    logger.propagate = False
    logger.addHandler(logging.handlers.QueueHandler(records))
    logger.error("a %s", "b")
    listener.stop()
    return seen


@idiom
def files_of_logs() -> object:
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        handler = logging.handlers.RotatingFileHandler(f"{name}/log", maxBytes=20, backupCount=2)
        logger = logging.getLogger("rotating")
        logger.propagate = False
        logger.addHandler(handler)
        for number in range(5):
            logger.error("message %d", number)
        handler.close()
        return [sorted(each.name for each in pathlib.Path(name).iterdir()), pathlib.Path(name, "log").read_text()]


@idiom
def names_of_levels() -> object:
    return [logging.getLevelName(25), logging.getLevelName("ERROR"), logging.getLogger("x").getEffectiveLevel() >= 0,
            logging.raiseExceptions, logging.lastResort is not None]  # fmt: skip
