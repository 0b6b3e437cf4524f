"""Zones from pytz's own files: localize, a time that does not exist, countries, all names."""

from datetime import datetime

import pytz


def job():
    berlin = pytz.timezone("Europe/Berlin")
    try:
        berlin.localize(datetime(2024, 3, 31, 2, 30), is_dst=None)
    except pytz.NonExistentTimeError as error:
        failed = str(error)
    return [
        berlin.localize(datetime(2024, 7, 1)).isoformat(),
        berlin.normalize(berlin.localize(datetime(2024, 3, 31, 2, 30))).isoformat(),
        failed,
        pytz.country_timezones["CH"],
        len(pytz.all_timezones) > 500,
        "Asia/Tokyo" in pytz.all_timezones_set,
        pytz.country_names["de"],
    ]
