"""A calendar with a zone, a rule and texts that are not ASCII; read, changed and written."""

from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event


def job():
    calendar = Calendar()
    calendar.add("prodid", "-//x//y//")
    calendar.add("version", "2.0")
    event = Event()
    event.add("summary", "Café; with, Ümläut " * 5)
    event.add("dtstart", datetime(2024, 3, 31, 1, 30, tzinfo=ZoneInfo("Europe/Berlin")))
    event.add("rrule", {"freq": "weekly", "count": 3})
    calendar.add_component(event)
    text = calendar.to_ical()
    again = Calendar.from_ical(text).walk("VEVENT")[0]
    return [
        text.decode(),
        str(again["summary"]),
        again.decoded("dtstart").isoformat(),
        again["rrule"].to_ical().decode(),
    ]
