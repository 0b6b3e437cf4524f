"""A session with retries: a redirect, a cookie, a body that is compressed, and a status that is raised."""

import gzip
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/old":
            self.send_response(302)
            self.send_header("Location", "/new")
            self.send_header("Set-Cookie", "seen=yes")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200 if self.path == "/new" else 418)
        body = gzip.compress(f"cookie {self.headers['Cookie']}, café".encode("latin-1"))
        self.send_header("Content-Type", "text/plain; charset=iso-8859-1")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def job():
    with HTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with requests.Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=Retry(total=2)))
            got = session.get(f"{url}/old", timeout=60)
            try:
                session.get(f"{url}/tea", timeout=60).raise_for_status()
            except requests.HTTPError as error:
                status = error.response.status_code
        server.shutdown()
    return [got.text, got.history[0].status_code, status, requests.certs.where().endswith("cacert.pem")]
