"""Fixtures of the tests of webhooks."""

from pathlib import Path

import pytest

from harness.certificates import Certificate, self_signed
from harness.service import CHEAP_HASHES, IMMEDIATE_REGISTRATION
from webhook_service import MakeWebhookService, WebhookService


@pytest.fixture
def hook_certificate(folder: Path) -> Certificate:
    """For hook.test, the name that a test lets lead elsewhere."""
    return self_signed(folder, "hook.test")


@pytest.fixture
def make_service(program: Path, folder: Path, hook_certificate: Certificate) -> MakeWebhookService:
    """Makes the program; keyword arguments are further settings."""
    base = {
        **CHEAP_HASHES,
        **IMMEDIATE_REGISTRATION,
        # Access tokens name their issuer, which must stay the same over a restart.
        "SELFSAME_PUBLIC_URL": "http://accounts.test",
        "SSL_CERT_FILE": str(hook_certificate.certificate),
        "SELFSAME_WEBHOOKS_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    return lambda **settings: WebhookService(program, folder, {**base, **settings})
