"""A session with the client that openapi-python-client made: `life.py URL PICTURE`.

The package has to be on the path.
"""

import io
import re
import sys
import time
from pathlib import Path

from selfsame_client import AuthenticatedClient, Client
from selfsame_client.api.avatar import post_v1_profile_avatar
from selfsame_client.api.mail import get_dev_mail_messages
from selfsame_client.api.profile import get_v1_profile, put_v1_profile
from selfsame_client.api.registration import post_auth_register
from selfsame_client.api.sessions import get_v1_account_sessions, post_auth_logout
from selfsame_client.api.sign_in import post_auth_login
from selfsame_client.api.verification import post_auth_email_verify
from selfsame_client.models import (
    Login,
    PostV1ProfileAvatarBody,
    Problem,
    ProfileUpdate,
    Register,
    TokenResponse,
    Verify,
)
from selfsame_client.types import File

URL, PICTURE = sys.argv[1], Path(sys.argv[2])
EMAIL, PASSWORD = f"life.{time.time_ns()}@example.org", "a client that was made and not written"


def good(response):
    """What a good answer holds."""
    assert response.status_code in (200, 201, 202), (response.status_code, response.content)
    return response.parsed


def code():
    """The code of the newest mail."""
    for _ in range(100):
        mails = good(get_dev_mail_messages.sync_detailed(client=anybody, to=EMAIL))
        if mails:
            return re.search(r"^ +(\d{6})$", mails[0].text, re.MULTILINE)[1]
        time.sleep(0.1)
    raise AssertionError("no mail came")


anybody = Client(base_url=URL)
applied = good(
    post_auth_register.sync_detailed(client=anybody, body=Register(email=EMAIL, password=PASSWORD))
).data
proof = {"registration_id": applied.registration_id} if hasattr(applied, "registration_id") else {}
good(
    post_auth_email_verify.sync_detailed(
        client=anybody, body=Verify(email=EMAIL, otp=code(), **proof)
    )
)
grant = good(
    post_auth_login.sync_detailed(client=anybody, body=Login(email=EMAIL, password=PASSWORD))
).data
assert isinstance(grant, TokenResponse), grant
me = AuthenticatedClient(base_url=URL, token=grant.access_token)

changed = good(
    put_v1_profile.sync_detailed(
        client=me, body=ProfileUpdate(display_name="Ada", bio=None, skills=["rust"])
    )
)
assert (changed.data.display_name, changed.data.bio, changed.data.skills) == (
    "Ada",
    "",
    ["rust"],
), changed
assert good(get_v1_profile.sync_detailed(client=me)).data.display_name == "Ada"

refused = put_v1_profile.sync_detailed(
    client=me, body=ProfileUpdate(display_name="", timezone="Mars/Base")
).parsed
assert isinstance(refused, Problem), refused
assert [(fault.pointer, fault.code) for fault in refused.errors] == [
    ("/displayName", "empty"),
    ("/timezone", "not_a_time_zone"),
], refused

picture = File(
    payload=io.BytesIO(PICTURE.read_bytes()), file_name="avatar.png", mime_type="image/png"
)
avatar = good(
    post_v1_profile_avatar.sync_detailed(client=me, body=PostV1ProfileAvatarBody(avatar=picture))
).data
assert avatar.content_type.startswith("image/") and avatar.width > 0, avatar

sessions = good(get_v1_account_sessions.sync_detailed(client=me)).data.items
assert [session.current for session in sessions] == [True], sessions
good(post_auth_logout.sync_detailed(client=me))
assert get_v1_profile.sync_detailed(client=me).status_code == 401
print("openapi-python-client: registered, verified, signed in, changed, pictured, signed out")
