"""Texts are parsed, rules are expanded, zones of dateutil's own, relative dates, Easter."""

from datetime import datetime

from dateutil import easter, parser, relativedelta, rrule, tz
from dateutil.zoneinfo import get_zonefile_instance


def job():
    start = datetime(2024, 1, 31)
    berlin = get_zonefile_instance().get("Europe/Berlin")
    try:
        parser.parse("no date")
    except parser.ParserError as error:
        failed = str(error)
    return [
        parser.parse("29 Feb 2024 3pm +0100").isoformat(),
        [day.isoformat() for day in rrule.rrule(rrule.MONTHLY, start, count=3)],
        (start + relativedelta.relativedelta(months=1)).isoformat(),
        easter.easter(2024).isoformat(),
        failed,
        start.replace(tzinfo=berlin).utcoffset().total_seconds(),
        datetime(2024, 7, 1, tzinfo=tz.UTC).astimezone(berlin).isoformat(),
    ]
