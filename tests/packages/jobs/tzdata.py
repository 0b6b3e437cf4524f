"""Zones from the package alone, without a system's files."""

import importlib.resources
import zoneinfo
from datetime import datetime

zoneinfo.reset_tzpath(to=[])


def job():
    at = datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("America/New_York"))
    names = importlib.resources.files("tzdata").joinpath("zones").read_text().split()
    return [
        at.isoformat(),
        at.astimezone(zoneinfo.ZoneInfo("Asia/Kolkata")).isoformat(),
        len(names) > 500,
        "Europe/Berlin" in zoneinfo.available_timezones(),
    ]
