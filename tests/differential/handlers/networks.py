"""Networks: sockets, servers on this machine, what a URL or an address is."""

from __future__ import annotations

import http.client
import http.cookiejar
import http.cookies
import http.server
import io
import ipaddress
import select
import selectors
import socket
import socketserver
import ssl
import threading
import urllib.error
import urllib.parse
import urllib.request
import wsgiref.util
import xmlrpc.client
from contextlib import contextmanager

from entry import handler
from handlers._idioms import Idioms

idiom = Idioms()


@handler("networks")
def run(name: str) -> object:
    return idiom.run(name)


NETWORK = ipaddress.ip_network("10.0.0.0/22")
COOKIES = http.cookies.SimpleCookie('a="b c"; Path=/')
JAR = http.cookiejar.CookieJar()


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{self.command} {self.path}".encode()
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "k=v")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body[::-1])

    def log_message(self, *words):
        pass


@contextmanager
def _server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@idiom
def http_client():
    with _server() as port:
        client = http.client.HTTPConnection("127.0.0.1", port)
        client.request("GET", "/a?b")
        answer = client.getresponse()
        found = [answer.status, answer.reason, answer.getheader("content-type"), answer.read().decode()]
        client.close()
        return found


@idiom
def openers():
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with _server() as port:
        with opener.open(f"http://127.0.0.1:{port}/x") as answer:
            found = [answer.status, answer.read().decode(), answer.headers.get_content_charset()]
        request = urllib.request.Request(f"http://127.0.0.1:{port}/", data=b"abc", method="POST")
        found.append(opener.open(request).read().decode())
        try:
            opener.open(f"http://127.0.0.1:{port}/none")
        except urllib.error.HTTPError as error:
            found += [error.code, error.read().decode()]
            error.close()
        return found


@idiom
def cookies_of_servers():
    with _server() as port:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(JAR))
        opener.open(f"http://127.0.0.1:{port}/").close()
        return [[(each.name, each.value) for each in JAR], COOKIES["a"].value, COOKIES.output()]


@idiom
def urls():
    parts = urllib.parse.urlsplit("https://u:p@h.example:8443/a;b?c=1&c=2#d")
    return [
        parts.port,
        parts.username,
        urllib.parse.parse_qs(parts.query),
        urllib.parse.quote("ä /"),
        urllib.parse.urljoin("http://a/b/c", "../d"),
        urllib.parse.urlencode({"a": [1, 2]}, doseq=True),
        urllib.parse.unquote_plus("%C3%A4+b"),
        urllib.request.pathname2url("/ä b"),
    ]


@idiom
def data_urls():
    with urllib.request.urlopen("data:text/plain;base64,aGVsbG8=") as answer:
        return answer.read().decode()


@idiom
def addresses():
    return [
        NETWORK.num_addresses,
        ipaddress.ip_address("10.0.3.9") in NETWORK,
        str(ipaddress.ip_address("::ffff:1.2.3.4")),
        [str(each) for each in NETWORK.subnets(1)],
        ipaddress.ip_address("127.0.0.1").is_loopback,
    ]


@idiom
def pairs_of_sockets():
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"hello")
        found = [right.recv(9).decode(), select.select([right], [left], [], 0)[1] == [left]]
        right.settimeout(0.01)
        try:
            right.recv(1)
        except TimeoutError as error:
            found.append(str(error))
        read, write = socket.socketpair()
        socket.send_fds(left, [b"x"], [write.fileno()])
        data, descriptors, _, _ = socket.recv_fds(right, 9, 1)
        write.close()
        with read, socket.socket(fileno=descriptors[0]) as passed:
            passed.send(b"via")
            return [*found, data.decode(), read.recv(3).decode()]


@idiom
def names_of_hosts():
    found = [
        socket.gethostbyname("127.0.0.1"),
        socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4],
        socket.inet_ntop(socket.AF_INET6, b"\0" * 15 + b"\1"),
        socket.getfqdn("127.0.0.1") != "",
        socket.gethostname() == __import__("os").uname().nodename,
        socket.htons(1),
    ]
    try:
        socket.getaddrinfo("bücher.invalid", 80)
    except socket.gaierror:
        found.append("no such name")
    return found


@idiom
def selected_sockets():
    with selectors.DefaultSelector() as selector, socket.create_server(("127.0.0.1", 0)) as server:
        selector.register(server, selectors.EVENT_READ, "server")
        with socket.create_connection(server.getsockname()):
            found = [key.data for key, _ in selector.select(20)]
            server.accept()[0].close()
        poll = select.epoll()
        poll.register(server, select.EPOLLIN)
        found.append(poll.poll(0))
        poll.close()
        return [*found, type(selector).__name__]


@idiom
def servers_of_lines():
    class Lines(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.readline().upper())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Lines) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with socket.create_connection(server.server_address) as client, client.makefile("rw") as stream:
            stream.write("line\n")
            stream.flush()
            found = stream.readline()
        server.shutdown()
        thread.join()
        return found


@idiom
def unix_sockets():
    import tempfile

    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{name}/s")
        server.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{name}/s")
            other, _ = server.accept()
            with other:
                other.send(b"x")
                return [client.recv(1).decode(), len(other.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))]


@idiom
def contexts_of_tls():
    context = ssl.create_default_context()
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    plain.minimum_version = ssl.TLSVersion.TLSv1_3
    return [
        context.verify_mode.name,
        context.check_hostname,
        plain.minimum_version.name,
        ssl.HAS_TLSv1_3,
        len(context.get_ciphers()) > 5,
        ssl.OPENSSL_VERSION_INFO[0],
        len(ssl.RAND_bytes(4)),
    ]


@idiom
def handshake_that_begins():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client = context.wrap_bio(incoming, outgoing, server_hostname="a.example")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()[:3].hex()
    return None


@idiom
def errors_of_connections():
    with socket.socket() as taken:  # nobody listens there, and nobody else can
        taken.bind(("127.0.0.1", 0))
        try:
            socket.create_connection(taken.getsockname(), 5)
        except ConnectionRefusedError as error:
            return [error.errno, str(error)]


@idiom
def calls_by_xml():
    text = xmlrpc.client.dumps(({"a": [1, "ä", 2.5]},), "method")
    return [xmlrpc.client.loads(text)[1], xmlrpc.client.loads(text)[0][0]["a"]]


@idiom
def environments_of_wsgi():
    environment: dict = {}
    wsgiref.util.setup_testing_defaults(environment)
    return [environment["HTTP_HOST"], wsgiref.util.request_uri(environment), environment["wsgi.input"].read().decode()]


@idiom
def messages_of_http():
    message = http.client.parse_headers(io.BytesIO(b"A: 1\r\nB: x;\r\n y\r\na: 2\r\n\r\n"))
    return [message.get_all("a"), message["b"], http.HTTPStatus(404).phrase, http.client.responses[418]]
