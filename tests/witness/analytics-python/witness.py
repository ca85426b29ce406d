"""Segment's own library for Python against the collector."""

import logging
import unittest.mock
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import segment.analytics as module
from segment.analytics.client import Client
from segment.analytics.request import APIError

from collector import Collecting
from twin import main

# The library says on its own what is made to go wrong here.
logging.getLogger("segment").setLevel(logging.CRITICAL)

TIMESTAMP = datetime(2026, 1, 2, 5, 4, 5, 678000, timezone(timedelta(hours=2)))
CONTEXT = {"ip": "192.0.2.7", "groupId": "g-7", "traits": {"email": "ada@witness.example"}, "app": {"build": 7}}
COMMON = {"context": CONTEXT, "integrations": {"All": False, "Planhat": True}, "timestamp": TIMESTAMP}
TRAITS = {"name": "Ada", "email": "ada@witness.example", "company": {"id": "g-7"}, "age": 36}
PROPERTIES = {"revenue": 12.5, "large": 2**63, "text": "Größe \U0001f600 \"quoted\" \u2028", "none": None, "list": [1, {"two": 2}]}

# Every call, with all that it takes and with little.
CALLS = [
    ("identify", {"user_id": "u-1", "anonymous_id": "a-1", "traits": TRAITS, "message_id": "m-identify", **COMMON}),
    ("identify", {"anonymous_id": "a-2"}),
    ("track", {"user_id": "u-1", "event": "Order Completed", "properties": PROPERTIES, "message_id": "m-track", **COMMON}),
    ("track", {"anonymous_id": "a-1", "event": "Opened"}),
    ("page", {"user_id": "u-1", "name": "Home", "category": "Docs", "properties": PROPERTIES, "message_id": "m-page", **COMMON}),
    ("page", {"anonymous_id": "a-1"}),
    ("screen", {"user_id": "u-1", "name": "Start", "category": "App", "properties": PROPERTIES, "message_id": "m-screen", **COMMON}),
    ("screen", {"anonymous_id": "a-1"}),
    ("group", {"user_id": "u-1", "group_id": "g-7", "traits": {"employees": 7}, "message_id": "m-group", **COMMON}),
    ("group", {"anonymous_id": "a-1", "group_id": 7}),
    ("alias", {"user_id": "u-1", "previous_id": "a-1", "message_id": "m-alias", **COMMON}),
    ("alias", {"user_id": "u-1", "previous_id": 7}),
]
NAMES = {
    "user_id": "userId",
    "anonymous_id": "anonymousId",
    "group_id": "groupId",
    "previous_id": "previousId",
    "message_id": "messageId",
}


class Collected(Collecting):
    def open(self, **settings):
        settings = {"upload_interval": 0.3, **settings}
        client = Client(self.collector.key, host=self.road.url, on_error=self.failed, **settings)
        self.errors = []
        return client

    def failed(self, error, events):
        self.errors.append((error, events))

    def make(self, library):
        for name, call in CALLS:
            # The library writes into the context that it is given.
            call = {member: dict(value) if isinstance(value, dict) else value for member, value in call.items()}
            self.same(getattr(library, name)(**call)[0], True)

    def meant(self, stored):
        """The events are the calls."""
        self.same(len(stored), len(CALLS))
        for event, (kind, call) in zip(stored, CALLS):
            self.same(event["type"], kind)
            for name, value in call.items():
                if name == "timestamp":
                    self.same(datetime.fromisoformat(event["originalTimestamp"].replace("Z", "+00:00")), value)
                elif name == "context":
                    self.holds(event["context"], value)
                else:
                    self.same(event[NAMES.get(name, name)], str(value) if name in NAMES else value)
            self.same(event["context"]["library"], {"name": "analytics-python", "version": module.VERSION})

    def test_every_call_is_an_event_as_it_was_meant(self):
        for gzip in (False, True):
            with self.subTest(gzip=gzip):
                self.setUp()
                client = self.open(gzip=gzip)
                self.make(client)
                client.shutdown()
                self.same(self.errors, [])
                self.same([post.path for post in self.road.posts], ["/v1/batch"])
                post = self.road.posts[0]
                self.same(post.headers.get("Content-Encoding"), "gzip" if gzip else None)
                self.same((post.status, post.answer), (200, b'{"success": true}'))
                self.meant(self.arrived())

    def test_the_module_does_the_same_and_so_does_a_client_that_waits(self):
        with unittest.mock.patch.multiple(
            module, write_key=self.collector.key, host=self.road.url + "/", gzip=True, on_error=self.failed, default_client=None
        ):
            self.errors = []
            self.make(module)
            module.flush()
            module.shutdown()
        self.same(self.errors, [])
        self.meant(self.arrived())
        self.setUp()
        self.make(self.open(sync_mode=True, gzip=True))
        self.same([len(post.events) for post in self.road.posts], [1] * len(CALLS))
        self.meant(self.arrived())

    def test_what_is_no_json_by_itself_is_made_such(self):
        client = self.open()
        given = {"day": date(2026, 1, 2), "at": datetime(2026, 1, 2, 3, 4, 5), "price": Decimal("12.5"), "pair": (1, 2)}
        client.track("u-1", "Made", given, timestamp=datetime(2026, 1, 2, 3, 4, 5))
        client.shutdown()
        event = self.arrived()[0]
        self.same(event["properties"], {"day": "2026-01-02", "at": "2026-01-02T03:04:05", "price": 12.5, "pair": [1, 2]})
        self.same(datetime.fromisoformat(event["originalTimestamp"].replace("Z", "+00:00")), datetime(2026, 1, 2, 3, 4, 5, 0, timezone.utc))

    def test_what_was_refused_and_what_was_not_answered_comes_again_and_is_there_once(self):
        for gzip in (False, True):
            with self.subTest(gzip=gzip):
                self.setUp()
                self.road.planned += ["busy", "unanswered"]
                client = self.open(gzip=gzip)
                for at in range(5):
                    client.track("u-1", "Retried", {"at": at})
                client.shutdown()
                self.same(self.errors, [])
                posts = self.road.posts
                self.same([(post.fate, post.status) for post in posts], [("busy", None), ("unanswered", 200), ("passed", 200)])
                self.same([post.headers.get("X-Retry-Count") for post in posts], [None, "1", "2"])
                self.same([post.ids for post in posts], [posts[0].ids] * 3)
                self.same([event["properties"]["at"] for event in self.arrived()], [0, 1, 2, 3, 4])
                self.counted(accepted=5, repeated=5)

    def test_who_is_told_to_wait_comes_later_with_all_of_it(self):
        self.road.planned += ["later", "unanswered"]
        client = self.open(upload_size=10, gzip=True)
        for at in range(30):
            client.track("u-1", "Waited", message_id=f"m-{at}")
        client.shutdown()
        self.same(self.errors, [])
        self.same(sorted(event["messageId"] for event in self.arrived()), sorted(f"m-{at}" for at in range(30)))
        self.same(self.road.planned, [])
        self.counted(accepted=30, repeated=10)

    def test_many_batches_of_the_largest_size_come_whole(self):
        client = self.open(upload_size=1000, upload_interval=2, gzip=True)
        for at in range(60):
            client.track("u-1", "Large", {"at": at, "text": "x" * 30_000})
        client.shutdown()
        self.same(self.errors, [])
        self.same(max(len(post.events) for post in self.road.posts) >= 15, True, "batches as large as they get")
        self.same([event["properties"]["at"] for event in self.arrived()], list(range(60)))

    def test_what_every_call_says_arrives_in_planhat_once(self):
        self.setUp(planhat=True)
        self.road.planned += ["unanswered", "busy", "passed", "later", "unanswered", "busy"]
        client = self.open(upload_size=4, gzip=True)
        client.group("u-1", "g-1", {"name": "Engines", "website": "a.example", "employees": 7})
        client.identify("u-1", {"name": "Ada Lovelace", "email": "ada@a.example", "title": "Countess", "beta": False})
        for at in range(10):
            client.track("u-1", "Used", {"at": at})
        client.track("u-1", "Weighed", {"weight": 2})
        client.track("u-1", "Kept Away", integrations={"Planhat": False})
        client.track(anonymous_id="a-1", event="Nobody's")
        client.track("nobody", "Held")
        client.page("u-1", "Docs", "Home", PROPERTIES)
        client.page("u-1")
        client.screen("u-1", name="Start")
        client.alias("a-1", "u-1")
        client.shutdown()
        self.same(self.errors, [])
        self.same(self.road.planned, [])
        client = self.open(sync_mode=True)
        client.alias("u-1", "u-2")
        client.track("u-2", "Afterwards")
        self.brought(
            self.arrived(),
            became={"delivered": 18, "screens_off": 1, "no_identity": 1, "not_meant": 1},
            held=[("Held", "unknown_person", "nobody")],
            company={"externalId": "g-1", "name": "Engines", "web": "a.example", "custom": {"employees": 7}},
            person={"externalId": "u-2", "email": "ada@a.example", "position": "Countess", "custom": {"beta": False}},
            did=["Afterwards", "Loaded a Page", *(f"Used {at}" for at in range(10)), "Viewed Home Page", "Weighed"],
        )

    def test_a_refusal_is_understood(self):
        text = "x" * 40_000
        with unittest.mock.patch("segment.analytics.client.MAX_MSG_SIZE", 10**9):
            for gzip in (False, True):
                client = self.open(sync_mode=True, gzip=gzip)
                client.track("u-1", "Too Large", {"text": text})
                error = self.raised(APIError, client.track, "u-1", "Much Too Large", {"text": text * 20})
                self.same(error.status, 400)
                # What the library makes of an answer that it cannot read.
                self.same(error.code == "unknown" or error.message.startswith("{"), False, error)
        self.same(self.collector.events(), [])


if __name__ == "__main__":
    main("analytics-python")
