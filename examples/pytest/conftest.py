"""One twin for the session, empty phones for every test."""

import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest


class Twin:
    def __init__(self):
        program = os.environ.get("STENTOR_BIN", "stentor")
        command = [program, "dev", "--ephemeral", "--json", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.ready = json.loads(self.process.stdout.readline())
        self.url, self.api_key = self.ready["url"], self.ready["api_key"]

    def admin(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.ready['admin_key']}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def reset(self):
        """No message, nobody who stopped, no faults: as it was started."""
        self.admin("POST", "/sim/reset", {"messages": True})

    def phone(self, number):
        """What the phone shows, newest first."""
        return self.admin("GET", f"/sim/messages/{number}")

    def wait(self, message, state, seconds=50):
        """The message's timeline, once it is `state`."""
        account, message = self.ready["account_id"], urllib.parse.quote(message, safe="")
        path = f"/admin/v1/accounts/{account}/messages/{message}/wait?state={state}&timeout_s={seconds}"
        return self.admin("GET", path)

    def advance(self, by):
        """Moves the time: `8d`, `2h`, `30s`."""
        self.admin("POST", "/sim/advance", {"by": by})


@pytest.fixture(scope="session")
def session_twin():
    twin = Twin()
    yield twin
    twin.process.terminate()
    twin.process.wait(30)


@pytest.fixture
def twin(session_twin):
    session_twin.reset()
    return session_twin
