"""A real SMTP server (aiosmtpd) that insists on STARTTLS and AUTH."""

import contextlib
import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from harness.certificates import Certificate
from harness.ports import free_port

USER, PASSWORD = "mailer", "p@ss:word"


class SmtpMailboxes:
    """What an SMTP server was handed: `mails` are (recipient, mail), oldest first.

    An address that begins with `refused` is answered 550.
    """

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []

    def texts(self, address: str) -> list[str]:
        """The text parts of the mails to an address, newest first."""
        mails = [mail for to, mail in self.mails if to == address]
        return [text_of(mail) for mail in reversed(mails)]

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Called by aiosmtpd for each recipient."""
        if address.startswith("refused"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        """Called by aiosmtpd for each mail."""
        assert session.ssl and session.authenticated, "a mail came without TLS or AUTH"
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos[0], mail))
        return "250 OK"


def text_of(mail: EmailMessage) -> str:
    """The text part, which is the first one."""
    return next(mail.iter_parts()).get_content()


@contextlib.contextmanager
def smtp_server(mailboxes: SmtpMailboxes, certificate: Certificate, port: int = 0) -> Iterator[int]:
    """Serves on localhost and gives the port, another one unless `port` says which."""
    controller = Controller(
        mailboxes,
        hostname="localhost",
        port=port or free_port(),
        tls_context=certificate.server_context(),
        require_starttls=True,
        authenticator=_is_password_right,
        auth_required=True,
        server_hostname="localhost",
    )
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def smtp_settings(port: int, password: str = "p%40ss%3Aword") -> dict[str, str]:
    """Has the program send through that server. `password` is percent-encoded."""
    url = f"smtp://{USER}:{password}@localhost:{port}?tls=required"
    return {"EMAIL_PROVIDER": "smtp", "SMTP_URL": url}


def _is_password_right(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
) -> AuthResult:
    good = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)
