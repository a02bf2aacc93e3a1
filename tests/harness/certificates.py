"""Certificates for servers that the program connects to over TLS."""

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple


class Certificate(NamedTuple):
    """Paths of two PEM files."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """For a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def self_signed(folder: Path, host: str = "localhost") -> Certificate:
    """`cert.pem` and `key.pem` in `folder`, which is made, for `host`, valid for two days.

    `CA:FALSE`, because rustls refuses a certificate authority as a server's own certificate.
    """
    folder.mkdir(exist_ok=True)
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    line = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    line += ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    line += ["-addext", "basicConstraints=critical,CA:FALSE"]
    line += ["-out", str(made.certificate), "-keyout", str(made.key)]
    subprocess.run(line, check=True, capture_output=True)
    return made
