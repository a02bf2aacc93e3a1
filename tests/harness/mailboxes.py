"""Where a test reads the mails that the program has sent, and the codes in them."""

import json
import re
from typing import Protocol

from harness.service import PASSWORD, Service
from harness.waiting import wait_until

# A code stands alone on an indented line of the text part.
CODE = re.compile(r"^ {4}(\d{6})\r?$", re.MULTILINE)


class Mailboxes(Protocol):
    """Anything that holds the mails of all addresses."""

    def texts(self, address: str) -> list[str]:
        """The text parts of the mails to an address, newest first."""
        ...


class DevelopmentInbox:
    """The inbox that the program itself shows in development mode."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def texts(self, address: str) -> list[str]:
        """The text parts of the mails to an address, newest first."""
        status, answer = self.service.call("GET", f"/dev/mail/messages?to={address}")
        assert status == 200, answer
        return [mail["text"] for mail in json.loads(answer)]


def newest_code(mailboxes: Mailboxes, address: str) -> str:
    """The code in the newest mail to an address that has one; waits for it."""

    def codes() -> list[str]:
        return [found[1] for text in mailboxes.texts(address) if (found := CODE.search(text))]

    return wait_until(f"a mail with a code to {address}", codes, pause=0.02)[0]


def verified_token(service: Service, name: str, password: str = PASSWORD) -> str:
    """Registers NAME@example.org through the development inbox and signs in: an access token."""
    email = f"{name}@example.org"
    service.request_registration(name, password)
    code = newest_code(DevelopmentInbox(service), email)
    proof = {"email": email, "otp": code, "password": password}
    service.data("POST", "/auth/email/verify", proof)
    login = {"identifier": name, "password": password}
    return service.data("POST", "/auth/login", login)["accessToken"]
