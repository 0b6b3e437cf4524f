"""A broker of librdkafka's own in the process: produce, consume, an error, a setting that does not exist."""

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient


def job():
    producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "", "log_level": 0})
    delivered = []
    producer.produce(
        "t", "é".encode(), key="k", on_delivery=lambda error, message: delivered.append([str(error), message.topic()])
    )
    producer.flush(20)
    metadata = producer.list_topics(timeout=10)
    broker = next(iter(metadata.brokers.values()))
    consumer = Consumer(
        {"bootstrap.servers": f"{broker.host}:{broker.port}", "group.id": "g", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe(["t"])
    message = None
    while message is None or message.error():
        message = consumer.poll(20)
    found = [message.value().decode(), message.key().decode()]
    consumer.close()
    try:
        AdminClient({"no.such": "x"})
    except KafkaException as error:
        failed = error.args[0].str()
    return [delivered, sorted(metadata.topics), found, failed]
