"""The flow that existing clients have scripted with curl, with each way in which mail goes out."""

import json
import re
from pathlib import Path
from typing import Any

from harness.certificates import Certificate
from harness.mailboxes import DevelopmentInbox, Mailboxes, newest_code
from harness.resend import resend_server
from harness.service import PASSWORD, MakeService, Service
from harness.smtp import SmtpMailboxes, smtp_server, smtp_settings
from harness.waiting import wait_until
from identity_client import curl, sign_in

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def without_time(data: dict[str, Any], name: str) -> dict[str, Any]:
    """`data` but for the time under `name`, which must be one."""
    assert re.fullmatch(TIME, data[name]), data
    return {key: value for key, value in data.items() if key != name}


def event_file(folder: Path) -> Path:
    return folder / "events"


def events_of(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The events of one type in the file that they are appended to."""
    file = event_file(folder)
    lines = file.read_text().splitlines() if file.exists() else []
    return [event for event in map(json.loads, lines) if event["eventType"] == kind]


def run_flow(folder: Path, service: Service, mails: Mailboxes) -> None:
    email, new = "user@example.com", "newemail@example.com"
    account = {"email": email, "password": PASSWORD, "username": "old_username"}
    status, answer = service.post("/auth/register", account)
    assert status == 202, answer
    registration = answer["data"]["registrationId"]
    proof = {"email": email, "otp": newest_code(mails, email), "registrationId": registration}
    assert service.post("/auth/email/verify", proof)[0] == 200
    status, answer = service.post("/auth/login", {"email": email, "password": PASSWORD})
    assert status == 200, answer
    token, user = answer["data"]["accessToken"], answer["data"]["user"]["userId"]

    path = "/auth/profile/username"
    status, answer = curl(service, "PUT", path, token, {"username": "test_user_123"})
    changed = answer["data"]["lastUsernameUpdated"]
    assert without_time(answer["data"], "lastUsernameUpdated") == {"username": "test_user_123"}
    assert (status, answer["success"]) == (200, True), answer
    assert answer["message"] == "Username updated successfully", answer
    assert set(answer) == {"success", "message", "data"}, answer
    status, answer = curl(service, "PUT", path, token, {"username": "another_name"})
    text = "Username can only be updated once every 15 days. Please wait 15 more days."
    assert (status, answer["success"], answer["error"]) == (400, False, text), answer

    path = "/auth/profile/email/initiate"
    status, answer = curl(service, "POST", path, token, {"newEmail": new})
    text = "OTP sent to new email address. Please verify to complete email update."
    step = {"newEmail": new, "nextStep": "verify_email_update_otp"}
    assert (status, answer) == (200, {"success": True, "message": text, "data": step}), answer
    path, body = "/auth/profile/email/complete", {"newEmail": new, "otp": newest_code(mails, new)}
    status, answer = curl(service, "POST", path, token, body)
    updated = {"email": new, "emailVerified": True}
    assert without_time(answer["data"], "emailVerifiedAt") == updated, answer
    assert (status, answer["success"]) == (200, True), answer
    assert answer["message"] == "Email updated successfully", answer
    status, answer = curl(service, "POST", path, token, body)
    assert status == 400 and answer["success"] is False, answer

    [event] = wait_until("the event", lambda: events_of(folder, "user.username_updated"))
    assert event["data"] == {
        "userId": user,
        "email": email,
        "oldUsername": "old_username",
        "newUsername": "test_user_123",
        "updatedAt": changed,
    }, event
    [event] = wait_until("the event", lambda: events_of(folder, "user.email_updated"))
    assert without_time(event["data"], "updatedAt") == {
        "userId": user,
        "oldEmail": email,
        "newEmail": new,
        "emailVerified": True,
    }, event
    for name in [new, "test_user_123"]:
        assert sign_in(service, name)[0] == 200, name
    for name in [email, "old_username"]:
        assert sign_in(service, name)[0] == 401, name


def test_the_curl_flow_with_codes_from_the_development_inbox(
    folder: Path, make_mail_service: MakeService
) -> None:
    with make_mail_service(SELFSAME_EVENTS_FILE=str(event_file(folder))) as service:
        run_flow(folder, service, DevelopmentInbox(service))


def test_the_curl_flow_with_codes_that_came_by_smtp(
    folder: Path, certificate: Certificate, make_mail_service: MakeService
) -> None:
    mails, events = SmtpMailboxes(), {"SELFSAME_EVENTS_FILE": str(event_file(folder))}
    with smtp_server(mails, certificate) as port:
        with make_mail_service(**events, **smtp_settings(port)) as service:
            run_flow(folder, service, mails)


def test_the_curl_flow_with_codes_that_were_sent_through_resend(
    folder: Path, make_mail_service: MakeService
) -> None:
    events = {"SELFSAME_EVENTS_FILE": str(event_file(folder))}
    with resend_server() as resend, make_mail_service(**events, **resend.settings()) as service:
        run_flow(folder, service, resend)
