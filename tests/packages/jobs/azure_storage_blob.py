"""A container on a server in the process: an upload, a download, what is not there, a signature."""

from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient, generate_blob_sas

KEY = "a2V5a2V5a2V5"


class Store(BaseHTTPRequestHandler):
    blobs = {}

    def send(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 29 Feb 2024 12:00:00 GMT")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self):
        Store.blobs[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send(201)

    def do_GET(self):
        body = Store.blobs.get(self.path)
        if body is None:
            self.send(
                404,
                b"<Error><Code>BlobNotFound</Code><Message>no</Message></Error>",
                [("x-ms-error-code", "BlobNotFound")],
            )
        else:
            size = len(body)
            self.send(206, body, [("Content-Range", f"bytes 0-{size - 1}/{size}"), ("x-ms-blob-type", "BlockBlob")])

    def log_message(self, *words):
        pass


def job():
    with HTTPServer(("127.0.0.1", 0), Store) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/account"
        client = BlobServiceClient(url, credential={"account_name": "account", "account_key": KEY}, retry_total=0)
        blob = client.get_blob_client("c", "é.txt")
        blob.upload_blob("text é", overwrite=True)
        text = blob.download_blob().readall().decode()
        try:
            client.get_blob_client("c", "none").download_blob()
        except ResourceNotFoundError as error:
            failed = error.error_code
        server.shutdown()
    signed = generate_blob_sas(
        "account", "c", "b", account_key=KEY, permission="r", expiry=datetime(2030, 1, 1, tzinfo=timezone.utc)
    )
    return [text, str(failed), signed]
