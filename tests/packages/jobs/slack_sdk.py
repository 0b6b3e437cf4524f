"""A client against a server in the process, blocks, a signature, an error."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ButtonElement, SectionBlock
from slack_sdk.signature import SignatureVerifier


class Api(BaseHTTPRequestHandler):
    def do_POST(self):
        given = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        answer = {"ok": True, "text": given} if self.path.endswith("postMessage") else {"ok": False, "error": "no_é"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def job():
    block = SectionBlock(text="é", accessory=ButtonElement(text="b", action_id="a"))
    with HTTPServer(("127.0.0.1", 0), Api) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        client = WebClient("xoxb-1", base_url=f"http://127.0.0.1:{server.server_port}/")
        made = client.chat_postMessage(channel="C", text="ü")
        try:
            client.auth_test()
        except SlackApiError as error:
            failed = error.response["error"]
        server.shutdown()
    signature = SignatureVerifier("secret").generate_signature(timestamp="1", body="x")
    return [made["text"], failed, block.to_dict(), signature]
