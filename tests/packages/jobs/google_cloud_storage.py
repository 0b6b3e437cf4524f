"""A bucket on a server in the process: an upload, a download, what is not there."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage


class Store(BaseHTTPRequestHandler):
    def send(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        size = int(self.headers["Content-Length"])
        self.rfile.read(size)
        self.send(200, json.dumps({"name": "é.txt", "bucket": "b", "size": "5", "generation": "1"}).encode())

    def do_GET(self):
        if "alt=media" in self.path:
            self.send(200, b"text!", "text/plain")
        else:
            self.send(404, b'{"error": {"code": 404, "message": "no such object"}}')

    def log_message(self, *words):
        pass


def job():
    with HTTPServer(("127.0.0.1", 0), Store) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        options = ClientOptions(api_endpoint=f"http://127.0.0.1:{server.server_port}")
        client = storage.Client("p", credentials=AnonymousCredentials(), client_options=options)
        blob = client.bucket("b").blob("é.txt")
        blob.upload_from_string("text!", checksum=None)
        text = client.bucket("b").blob("é.txt").download_as_bytes(checksum=None).decode()
        try:
            client.get_bucket("none")
        except NotFound as error:
            failed = error.code
        server.shutdown()
    return [blob.size, text, failed, blob.path]
