"""The code under test: a shop that tells its customers of a sale, and hears who wants no more of it."""

import json
import urllib.error
import urllib.request


class Shop:
    def __init__(self, url, key):
        self.url, self.key = url, key

    def announce(self, to):
        """Sends the sale's template; the message's id."""
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to,
            "type": "template",
            "template": {"name": "marketing_text_no_param", "language": {"policy": "deterministic", "code": "en"}},
        }
        headers = {"Content-Type": "application/json", "D360-API-KEY": self.key}
        request = urllib.request.Request(f"{self.url}/marketing_messages", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)["messages"][0]["id"]
        except urllib.error.HTTPError as refused:
            raise RuntimeError(json.load(refused)["error"]) from None
