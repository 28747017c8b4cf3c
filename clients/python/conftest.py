"""A `stentor dev` of its own and a webhook receiver for every test."""

import json
import os
import queue
import subprocess
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Twin:
    """A running `stentor dev`, as its ready line describes it."""

    def __init__(self):
        command = [os.environ["STENTOR_BIN"], "dev", "--ephemeral", "--json", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.ready = json.loads(self.process.stdout.readline())

    def __getattr__(self, name):
        return self.ready[name]

    def admin(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.admin_key}", "Content-Type": "application/json"}
        return self._call(method, path, body, headers)

    def customer(self, method, path, body=None):
        return self._call(method, path, body, {"D360-API-KEY": self.api_key, "Content-Type": "application/json"})

    def _call(self, method, path, body, headers):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0


class Receiver:
    """Takes webhooks and hands them on with their signature."""

    def __init__(self):
        self.webhooks = queue.Queue()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.webhooks.put((body, self.headers["X-Hub-Signature-256"]))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def twin(receiver):
    twin = Twin()
    twin.customer("POST", "/v1/configs/webhook", {"url": receiver.url})
    yield twin
    twin.stop()
