"""What the witnesses in Python share for the collector: one of their own, and a road to it on which things go wrong."""

import gzip
import http.client
import json
import shutil
import subprocess
import tempfile
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from twin import PROGRAM, Checks


class Collector:
    """A collector with one source."""

    def __init__(self):
        self.data = tempfile.mkdtemp(prefix="interline-witness-")
        self.key = self.ask("source", "add", "web").strip()
        self.process = None
        self.serve()

    def ask(self, *arguments):
        asked = [PROGRAM, *arguments, "--data", self.data]
        return subprocess.run(asked, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    def serve(self):
        """Serves, again after `stop`: what was there is there."""
        arguments = [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--json", "--data", self.data]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the collector ended with {self.process.wait()} before it listened")
        self.url = json.loads(line)["url"]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def remove(self):
        self.stop()
        shutil.rmtree(self.data)

    def events(self):
        """All events, in the order in which they came."""
        lines = self.ask("events", "list", "-n", "1000000", "--json").split("\n")
        return [json.loads(line)["event"] for line in lines if line]

    def counts(self):
        """How many events became what; all of them are counted once the collector has stopped."""
        return json.loads(self.ask("source", "show", "web", "--json"))["last_24_hours"]


class Post:
    """What was posted, and how it fared."""

    def __init__(self, path, headers, raw, fate):
        self.path, self.headers, self.fate = path, headers, fate
        self.status, self.answer = None, None
        self.body = json.loads(gzip.decompress(raw) if headers.get("Content-Encoding") == "gzip" else raw)
        self.events = self.body["batch"]
        self.ids = [event["messageId"] for event in self.events]


class Road(ThreadingHTTPServer):
    """
    A road to a collector. What is posted meets what is planned, one after the other, and passes when nothing is:
    "busy" is answered 503 without being passed on, "later" too, with a time to wait, and "unanswered" is passed on, and the
    answer is dropped.
    """

    daemon_threads = True

    def __init__(self, collector):
        super().__init__(("127.0.0.1", 0), Passage)
        self.collector, self.planned, self.posts = collector, [], []
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class Passage(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        road = self.server
        post = Post(self.path, self.headers, raw, road.planned.pop(0) if road.planned else "passed")
        road.posts.append(post)
        if post.fate in ("busy", "later"):
            self.send_response(503)
            if post.fate == "later":
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        passed_on = {name: value for name, value in self.headers.items() if name not in ("Host", "Connection")}
        collector = http.client.HTTPConnection(urlsplit(road.collector.url).netloc, timeout=30)
        collector.request("POST", self.path, raw, passed_on)
        answer = collector.getresponse()
        post.status, post.answer = answer.status, answer.read()
        collector.close()
        self.close_connection = True
        if post.fate == "unanswered":
            return
        self.send_response(post.status)
        self.send_header("Content-Type", answer.headers["Content-Type"])
        self.send_header("Content-Length", str(len(post.answer)))
        self.end_headers()
        self.wfile.write(post.answer)


def moment(time):
    """A time as text, of at most microseconds."""
    return datetime.fromisoformat(padded(time.replace("Z", "+00:00")))


def padded(time):
    """Before 3.11 Python reads only three or six digits."""
    head, zone = time[:-6], time[-6:]
    whole, _, fraction = head.partition(".")
    return f"{whole}.{fraction:0<6}{zone}"


class Collecting(Checks):
    """Tests each against a collector of its own."""

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        self.collector = Collector()
        self.addCleanup(self.collector.remove)
        self.road = Road(self.collector)
        self.addCleanup(self.road.close)

    def arrived(self):
        """Each event that reached the collector is there once, in order, as it was sent; nothing else is there."""
        sent = {}
        for post in self.road.posts:
            if post.status == 200:
                for event in post.events:
                    sent.setdefault(event["messageId"], dict(event, sentAt=post.body["sentAt"]))
        stored = self.collector.events()
        self.same([event["messageId"] for event in stored], list(sent), "each once, in order")
        times = ("timestamp", "originalTimestamp", "receivedAt", "sentAt")
        for event in stored:
            said = sent[event["messageId"]]
            kept = {name: value for name, value in event.items() if name not in times}
            # What an event has as null it does not have, and ids are texts.
            given = {name: value for name, value in said.items() if name not in times and value is not None}
            given.update((name, str(given[name])) for name in ("groupId", "previousId") if name in given)
            self.same(kept, given, "as it was sent")
            timestamp, original, received, sent_at = (moment(event[name]) for name in times)
            self.same((original, sent_at), (moment(said["timestamp"]), moment(said["sentAt"])))
            self.same(timestamp, received - (sent_at - original), "when it took place by the collector's clock")
        return stored

    def counted(self, **expected):
        """So many events became what."""
        self.collector.stop()
        self.same(self.collector.counts(), {"accepted": 0, "repeated": 0, "discarded": {}, **expected})
        self.collector.serve()
