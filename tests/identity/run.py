"""Who somebody is, end to end: the flow that existing clients have scripted with curl, with each way in which mail goes out, and the
limits of one-time passwords on the real program, alone and with two processes on one store.

    python tests/identity/run.py PROGRAM

Every test starts what it needs on free ports of this machine and stops it again. The last line counts what passed and failed.
"""

import concurrent.futures
import contextlib
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mail"))

import servers
from servers import PASSWORD, Postbox, Service, resend, run, smtp_server, smtp_settings, until

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
UNLIMITED = {
    f"SELFSAME_{name}_PER_MINUTE": "1000000" for name in
    ["ANONYMOUS_REQUESTS", "ACCOUNT_REQUESTS", "AUTH_REQUESTS", "REGISTRATIONS", "SESSION_REQUESTS"]
}
UNLIMITED["SELFSAME_CODE_MAILS_PER_HOUR"] = "0"
PRODUCTION = {**servers.PRODUCTION, **UNLIMITED}


# -- mailboxes: the text of the newest mail to somebody ----------------------------------------------------------------------


class Inbox:
    """What the service itself shows in development."""

    def __init__(self, service):
        self.service = service

    def texts(self, address):
        status, answer = self.service.call("GET", f"/dev/mail/messages?to={address}")
        assert status == 200, answer
        return [mail["text"] for mail in json.loads(answer)]


class SmtpMails:
    """What an SMTP server was handed."""

    def __init__(self, box):
        self.box = box

    def texts(self, address):
        mails = [mail for to, mail in self.box.mails if to == address]
        return [next(mail.iter_parts()).get_content() for mail in reversed(mails)]


class ResendMails:
    """What a stand-in for Resend was handed."""

    def __init__(self, requests):
        self.requests = requests

    def texts(self, address):
        return [body["text"] for _, _, body in reversed(self.requests) if body["to"] == [address]]


def code(mails, address):
    look = lambda: [found.group(1) for text in mails.texts(address) for found in [re.search(r"^    (\d{6})\r?$", text, re.M)] if found]
    return until(f"a code for {address}", look)[0]


# -- the flow of curl -----------------------------------------------------------------------------------------------------------


def curl(service, method, path, token, body):
    """As people type it. The status and the body."""
    command = [
        "curl", "-sS", "-X", method, service.url + path, "-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json",
        "-d", json.dumps(body), "-w", "\n%{http_code}",
    ]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    body, _, status = answer.rpartition("\n")
    return int(status), json.loads(body)


def without_time(data, name):
    """`data` but for the time under `name`, which must be one."""
    assert re.fullmatch(TIME, data[name]), data
    return {key: value for key, value in data.items() if key != name}


def told(folder, kind):
    """The events of one kind in the file that they are appended to."""
    with contextlib.suppress(FileNotFoundError), open(os.path.join(folder, "events")) as lines:
        events = [json.loads(line) for line in lines]
        return [event for event in events if event["eventType"] == kind]
    return []


def the_whole_flow(folder, service, mails):
    email, new = "user@example.com", "newemail@example.com"
    account = {"email": email, "password": PASSWORD, "username": "old_username"}
    status, answer = service.post("/auth/register", account)
    assert status == 202, answer
    shown = {"email": email, "otp": code(mails, email), "registrationId": answer["data"]["registrationId"]}
    assert service.post("/auth/email/verify", shown)[0] == 200
    status, answer = service.post("/auth/login", {"email": email, "password": PASSWORD})
    assert status == 200, answer
    token, user = answer["data"]["accessToken"], answer["data"]["user"]["userId"]

    status, answer = curl(service, "PUT", "/auth/profile/username", token, {"username": "test_user_123"})
    changed = answer["data"]["lastUsernameUpdated"]
    assert without_time(answer["data"], "lastUsernameUpdated") == {"username": "test_user_123"}, answer
    assert (status, answer["success"], answer["message"]) == (200, True, "Username updated successfully"), answer
    assert set(answer) == {"success", "message", "data"}, answer
    status, answer = curl(service, "PUT", "/auth/profile/username", token, {"username": "another_name"})
    text = "Username can only be updated once every 15 days. Please wait 15 more days."
    assert (status, answer["success"], answer["error"]) == (400, False, text), answer

    status, answer = curl(service, "POST", "/auth/profile/email/initiate", token, {"newEmail": new})
    text = "OTP sent to new email address. Please verify to complete email update."
    step = {"newEmail": new, "nextStep": "verify_email_update_otp"}
    assert (status, answer) == (200, {"success": True, "message": text, "data": step}), answer
    body = {"newEmail": new, "otp": code(mails, new)}
    status, answer = curl(service, "POST", "/auth/profile/email/complete", token, body)
    assert without_time(answer["data"], "emailVerifiedAt") == {"email": new, "emailVerified": True}, answer
    assert (status, answer["success"], answer["message"]) == (200, True, "Email updated successfully"), answer
    status, answer = curl(service, "POST", "/auth/profile/email/complete", token, body)
    assert status == 400 and answer["success"] is False, answer

    [event] = until("the event", lambda: told(folder, "user.username_updated"))
    assert event["data"] == {
        "userId": user, "email": email, "oldUsername": "old_username", "newUsername": "test_user_123", "updatedAt": changed,
    }, event
    [event] = until("the event", lambda: told(folder, "user.email_updated"))
    assert without_time(event["data"], "updatedAt") == {
        "userId": user, "oldEmail": email, "newEmail": new, "emailVerified": True,
    }, event
    for name in [new, "test_user_123"]:
        assert service.post("/auth/login", {"identifier": name, "password": PASSWORD})[0] == 200, name
    for name in [email, "old_username"]:
        assert service.post("/auth/login", {"identifier": name, "password": PASSWORD})[0] == 401, name


def events_in(folder):
    return {"SELFSAME_EVENTS_FILE": os.path.join(folder, "events")}


def the_curl_flow_with_codes_from_the_development_inbox(folder):
    with Service(folder, **events_in(folder)) as service:
        the_whole_flow(folder, service, Inbox(service))


def the_curl_flow_with_codes_that_came_by_smtp(folder):
    box = Postbox()
    with smtp_server(folder, box) as port, Service(folder, **events_in(folder), **smtp_settings(port)) as service:
        the_whole_flow(folder, service, SmtpMails(box))


def the_curl_flow_with_codes_that_resend_was_handed(folder):
    with resend() as (url, requests):
        settings = {"EMAIL_PROVIDER": "resend", "RESEND_API_KEY": "re_0123456789abcdef", "RESEND_API_URL": url}
        with Service(folder, **events_in(folder), **settings) as service:
            the_whole_flow(folder, service, ResendMails(requests))


# -- limits ---------------------------------------------------------------------------------------------------------------------


def other_than(right):
    return f"{(int(right) + 1) % 1_000_000:06}"


def verify(service, otp):
    status, answer = service.post("/auth/email/verify", {"email": "ada@example.org", "otp": otp, "password": PASSWORD})
    return status, answer.get("code")


def verify_registration(service, otp, registration):
    """The same without the password: many at once do not wait for each other's hashes."""
    body = {"email": "ada@example.org", "otp": otp, "registrationId": registration}
    status, answer = service.post("/auth/email/verify", body)
    return status, answer.get("code")


def again(service, _=None):
    return service.post("/auth/email/verify/resend", {"email": "ada@example.org"})[0]


def at_once(calls):
    """The answers of all calls, made by 100 threads."""
    with concurrent.futures.ThreadPoolExecutor(100) as threads:
        return [call.result() for call in [threads.submit(*call) for call in calls]]


def the_fourth_wrong_code_in_a_quarter_of_an_hour_is_refused_though_it_is_right(folder):
    box = Postbox()
    with smtp_server(folder, box) as port, Service(folder, **PRODUCTION, **smtp_settings(port)) as service:
        service.register("ada")
        right = code(SmtpMails(box), "ada@example.org")
        for _ in range(3):
            assert verify(service, other_than(right)) == (400, "otp_invalid")
        assert verify(service, right) == (429, "rate_limited")
        assert again(service) == 202
        until("another mail", lambda: len(box.mails) == 2)
        assert verify(service, code(SmtpMails(box), "ada@example.org")) == (429, "rate_limited"), "another code changes nothing"


def the_eleventh_mail_with_a_code_in_an_hour_is_not_sent_whoever_asks_for_it(folder):
    box = Postbox()
    with smtp_server(folder, box) as port, Service(folder, **PRODUCTION, **smtp_settings(port)) as service:
        service.register("ada")
        assert [again(service) for _ in range(10)] == [202] * 9 + [429]
        for _ in range(3):
            assert service.post("/auth/password/forgot", {"email": "ada@example.org"})[0] == 202, "which says nothing about the limit"
        until("ten mails", lambda: service.mails("sent") == 10)
        service.register("eve")
        until("the mail behind them", lambda: "eve@example.org" in [to for to, _ in box.mails])
        assert [to for to, _ in box.mails].count("ada@example.org") == 10


def of_a_hundred_wrong_codes_at_once_three_are_looked_at(folder):
    box = Postbox()
    with smtp_server(folder, box) as port, Service(folder, **PRODUCTION, **smtp_settings(port)) as service:
        registration = service.register("ada")
        right = code(SmtpMails(box), "ada@example.org")
        answers = at_once([(verify_registration, service, other_than(right), registration)] * 100)
        assert (answers.count((400, "otp_invalid")), answers.count((429, "rate_limited"))) == (3, 97), answers
        assert verify_registration(service, right, registration) == (429, "rate_limited")


def two_processes_on_one_store_count_together(folder):
    box = Postbox()
    with contextlib.ExitStack() as both:
        settings = {**PRODUCTION, **smtp_settings(both.enter_context(smtp_server(folder, box)))}
        services = [both.enter_context(Service(folder, **settings)) for _ in range(2)]
        assert services[0].url != services[1].url
        registration = services[0].register("ada")
        sent = at_once([(again, services[number % 2]) for number in range(40)])
        assert (sent.count(202), sent.count(429)) == (9, 31), sent
        until("ten mails", lambda: len(box.mails) == 10)
        right = code(SmtpMails(box), "ada@example.org")
        wrong = next(f"{number:06}" for number in range(11) if f"{number:06}" not in SmtpMails(box).texts("ada@example.org"))
        answers = at_once([(verify_registration, services[number % 2], wrong, registration) for number in range(100)])
        assert (answers.count((400, "otp_invalid")), answers.count((429, "rate_limited"))) == (3, 97), answers
        for service in services:
            assert verify_registration(service, right, registration) == (429, "rate_limited")
        assert len(box.mails) == 10, "each mail was sent by one of them"


# -- whose registration it is, and what strangers can close ---------------------------------------------------------------------


def nobody_takes_an_account_over_before_its_owner_has_it(folder):
    with Service(folder) as service:
        mails, email = Inbox(service), "ada@example.org"
        register = lambda password: service.post("/auth/register", {"email": email, "password": password, "username": "ada"})
        status, own = register(PASSWORD)
        assert status == 202, own
        right = code(mails, email)
        status, thiefs = register("the thief has a plan too")
        assert status == 202, thiefs
        until("both mails", lambda: len(mails.texts(email)) == 2)
        assert "Name: ada" in mails.texts(email)[0], mails.texts(email)[0]
        give = lambda registration: service.post(
            "/auth/email/verify", {"email": email, "otp": right, "registrationId": registration["data"]["registrationId"]})
        assert give(thiefs)[1]["code"] == "otp_invalid"
        assert service.post("/auth/email/verify", {"email": email, "otp": right})[0] == 400, "a code alone says not whose it is"
        assert give(own)[0] == 200
        sign_in = lambda password: service.post("/auth/login", {"identifier": email, "password": password})[0]
        assert (sign_in("the thief has a plan too"), sign_in(PASSWORD)) == (401, 200)


def an_account_sends_few_codes_to_strangers_and_others_get_theirs(folder):
    box = Postbox()
    settings = {**PRODUCTION, "EMAIL_DAILY_QUOTA": "20"}
    with smtp_server(folder, box) as port, Service(folder, **settings, **smtp_settings(port)) as service:
        mails = SmtpMails(box)
        service.register("ada")
        assert verify(service, code(mails, "ada@example.org"))[0] == 200
        token = service.post("/auth/login", {"identifier": "ada", "password": PASSWORD})[1]["data"]["accessToken"]
        asked = [
            curl(service, *way, token, {name: f"stranger{number}@example.com"})[0] for number in range(200)
            for way, name in [(("PUT", "/v1/account"), "email"), (("POST", "/auth/profile/email/initiate"), "newEmail")]
        ]
        assert (asked.count(200), asked.count(429)) == (10, 390), asked
        service.register("eve")
        code(mails, "eve@example.org")
        for _ in range(3):
            assert service.post("/auth/password/forgot", {"email": "ada@example.org"})[0] == 202
        until("three mails about a new password", lambda: len(mails.texts("ada@example.org")) == 4)


def who_finds_the_mailbox_full_of_codes_has_a_way_in(folder):
    box = Postbox()
    with smtp_server(folder, box) as port, Service(folder, **PRODUCTION, **smtp_settings(port)) as service:
        mails, email, new = SmtpMails(box), "ada@example.org", "a bridge of very old and quiet stones"
        service.register("ada")
        assert verify(service, code(mails, email))[0] == 200
        for path in ["/auth/password/forgot", "/auth/email/verify/resend"] * 6:
            service.post(path, {"email": email})
        long = lambda: re.findall(r"^    ((?:[0-9a-z]{5}-){4}[0-9a-z]{5})\r?$", "\n".join(mails.texts(email)), re.M)
        [found] = until("the last mail", long)
        reset = lambda otp, **more: service.post("/auth/password/reset", {"email": email, "otp": otp, "newPassword": new, **more})
        for _ in range(4):
            reset("000000")
        assert reset("000000")[0] == 429
        own = service.post("/auth/password/forgot", {"email": email})[1]["data"]["resetId"]
        assert reset(found, resetId=own)[0] == 200
        assert service.post("/auth/login", {"identifier": email, "password": new})[0] == 200


# -- a stolen password ------------------------------------------------------------------------------------------------------------


def a_hijacked_account_comes_back_by_the_link_in_the_old_mailbox(folder):
    with Service(folder) as service:
        mails, owner, thiefs = Inbox(service), "ada@example.org", "thief@example.net"
        service.register("ada")
        assert verify(service, code(mails, owner))[0] == 200
        sign_in = lambda name, password: service.post("/auth/login", {"identifier": name, "password": password})
        home = sign_in(owner, PASSWORD)[1]["data"]
        thief = sign_in(owner, PASSWORD)[1]["data"]
        new = {"newEmail": thiefs}
        assert curl(service, "POST", "/auth/profile/email/initiate", thief["accessToken"], new)[0] == 200
        new["otp"] = code(mails, thiefs)
        assert curl(service, "POST", "/auth/profile/email/complete", thief["accessToken"], new)[0] == 200
        changed = {"currentPassword": PASSWORD, "newPassword": "eleven quiet otters read the news"}
        assert curl(service, "POST", "/v1/account/password", thief["accessToken"], changed)[0] == 200
        assert sign_in(owner, PASSWORD)[0] == 401

        link = lambda: [found.group(1) for text in mails.texts(owner) for found in [re.search(r"/undo\?token=([\w-]+)", text)] if found]
        [token] = until("the mail to the old address", link)
        status, answer = service.post("/auth/undo", {"token": token})
        assert (status, answer["data"]) == (200, {"email": owner, "removedPasskeys": [], "nextStep": "reset_password"}), answer
        for session in [thief, home]:
            authorization = {"Authorization": f"Bearer {session['accessToken']}"}
            assert service.call("GET", "/v1/account/sessions", headers=authorization)[0] == 401
            assert service.post("/auth/refresh", {"refreshToken": session["refreshToken"]})[0] == 401
        for name in [owner, thiefs, "ada"]:
            for password in [PASSWORD, changed["newPassword"]]:
                assert sign_in(name, password)[0] == 401, (name, password)
        assert service.post("/auth/undo", {"token": token})[0] == 400, "a link is good once"

        before = len(mails.texts(owner))
        assert service.post("/auth/password/forgot", {"email": thiefs})[0] == 202
        assert service.post("/auth/password/forgot", {"email": owner})[0] == 202
        until("the code", lambda: len(mails.texts(owner)) > before)
        reset = {"email": owner, "otp": code(mails, owner), "newPassword": PASSWORD}
        assert service.post("/auth/password/reset", reset)[0] == 400, "the stolen password is not taken again"
        reset["newPassword"] = "a bridge of very old and quiet stones"
        assert service.post("/auth/password/reset", reset)[0] == 200
        status, answer = sign_in("ada", reset["newPassword"])
        assert (status, answer["data"]["user"]["email"]) == (200, owner), answer
        assert sign_in(thiefs, reset["newPassword"])[0] == 401


# -- who guesses ------------------------------------------------------------------------------------------------------------------


def an_attacker_with_many_addresses_keeps_nobody_out(folder):
    with Service(folder, SELFSAME_TRUSTED_PROXIES="127.0.0.0/8", **UNLIMITED) as service:
        def sign_in(address, password, cookie=""):
            body = json.dumps({"identifier": "ada", "password": password}).encode()
            return service.call("POST", "/auth/login", body, {"X-Forwarded-For": address, "Cookie": cookie})[0]

        service.register("ada")
        assert verify(service, code(Inbox(service), "ada@example.org"))[0] == 200
        assert sign_in("198.51.100.9", PASSWORD) == 200
        calls = [(sign_in, f"203.0.{number // 256}.{number % 256}", f"a wrong guess {number}") for number in range(300)]
        # Each costs a hash, also those that are refused, so as many at once as there is room for.
        guesses = [status for first in range(0, 300, 20) for status in at_once(calls[first:first + 20])]
        looked_at = guesses.count(401)
        assert 60 <= looked_at <= 61 and guesses.count(429) == 300 - looked_at, looked_at
        from_one = [sign_in("203.0.113.99", f"another guess {number}") for number in range(20)]
        assert from_one.count(401) <= 1, from_one
        assert sign_in("198.51.100.9", PASSWORD) == 200, "the owner, from where they have been before"
        assert sign_in("192.0.2.77", PASSWORD) == 429, "from elsewhere they are a stranger too"


TESTS = [
    the_curl_flow_with_codes_from_the_development_inbox,
    the_curl_flow_with_codes_that_came_by_smtp,
    the_curl_flow_with_codes_that_resend_was_handed,
    the_fourth_wrong_code_in_a_quarter_of_an_hour_is_refused_though_it_is_right,
    the_eleventh_mail_with_a_code_in_an_hour_is_not_sent_whoever_asks_for_it,
    of_a_hundred_wrong_codes_at_once_three_are_looked_at,
    two_processes_on_one_store_count_together,
    nobody_takes_an_account_over_before_its_owner_has_it,
    an_account_sends_few_codes_to_strangers_and_others_get_theirs,
    who_finds_the_mailbox_full_of_codes_has_a_way_in,
    a_hijacked_account_comes_back_by_the_link_in_the_old_mailbox,
    an_attacker_with_many_addresses_keeps_nobody_out,
]

sys.exit(run(TESTS))
