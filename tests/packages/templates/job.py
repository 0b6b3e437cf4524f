"""Do the job that the test has put beside this file, and tell when its first line was reached."""

import time

from entry import handler
from handlers import _job  # a copy of one of tests/packages/jobs


@handler
def job(_: object) -> object:
    started, used = time.clock_gettime(time.CLOCK_MONOTONIC), time.process_time()
    return {"started": started, "used": used, "value": _job.job()}
