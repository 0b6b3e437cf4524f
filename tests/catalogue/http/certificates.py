"""Certificates for tests of TLS, made by openssl: an authority, servers, a client, and some that do not hold."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

_OPENSSL_CA = """\
[ca]
default_ca = all
[all]
database = index.txt
rand_serial = yes
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
"""


@dataclass(frozen=True)
class Certificates:
    """An authority, a server's certificate for 127.0.0.1, ::1 and service.test, another authority, a client's own."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Certificates:
        made = cls(folder)
        made._authority("ca")
        made._authority("other")
        made._signed("server", "subjectAltName=IP:127.0.0.1,IP:::1,DNS:service.test,DNS:localhost")
        made._signed("wrong", "subjectAltName=DNS:elsewhere.test")
        made._signed("old", "subjectAltName=IP:127.0.0.1", "20210101000000Z")
        made._signed("client", "extendedKeyUsage=clientAuth")
        return made

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def context(self, name: str = "server", *, of_clients: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        if of_clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.folder / "ca.pem")
        return context

    def _authority(self, name: str) -> None:
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                      "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem",
                      "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip

    def _signed(self, name: str, extension: str, until: str = "20491231235959Z") -> None:
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
        (self.folder / f"{name}.ext").write_text(f"{extension}\n")
        (self.folder / "index.txt").touch()
        (self.folder / "ca.conf").write_text(_OPENSSL_CA)
        self._openssl("ca", "-batch", "-config", "ca.conf", "-startdate", "20200101000000Z", "-enddate", until,
                      "-notext", "-extfile", f"{name}.ext", "-in", f"{name}.csr", "-out", f"{name}.pem")  # fmt: skip

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
