"""A client over HTTP against a server in the process, a name that is not ASCII, and a transport that answers itself."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx


class Site(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def job():
    with HTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with httpx.Client() as client:
            echo = client.post(f"http://127.0.0.1:{server.server_port}/", json={"a": [1, "é"]}).json()
        server.shutdown()
    seen = []

    def answer(request):
        seen.append([request.headers["Host"], request.url.raw_path.decode()])
        return httpx.Response(200, text="ok")

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        client.get("https://bücher.example/straße?q=ü")
    return [echo, seen]
