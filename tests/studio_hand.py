"""A page of the studio without a browser: what it shows, what it sends, how late answers come."""

import secrets
import time

import httpx


class Hand:
    """Presses what a page offers and keeps what it shows; every answer arrives a while later."""

    def __init__(self, address, late=0.3):
        self.address, self.late = address, late
        self.http = httpx.Client(timeout=240)
        self.config = self.http.get(f"{address}config").raise_for_status().json()
        parts = self.config["components"]
        self.named = {p["props"]["elem_id"]: p["id"] for p in parts if p["props"].get("elem_id")}
        self.shown = {p["id"]: dict(p["props"]) for p in parts}
        self.session = secrets.token_hex(5)
        self.on_the_way = []  # when it arrives, what it is
        self.failures = []

    def events(self, part, kind):
        """The events of a part, those that follow from another one left out."""
        return [e for e in self.config["dependencies"] if [part, kind] in e["targets"]]

    def press(self, name, kind="click", value=None, data=None):
        """Do something with an element; a value is what it then shows."""
        part = self.named[name]
        if value is not None:
            self.set(name, value)
        [event] = self.events(part, kind)
        self.send(event, data)

    def upload(self, name, path):
        """Drop a file on an element."""
        with path.open("rb") as file:
            sent = self.http.post(f"{self.address}gradio_api/upload", files={"files": file})
        [place] = sent.raise_for_status().json()
        meta = {"_type": "gradio.FileData"}
        self.press(name, "upload", value={"path": place, "orig_name": path.name, "meta": meta})

    def look(self):
        """Let every timer tick that has no answer on its way."""
        timers = [
            e for e in self.config["dependencies"] if any(t[1] == "tick" for t in e["targets"])
        ]
        for event in timers:
            if all(other is not event for _, other, _ in self.on_the_way):
                self.send(event)

    def send(self, event, data=None):
        body = {
            "fn_index": event["id"], "session_hash": self.session, "event_data": data,
            "data": [self.shown[part].get("value") for part in event["inputs"]],
        }  # fmt: skip
        answer = self.http.post(f"{self.address}gradio_api/run/predict", json=body)
        self.on_the_way.append((time.monotonic() + self.late, event, answer.json()))

    def receive(self):
        """Show what has arrived by now."""
        now = time.monotonic()
        arrived = [each for each in self.on_the_way if each[0] <= now]
        self.on_the_way = [each for each in self.on_the_way if each[0] > now]
        for _, event, message in arrived:
            if "data" not in message:
                self.failures.append(message)
                continue
            for part, value in zip(event["outputs"], message["data"], strict=True):
                self.show(part, value)

    def show(self, part, value):
        if isinstance(value, dict) and value.get("__type__") == "update":
            self.shown[part] |= {k: v for k, v in value.items() if k != "__type__"}
        else:
            self.shown[part]["value"] = value

    def set(self, name, value):
        self.shown[self.named[name]]["value"] = value

    def value(self, name):
        return self.shown[self.named[name]].get("value")

    def is_shown(self, name):
        return self.shown[self.named[name]].get("visible", True) is True

    def until(self, what, seconds=240.0):
        """Look at the job, as a page does, until something is so."""
        end = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < end, f"the page does not come to that: {self.failures}"
            self.look()
            time.sleep(0.05)
            self.receive()
        return found
