"""What the witnesses in Python share for the collector: one of their own, and a road to it on which things go wrong."""

import gzip
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import threading
import urllib.request
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep
from urllib.parse import urlsplit

from twin import PROGRAM, Checks, Twin


class Collector:
    """A collector with one source; with `planhat`, its events go to a twin."""

    def __init__(self, planhat=False):
        self.data = tempfile.mkdtemp(prefix="interline-witness-")
        self.twin = self.bring() if planhat else None
        self.key = self.ask("source", "add", "web", *(["--to", "acme"] if planhat else [])).strip()
        self.process = None
        self.serve()

    def ask(self, *arguments):
        asked = [PROGRAM, *arguments, "--data", self.data]
        return subprocess.run(asked, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    def bring(self):
        """Starts a Planhat twin, and makes the connection to it."""
        twin = Twin("--token", "T", "--control")
        os.environ["WITNESS_PLANHAT"] = "T"
        settings = ("subdomain=app.planhat.com", "tenant=TENANT", f"events_url={twin.url}")
        flags = [flag for setting in settings for flag in ("--set", setting)]
        self.ask("connection", "add", "acme", "planhat", "--secret-env", "WITNESS_PLANHAT", "--base-url", twin.url, *flags)
        return twin

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
        if self.twin:
            self.twin.stop()
        shutil.rmtree(self.data)

    def events(self):
        """All events, in the order in which they came."""
        lines = self.ask("events", "list", "-n", "1000000", "--json").split("\n")
        return [json.loads(line)["event"] for line in lines if line]

    def counts(self):
        """How many events became what; all of them are counted once the collector has stopped."""
        return json.loads(self.ask("source", "show", "web", "--json"))["last_24_hours"]

    def became(self):
        """What events became; what waits for another event is held for a moment, and counted."""
        counts = json.loads(self.ask("events", "deliveries", "--json"))[0]["last_hour"]
        return {what: events for what, events in counts.items() if what != "held"}

    def held(self):
        return json.loads(self.ask("events", "held", "--json"))

    def there(self):
        """All that Planhat has, by object."""

        def told(path):
            request = urllib.request.Request(f"{self.twin.url}/_twin/{path}", headers={"Authorization": "Bearer T"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read().decode()

        there = {name: told(f"dump?object={name}").split("\n") for name in json.loads(told("objects"))["objects"]}
        return {name: records for name, lines in there.items() if (records := [json.loads(line) for line in lines if line])}


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


def action(event):
    """What an event becomes in Planhat, by name."""
    if event["type"] == "track":
        return event["event"]
    return f"Viewed {event['name']} Page" if "name" in event else "Loaded a Page"


def meant(event):
    """The activity that an event becomes. Planhat's times are of milliseconds: what is finer is cut off."""
    info = event["properties"]
    date = moment(event["timestamp"]).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return {"action": action(event), "date": date, "info": {**info, "source": "Segment"}, "weight": info.get("weight", 1)}


def named(activity):
    """Tells activities apart: `Used 7`."""
    at = activity["info"].get("at")
    return activity["action"] if at is None else f"{activity['action']} {at}"


class Collecting(Checks):
    """Tests each against a collector of its own."""

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self, planhat=False):
        self.collector = Collector(planhat)
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

    def brought(self, events, *, became, held, company, person, did):
        """
        Once everything was brought, Planhat has one company, one person of it, and what this person did: each event once, as it was
        said, when it took place. Nothing else is there. So many events became what, and some are held: their names, why, and for whom.
        """
        self.settled(became)
        of = {event["messageId"]: event for event in events}
        waiting = [(action(of[one["id"]]), one["reason"], one["waits_for"]) for one in self.collector.held()]
        self.same(waiting, held, "what is held")
        there = self.collector.there()
        companies, people, fields, activities = (there.pop(name, []) for name in ("company", "enduser", "customfield", "activity"))
        self.same((len(companies), len(people), there), (1, 1, {}), "nothing else")
        self.holds(companies[0], company)
        self.holds(people[0], {**person, "companyId": companies[0]["_id"]})
        self.same(sorted(field["name"] for field in fields), sorted([*company["custom"], *person["custom"]]), "their own fields")
        whose = {"companyId": companies[0]["_id"], "euId": people[0]["_id"], "error": None}
        done = [{**meant(event), **whose} for event in events if event["type"] in ("track", "page")]
        found = [{name: one.get(name) for name in done[0]} for one in activities]
        done = [one for one in done if named(one) in did]
        self.same(sorted(found, key=named), sorted(done, key=named), "each once, as it was said")
        self.same(sorted(map(named, found)), sorted(did), "what was done")

    def settled(self, became):
        """Waits until so many events became what, and then for what may come too much."""
        late = monotonic() + 60
        while self.collector.became() != became and monotonic() < late:
            sleep(0.1)
        sleep(1.5)
        self.same(self.collector.became(), became, "what events became")
