"""Tries again, with a wait, a stop, a result that is refused, and in async code."""

import asyncio

from tenacity import RetryError, retry, retry_if_result, stop_after_attempt, wait_exponential, wait_none


def job():
    calls = []

    @retry(stop=stop_after_attempt(3), wait=wait_exponential(0.001, 0.002))
    def fails():
        calls.append(1)
        raise KeyError("x")

    @retry(retry=retry_if_result(lambda value: value < 3), wait=wait_none())
    async def grows():
        calls.append(2)
        return calls.count(2)

    try:
        fails()
    except RetryError as error:
        last = repr(error.last_attempt.exception())
    return [last, asyncio.run(grows()), calls, fails.statistics["attempt_number"]]
