"""A pool with retries against a server in the process; a host that is not ASCII; a form with a file."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import urllib3


class Site(BaseHTTPRequestHandler):
    failures = 1

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 503 if Site.failures else 200
        Site.failures = 0
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def job():
    with HTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        retries = urllib3.Retry(2, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
        with urllib3.PoolManager(retries=retries) as pool:
            got = pool.request(
                "POST",
                f"http://127.0.0.1:{server.server_port}/",
                fields={"f": ("a.txt", "text é")},
                multipart_boundary="b",
            )
        server.shutdown()
    return [got.status, got.data.decode(), urllib3.util.parse_url("http://example.org:80/a%20b?c#d").request_uri]
