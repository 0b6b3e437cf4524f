"""A call that is answered by a server in the process, a signature of a webhook, an error."""

import hashlib
import hmac
import json
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import stripe


class Api(BaseHTTPRequestHandler):
    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        size = int(self.headers["Content-Length"] or 0)
        form = self.rfile.read(size).decode()
        good = self.command == "POST"
        found = {"id": "cus_1", "object": "customer", "name": form}
        wrong = {"error": {"type": "invalid_request_error", "message": "no é", "param": "id"}}
        body = json.dumps(found if good else wrong).encode()
        self.send_response(200 if good else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def job():
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        client = stripe.StripeClient("sk_test_1", base_addresses={"api": base}, max_network_retries=0)
        customer = client.v1.customers.create({"name": "Ä"})
        try:
            client.v1.customers.retrieve("none")
        except stripe.InvalidRequestError as error:
            failed = [error.user_message, error.param, error.http_status]
        server.shutdown()
    payload, now = '{"id": "evt_1", "object": "event", "type": "a.b"}', int(time.time())
    signature = hmac.new(b"secret", f"{now}.{payload}".encode(), hashlib.sha256).hexdigest()
    event = stripe.Webhook.construct_event(payload, f"t={now},v1={signature}", "secret")
    return [customer.id, customer.name, failed, event.type]
