"""Counts at module level; the text that is scraped, with the moment at which the counter was made."""

import time

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REGISTRY = CollectorRegistry()
RUNS = Counter("runs", "Runs so far", ["handler"], registry=REGISTRY)
SECONDS = Histogram("seconds", "How long they took", buckets=(0.1, 1), registry=REGISTRY)


def job():
    RUNS.labels("a").inc(2)
    SECONDS.observe(0.5)
    lines = generate_latest(REGISTRY).decode().splitlines()
    made = [float(line.split()[-1]) for line in lines if "_created" in line and not line.startswith("#")]
    return [[line for line in lines if "_created" not in line], [abs(time.time() - each) < 120 for each in made]]
