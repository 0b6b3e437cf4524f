"""Numbers are parsed, judged, formatted, and placed by the geocoder, the carriers and the time zones."""

import phonenumbers
from phonenumbers import carrier, geocoder, timezone


def job():
    number = phonenumbers.parse("030 123456", "DE")
    mobile = phonenumbers.parse("+447912345678")
    matched = phonenumbers.PhoneNumberMatcher("call 650-253-0000 or 1-800-FLOWERS", "US")
    return [
        phonenumbers.is_valid_number(number),
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
        geocoder.description_for_number(number, "de"),
        carrier.name_for_number(mobile, "en"),
        list(timezone.time_zones_for_number(mobile)),
        [match.raw_string for match in matched],
    ]
