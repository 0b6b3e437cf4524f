"""What the handler does, as a program for plain CPython: the job in the folder that the first argument names."""

import time

import _job


def main() -> None:
    started, used = time.clock_gettime(time.CLOCK_MONOTONIC), time.process_time()
    value = _job.job()
    import json

    print("\n" + json.dumps({"started": started, "used": used, "value": value}))  # after what the job itself prints


main()
