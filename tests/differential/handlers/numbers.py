"""Numbers, hashes, and the tools of iteration."""

from __future__ import annotations

import array
import bisect
import cmath
import collections
import colorsys
import decimal
import fractions
import functools
import hashlib
import heapq
import hmac
import itertools
import math
import numbers
import operator
import random
import secrets
import statistics
import struct
import uuid
import zlib

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("numbers")
def run(name: str) -> object:
    return idiom.run(name)


decimal.getcontext().prec = 12
CONTEXT = decimal.Context(prec=5, rounding=decimal.ROUND_HALF_EVEN)
SHA = hashlib.sha256(b"begun at import")
MAC = hmac.new(b"key", b"begun ", "sha256")
CHECKSUM = zlib.crc32(b"at import")
RECORD = struct.Struct("<hIq8s")
HEAP = [5, 3, 9, 1]
heapq.heapify(HEAP)
NUMBERS = array.array("d", [1.5, 2.5])
COUNTS = collections.Counter("abracadabra")
COUNTER = itertools.count(10)
next(COUNTER)


@functools.cache
def fibonacci(n: int) -> int:
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


fibonacci(30)


@idiom
def decimal_context_of_import() -> object:
    return [str(decimal.Decimal(1) / 7), decimal.getcontext().prec, str(CONTEXT.divide(decimal.Decimal(2), 3))]


@idiom
def decimal_traps() -> object:
    with decimal.localcontext() as context:
        context.traps[decimal.Inexact] = True
        try:
            return str(decimal.Decimal(1) / 3)
        except decimal.Inexact as error:
            return [type(error).__name__, str(decimal.Decimal("1.10").quantize(decimal.Decimal("0.1"))),
                    isinstance(decimal.Decimal(1), numbers.Number)]  # fmt: skip


@idiom
def decimal_in_a_thread() -> object:
    import threading

    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(str(decimal.Decimal(1) / 7)))
    thread.start()
    thread.join()
    return found


@idiom
def fractions_of_numbers() -> object:
    return [str(fractions.Fraction(1, 3) + fractions.Fraction("0.25")), str(fractions.Fraction(0.1)),
            str(fractions.Fraction(3.14159).limit_denominator(100))]  # fmt: skip


@idiom
def generator_of_numbers_seeded() -> object:
    generator = random.Random(42)
    return [generator.random(), generator.gauss(0, 1), generator.sample(range(50), 4)]


@idiom
def generator_seeded_late() -> object:
    random.seed("text")
    return [random.random(), random.randint(1, 6), random.choices("abc", k=4), random.getrandbits(70),
            random.betavariate(1, 2)]  # fmt: skip


@idiom
def generator_state() -> object:
    state = random.getstate()
    first = random.random()
    random.setstate(state)
    return first == random.random()


@idiom
def random_lengths() -> object:
    return [len(secrets.token_hex(8)), len(secrets.token_urlsafe(9)), secrets.compare_digest("a", "a"),
            secrets.randbelow(1), len(random.SystemRandom().randbytes(3))]  # fmt: skip


@idiom
def hash_begun_at_import() -> object:
    copy = SHA.copy()
    copy.update(b" and ended")
    mac = MAC.copy()
    mac.update(b"and ended")
    return [copy.hexdigest(), mac.hexdigest(), zlib.crc32(b"more", CHECKSUM)]


@idiom
def hashes_by_name() -> object:
    return {name: hashlib.new(name, b"x").hexdigest() for name in sorted(hashlib.algorithms_guaranteed)
            if not name.startswith("shake")}  # fmt: skip


@idiom
def hashes_with_parameters() -> object:
    return [hashlib.blake2b(b"x", digest_size=9, key=b"k").hexdigest(), hashlib.shake_128(b"x").hexdigest(5),
            hashlib.pbkdf2_hmac("sha256", b"p", b"s", 10).hex(),
            hashlib.scrypt(b"p", salt=b"s", n=4, r=1, p=1).hex(), hmac.digest(b"k", b"m", "md5").hex()]  # fmt: skip


@idiom
def hash_of_a_file() -> object:
    import io

    return hashlib.file_digest(io.BytesIO(b"x" * 99999), "sha1").hexdigest()


@idiom
def uuids() -> object:
    return [str(uuid.uuid3(uuid.NAMESPACE_DNS, "a.example")), str(uuid.uuid5(uuid.NAMESPACE_URL, "b")),
            uuid.uuid4().version, uuid.uuid1().version, uuid.uuid4() == uuid.uuid4(),
            uuid.UUID(int=5).urn]  # fmt: skip


@idiom
def packed_records() -> object:
    data = RECORD.pack(-2, 7, 2**40, b"abc")
    return [data.hex(), RECORD.unpack(data)[:3], list(struct.iter_unpack(">H", b"\0\1\0\2")), struct.calcsize("@lP")]


@idiom
def heaps() -> object:
    heap = list(HEAP)
    return [heapq.heappushpop(heap, 4), heapq.nsmallest(2, heap), list(heapq.merge([1, 4], [2, 3]))]


@idiom
def arrays() -> object:
    NUMBERS.append(3.5)
    swapped = array.array("H", [1, 256])
    swapped.byteswap()
    return [NUMBERS.tolist(), swapped.tolist(), memoryview(NUMBERS).format, NUMBERS.itemsize]


@idiom
def counters_and_friends() -> object:
    ordered = collections.OrderedDict(a=1, b=2)
    ordered.move_to_end("a")
    chain = collections.ChainMap({"a": 1}, {"a": 2, "b": 3})
    groups = collections.defaultdict(list, {"x": [1]})
    groups["y"].append(2)
    return [COUNTS.most_common(2), list(ordered), dict(chain), groups, list(collections.deque(range(9), maxlen=3))]


@idiom
def iterators() -> object:
    return [next(COUNTER), list(itertools.pairwise("abc")), list(itertools.groupby([1, 1, 2]))[0][0],
            list(itertools.accumulate([1, 2, 3], operator.mul)), len(list(itertools.permutations(range(4)))),
            list(itertools.islice(itertools.cycle("ab"), 3)), list(itertools.zip_longest("ab", "c"))]  # fmt: skip


@idiom
def cache_filled_at_import() -> object:
    before = fibonacci.cache_info()
    return [fibonacci(30), fibonacci.cache_info().hits - before.hits, before.currsize]


@idiom
def functional_tools() -> object:
    add = functools.partial(operator.add, 1)
    return [functools.reduce(operator.mul, range(1, 6)), add(2), sorted("bca", key=functools.cmp_to_key(
        lambda a, b: (a < b) - (a > b))), operator.itemgetter(1)([1, 2]), operator.attrgetter("real")(3)]  # fmt: skip


@idiom
def mathematics() -> object:
    return [math.gcd(12, 18), math.comb(9, 3), math.isqrt(10**40), math.fsum([0.1] * 10), math.hypot(3, 4),
            math.gamma(5), math.sin(1), math.exp(1), math.log2(3), math.erf(0.5), math.nextafter(1, 2), math.lgamma(9.5),
            math.atan2(1, 2), math.pow(2, 0.5), math.cbrt(27), math.expm1(1e-9), 2**0.5, 0.1 + 0.2, 1e16 + 1]  # fmt: skip


@idiom
def complex_numbers() -> object:
    return [str(cmath.sqrt(-1)), str(cmath.exp(1j)), str((1 + 2j) ** 2), cmath.phase(1j)]


@idiom
def statistics_of_numbers() -> object:
    data = [1, 2, 2, 3, 9]
    return [statistics.mean(data), statistics.median(data), statistics.mode(data), statistics.stdev(data),
            statistics.quantiles(data), statistics.NormalDist(0, 1).cdf(1), statistics.correlation(data, data)]  # fmt: skip


@idiom
def sorted_positions() -> object:
    return [bisect.bisect([1, 3, 5], 3), bisect.bisect_left([1, 3, 5], 3), colorsys.rgb_to_hsv(0.2, 0.4, 0.6)]


@idiom
def integers() -> object:
    return [(-7) // 2, -7 % 3, pow(3, -1, 7), (255).to_bytes(2, "little").hex(), int.from_bytes(b"\1\0", "big"),
            (10**30).bit_length(), int("ff", 16), int("1_000"), round(2.5), hash(2**61), hash(1.5), (6).bit_count()]  # fmt: skip


@idiom
def digits_beyond_the_limit() -> object:
    try:
        return len(str(10**5000))
    except ValueError as error:
        return str(error)


@idiom
def floats() -> object:
    return [float("1e-320"), (0.1).as_integer_ratio(), (1.5).hex(), float.fromhex("0x1p-3"), str(float("nan")), repr(1e16),
            str(1e-7), float("  1_0.5 "), round(1.005, 2), 5e-324, 1.7976931348623157e308]  # fmt: skip
