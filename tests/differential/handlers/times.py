"""Dates, times, clocks, schedules."""

from __future__ import annotations

import calendar
import datetime
import sched
import time
import timeit
import zoneinfo

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("times")
def run(name: str) -> object:
    return idiom.run(name)


EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
SCHEDULER = sched.scheduler(time.monotonic, time.sleep)


@idiom
def dates() -> object:
    day = datetime.date(2024, 2, 29)
    return [day.isoformat(), day.strftime("%A %d %B %Y %j %U"), list(day.isocalendar()), day.toordinal(),
            str(day + datetime.timedelta(365)), str(datetime.date.fromisoformat("20260102"))]  # fmt: skip


@idiom
def datetimes() -> object:
    moment = datetime.datetime.strptime("2026-03-04 05:06:07 +0130", "%Y-%m-%d %H:%M:%S %z")
    return [moment.isoformat(), str(moment.astimezone(datetime.UTC)), moment.timestamp(), str(moment - EPOCH),
            str(datetime.datetime.fromisoformat("2026-01-02T03:04:05.678Z")), moment.ctime(),
            str(datetime.timedelta(days=-1, microseconds=1))]  # fmt: skip


@idiom
def zone_with_summer() -> object:
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    summer = datetime.datetime(2026, 7, 1, 12, tzinfo=berlin)
    return [summer.isoformat(), str(summer.astimezone(datetime.UTC)), summer.tzname(), str(summer.dst()), berlin.key,
            datetime.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=berlin).isoformat()]  # fmt: skip


@idiom
def zone_in_use() -> object:
    zone = zoneinfo.ZoneInfo("America/New_York")
    old = zoneinfo.ZoneInfo("Europe/Amsterdam")
    return [datetime.datetime(2026, 1, 1, tzinfo=zone).isoformat(), zone is zoneinfo.ZoneInfo("America/New_York"),
            datetime.datetime(1900, 1, 1, tzinfo=old).isoformat()]  # fmt: skip


@idiom
def zone_unknown() -> object:
    try:
        zoneinfo.ZoneInfo("No/Such")
    except zoneinfo.ZoneInfoNotFoundError as error:
        return str(error)
    return None


@idiom
def zones_of_the_machine() -> object:
    return len(zoneinfo.available_timezones()) > 100


@idiom
def calendars() -> object:
    return [calendar.month(2026, 2), calendar.isleap(2100), calendar.monthrange(2024, 2), calendar.day_name[0],
            calendar.timegm((2026, 1, 1, 0, 0, 0))]  # fmt: skip


@idiom
def formatted_times() -> object:
    moment = time.gmtime(86400 * 365.25 * 50)
    return [time.strftime("%a, %d %b %Y %H:%M:%S", moment), time.asctime(moment), moment.tm_yday,
            time.strptime("30 Nov 2026", "%d %b %Y").tm_wday]  # fmt: skip


@idiom
def time_zone_of_the_process() -> object:
    import os

    os.environ["TZ"] = "EST5EDT,M3.2.0,M11.1.0"
    time.tzset()
    return [
        time.tzname,
        time.timezone,
        time.localtime(1_800_000_000).tm_hour,
        time.mktime((2026, 7, 1, 0, 0, 0, 0, 0, -1)),
    ]


@idiom
def clocks() -> object:
    first, now = time.monotonic(), time.monotonic()
    return [now >= first, time.time() > 1.7e9, time.perf_counter_ns() > 0, time.process_time() >= 0,
            time.get_clock_info("monotonic").monotonic, abs(time.time() - datetime.datetime.now().timestamp()) < 60]  # fmt: skip


@idiom
def schedule() -> object:
    done, now = [], time.monotonic()
    SCHEDULER.enterabs(now + 0.002, 1, done.append, ("second",))
    SCHEDULER.enterabs(now, 1, done.append, ("first",))
    SCHEDULER.run()
    return done


@idiom
def timed_code() -> object:
    return [timeit.timeit("x + 1", "x = 1", number=10) >= 0, len(timeit.repeat("pass", number=1, repeat=2))]
