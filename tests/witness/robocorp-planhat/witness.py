"""Robocorp's Planhat client against the Planhat twin: every model it knows, one by one and in bulk."""

import shutil
import signal
import tempfile

import tenacity
from planhat import (
    Planhat,
    PlanhatAuthFailedError,
    PlanhatHTTPError,
    PlanhatNotFoundError,
    PlanhatServerError,
    types,
)
from planhat.session import PlanhatSession

from twin import Checks, Twin, main

TENANT = "11111111-2222-4333-8444-555555555555"
EXTERNAL, SOURCE = types.PlanhatIdType.EXTERNAL_ID, types.PlanhatIdType.SOURCE_ID
NOWHERE = "0123456789abcdef01234567"

# The client waits for seconds before it tries again; here it need not.
PlanhatSession._request.retry.wait = tenacity.wait_none()


def client(twin, token="a-token", caching=False):
    """A client of the twin, which it finds only by its hosts."""
    planhat = Planhat(api_key=token, tenant_uuid=TENANT, use_caching=caching)
    planhat.session._api_host = planhat.session._analytics_host = twin.url
    return planhat


class Model:
    """What a model needs to be made, what changes, and which keys find it in an address."""

    def __init__(self, kind, make, change, read=(), write=(), lacks=(), names=("externalId", "sourceId")):
        self.kind, self.make, self.change = kind, make, change
        self.read, self.write, self.lacks = read, write, lacks
        self.external, self.source = names

    def body(self, company, number):
        body = {**self.make(number), **self.keys(number)}
        if self.kind in (types.Company, types.CustomField, types.User, types.NPS):
            return body
        if self.kind is types.Issue:
            return {**body, "companyIds": [company]}
        return {**body, "cId" if self.kind is types.Invoice else "companyId": company}

    def keys(self, number):
        name = self.kind.__name__.lower()
        keys = {}
        if EXTERNAL in self.read + self.write:
            keys[self.external] = f"{name}-ext-{number}"
        if SOURCE in self.read + self.write:
            keys[self.source] = f"{name}-src-{number}"
        return keys


BOTH = (EXTERNAL, SOURCE)
DAY = "2026-01-15T00:00:00.000Z"


def named(kind, **change):
    return Model(
        kind,
        lambda number: {"name": f"{kind.__name__} {number}"},
        change or {"name": "Renamed"},
        read=BOTH,
        write=BOTH,
        lacks=("name", "companyId"),
    )


MODELS = [
    Model(
        types.Company,
        lambda number: {"name": f"Company {number}", "phase": "Onboarding", "domains": [f"c{number}.example"]},
        {"name": "Renamed", "description": "Größer & <b>better</b> 🌲", "tags": ["a", "b"]},
        read=BOTH,
        write=BOTH,
        lacks=("name",),
    ),
    Model(
        types.Enduser,
        lambda number: {"email": f"e{number}@people.example", "firstName": "Eva", "lastName": f"Number {number}"},
        {"position": "CFO", "phone": "+46 8 123", "tags": ["vip"]},
        read=BOTH,
        write=BOTH,
    ),
    Model(
        types.User,
        lambda number: {
            "email": f"u{number}@house.example",
            "nickName": f"u{number}",
            "firstName": "Ulf",
            "lastName": "User",
        },
        {"firstName": "Ulla"},
        read=(EXTERNAL,),
        write=(EXTERNAL,),
        lacks=("email",),
    ),
    Model(
        types.Conversation,
        lambda number: {"type": "note", "subject": f"Talk {number}", "description": "<p>Words</p>", "date": DAY},
        {"subject": "Other talk", "starred": True},
        read=(EXTERNAL,),
        write=BOTH,
        lacks=("companyId",),
    ),
    Model(
        types.Task,
        lambda number: {"mainType": "task", "action": f"Do {number}", "startTime": DAY},
        {"action": "Do other"},
        read=(SOURCE,),
        write=(SOURCE,),
        lacks=("companyId",),
    ),
    Model(
        types.License,
        lambda number: {
            "product": "Main",
            "_currency": "EUR",
            "value": 1200.5 + number,
            "fixedPeriod": True,
            "fromDate": "2026-01-01T00:00:00.000Z",
            "toDate": "2027-01-01T00:00:00.000Z",
        },
        {"value": 2400.25, "renewalStatus": "ongoing"},
        read=BOTH,
        write=BOTH,
        lacks=("companyId",),
    ),
    Model(
        types.CustomField,
        lambda number: {"name": f"Field {number}", "parent": "company", "type": "text", "isHidden": False},
        {"isFeatured": True},
        lacks=("name", "parent", "type"),
    ),
    Model(
        types.Asset,
        lambda number: {"name": f"Asset {number}", "serialNumber": "S1", "value": 10.5},
        {"status": "installed"},
        read=BOTH,
        write=BOTH,
        lacks=("name", "companyId"),
    ),
    named(types.Campaign, campaignPurpose="Win back"),
    Model(
        types.Churn,
        lambda number: {"value": 100 + number, "churnDate": DAY, "reasons": ["price"], "currency": "EUR"},
        {"comment": "They moved"},
        write=(SOURCE,),
    ),
    Model(
        types.Invoice,
        lambda number: {"currency": "EUR", "invoiceDate": 18836 + number, "dueDate": 18866, "amountTotal": 99.95},
        {"status": "paid", "paidDate": 18840},
        read=BOTH,
        write=BOTH,
        lacks=("cId",),
        names=("extId", "sourceId"),
    ),
    Model(
        types.Issue,
        lambda number: {"title": f"Issue {number}", "priority": "high", "status": "Open"},
        {"status": "Done"},
        read=(SOURCE,),
        write=(SOURCE,),
        lacks=("title",),
    ),
    Model(
        types.NPS,
        lambda number: {"email": "e0@people.example", "score": 7 + number, "comment": "Fine"},
        {"comment": "Better"},
        read=(SOURCE,),
        write=(SOURCE,),
        lacks=("email", "score"),
    ),
    Model(
        types.Opportunity,
        lambda number: {"title": f"Chance {number}", "mrr": 50.5, "salesStage": "Demo", "status": "active"},
        {"status": "won"},
        read=BOTH,
        write=(EXTERNAL,),
        lacks=("companyId",),
    ),
    named(types.Objective, health=3),
    named(types.Project, startDate=DAY),
    Model(
        types.Sale,
        lambda number: {"product": "Onboarding", "_currency": "EUR", "value": 10 + number, "salesDate": DAY},
        {"value": 11.75},
        read=BOTH,
        write=BOTH,
        lacks=("companyId", "value", "_currency"),
    ),
    named(types.Workspace),
]


class Records(Checks):
    """The life of one record of every model."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = client(cls.twin)
        cls.company = cls.client.create_object(types.Company({"name": "Owner", "domains": ["people.example"]})).id

    def refused(self, status, act, *arguments, **named):
        error = self.raised(PlanhatHTTPError, act, *arguments, **named)
        self.same(error.response.status_code, status, str(error))

    def test_every_model(self):
        for model in MODELS:
            with self.subTest(model.kind.__name__):
                self.live(model)

    def live(self, model):
        made = [self.create(model, number) for number in range(3)]
        for number, record in enumerate(made):
            self.read(model, number, record)
        self.listed(model, made)
        self.change(model, made[1])
        self.remove(model, made[2])
        for name in model.lacks:
            body = model.body(self.company, 9)
            del body[name]
            self.refused(400, self.client.create_object, model.kind(body))
        self.refused(404, self.client.get_object_by_id, model.kind, NOWHERE)
        self.refused(404, self.client.update_object, model.kind({"_id": NOWHERE, **model.change}))
        self.refused(404, self.client.delete_planhat_object, model.kind({"_id": NOWHERE}))

    def create(self, model, number):
        body = model.body(self.company, number)
        record = self.client.create_object(model.kind(body))
        self.same(isinstance(record, model.kind), True, type(record).__name__)
        self.same(len(record.id), 24, "an id has 24 digits")
        self.holds(record, body)
        return record

    def read(self, model, number, record):
        self.same(self.client.get_object_by_id(model.kind, record.id).id, record.id)
        values = {EXTERNAL: record.get(model.external), SOURCE: record.get(model.source)}
        for by in model.read:
            found = self.client.get_object_by_id(model.kind, values[by], by)
            self.same(found.id, record.id, f"by {by}")
            self.refused(404, self.client.get_object_by_id, model.kind, "nobody", by)

    def listed(self, model, made):
        ids = [record.id for record in made]
        everything = self.client.get_objects(model.kind)
        self.same([one.id for one in everything if one.id in ids], ids)
        if model.kind not in (types.Company, types.CustomField, types.User, types.NPS):
            ours = self.client.get_objects(model.kind, company_ids=[self.company])
            self.same({one.id for one in ours} >= set(ids), True)
            self.same(list(self.client.get_objects(model.kind, company_ids=NOWHERE)), [])
        [name] = list(model.make(0))[:1]
        for one in self.client.get_objects(model.kind, properties=[name]):
            self.same(set(one) <= {"_id", name}, True, f"only what was selected: {set(one)}")

    def change(self, model, record):
        changed = self.client.update_object(model.kind({"_id": record.id, **model.change}))
        self.same(changed.id, record.id)
        self.holds(self.client.get_object_by_id(model.kind, record.id), model.change)
        for by in model.write:
            key = model.external if by is EXTERNAL else model.source
            if key == "extId":
                continue
            again = self.client.update_object(model.kind({key: record[key], **model.change}))
            self.same(again.id, record.id, f"written by {key}")

    def remove(self, model, record):
        self.same(self.client.delete_planhat_object(model.kind({"_id": record.id})).status_code, 200)
        self.refused(404, self.client.get_object_by_id, model.kind, record.id)
        self.refused(404, self.client.delete_planhat_object, model.kind({"_id": record.id}))
        self.same(record.id in [one.id for one in self.client.get_objects(model.kind)], False)

    def test_notes_are_conversations(self):
        note = self.client.create_object(types.Note({"companyId": self.company, "type": "note", "subject": "A note"}))
        self.holds(note, {"type": "note", "subject": "A note", "companyName": "Owner"})
        error = self.raised(PlanhatNotFoundError, self.client.session.get, "/notes")
        self.same(error.response.status_code, 404)

    def test_a_churn_is_of_a_day(self):
        churn = self.client.create_object(types.Churn({"companyId": self.company, "value": 1, "churnDate": "2021-07-28"}))
        self.same(churn["churnDate"][:10], "2021-07-28")

    def test_tickets_come_in_bulk(self):
        tickets = types.Ticket.from_list(
            [
                {
                    "sourceId": f"z-{number}",
                    "email": f"t{number}@people.example",
                    "companyId": self.company,
                    "title": f"Ticket {number}",
                    "status": "open",
                }
                for number in range(3)
            ]
        )
        result = self.client.update_objects(tickets)
        self.holds(result, {"created": 3, "createdErrors": [], "updated": 0})
        found = self.client.get_objects(types.Ticket, company_ids=[self.company])
        self.same([one["subject"] for one in found], ["Ticket 0", "Ticket 1", "Ticket 2"])
        self.same({one["type"] for one in found}, {"ticket"})
        tickets[0]["status"] = "closed"
        self.holds(self.client.update_objects(tickets), {"created": 0, "updated": 1, "nonupdates": 2})
        self.same(self.client.delete_planhat_object(found[2]).status_code, 200)
        self.same(len(self.client.get_objects(types.Ticket)), 2)

    def test_the_lean_list_has_everyone(self):
        lean = self.client.list_all_companies()
        self.same({one.id for one in lean}, {one.id for one in self.client.get_objects(types.Company)})
        self.same(set(lean[0]) <= {"_id", "name", "externalId", "sourceId", "slug"}, True)


class Bulk(Checks):
    """Many at once, and lists of several pages."""

    def test_lists_go_through_pages(self):
        planhat = client(self.twin)
        companies = [{"name": f"Company {number}", "externalId": f"c{number}"} for number in range(2501)]
        result = planhat.update_objects(types.Company.from_list(companies))
        self.holds(result, {"created": 2501, "updated": 0, "createdErrors": []})
        self.same(len(result["insertsKeys"]), 2501)
        everyone = {one.id for one in planhat.get_objects(types.Company)}
        self.same({keys["_id"] for keys in result["insertsKeys"]} <= everyone, True)
        people = [
            {"companyId": "extid-c0", "externalId": f"p{number}", "email": f"p{number}@c0.example"}
            for number in range(4100)
        ]
        self.holds(planhat.update_objects(types.Enduser.from_list(people)), {"created": 4100})
        # Pages of 2,000 at most: this takes the client three requests.
        found = planhat.get_objects(types.Enduser, properties=["externalId"])
        ours = [one.external_id for one in found if one.external_id.startswith("p")]
        self.same(ours, [one["externalId"] for one in people])
        again = planhat.update_objects(types.Enduser.from_list([*people[:2], {**people[2], "position": "CEO"}]))
        self.holds(again, {"created": 0, "updated": 1, "nonupdates": 2})

    def test_a_bulk_write_says_what_failed(self):
        planhat = client(self.twin)
        mixed = planhat.update_objects(types.Company.from_list([{"name": "Good"}, {"externalId": "no name"}]))
        self.holds(mixed, {"created": 1})
        self.same(len(mixed["createdErrors"]), 1)
        bad = types.Company.from_list([{"externalId": "no name"}])
        error = self.raised(PlanhatHTTPError, planhat.update_objects, bad)
        self.same(error.response.status_code, 400)
        self.same(len(error.response.json()["createdErrors"]), 1)

    def test_the_cache_and_what_is_missing(self):
        planhat = client(self.twin, caching=True)
        there = planhat.create_object(types.Company({"name": "There", "externalId": "there"}))
        wanted = types.Company.from_list([{"_id": there.id}, {"_id": NOWHERE}])
        self.same([one.id for one in planhat.find_missing_objects(wanted)], [NOWHERE])
        # A list of companies has no external ids, so this one goes past the cache.
        self.same(planhat.get_object_by_id(types.Company, "there", EXTERNAL).id, there.id)

    def test_activities_are_taken(self):
        planhat = client(self.twin)
        planhat.create_object(types.Company({"name": "Active", "externalId": "active"}))
        activity = {"email": "a@active.example", "action": "Log in", "companyExternalId": "active"}
        self.same(planhat.session.create_analytics(activity).status_code, 200)
        self.same(planhat.session.create_bulk_activities([activity, activity]).status_code, 200)


class Trouble(Checks):
    """Wrong tokens, too many requests, broken bodies, and a kill."""

    flags = ("--token", "right")

    def test_only_the_right_token_is_let_in(self):
        self.same(list(client(self.twin, "right").get_objects(types.User)), [])
        for address in ("/companies", "/no-such-model"):
            error = self.raised(PlanhatHTTPError, client(self.twin, "wrong").session.get, address)
            self.same(error.response.status_code, 401)

    def test_a_path_that_is_no_model_is_not_found(self):
        self.raised(PlanhatNotFoundError, client(self.twin, "right").session.get, "/levitations")

    def test_a_broken_body_is_refused(self):
        planhat = client(self.twin, "right")
        for body in (b"{", b"[1]", b'"text"', b"\xff"):
            error = self.raised(PlanhatHTTPError, planhat.session.post, "/companies", data=body)
            self.same(error.response.status_code, 400)
            self.same(isinstance(error, (PlanhatServerError, PlanhatAuthFailedError)), False)

    def test_too_many_requests_are_tried_again(self):
        with Twin("--requests-per-minute", "3") as twin:
            planhat = client(twin)
            for _ in range(3):
                planhat.get_objects(types.User)
            error = self.raised(tenacity.RetryError, planhat.get_objects, types.User)
            self.same(error.last_attempt.attempt_number, 3)
            response = error.last_attempt.exception().response
            self.same(response.status_code, 429)
            self.same(int(response.headers["Retry-After"]) in range(1, 61), True)
            self.same(response.headers["X-Rate-Limit-Remaining"], "0")

    def test_what_was_acknowledged_is_there_after_a_kill(self):
        folder = tempfile.mkdtemp(prefix="witness-")
        try:
            first = Twin("--data", folder)
            made = client(first).create_object(types.Company({"name": "Kept", "custom": {"Region": "North"}}))
            first.stop(signal.SIGKILL)
            with Twin("--data", folder) as again:
                read = client(again).get_object_by_id(types.Company, made.id)
                self.holds(read, {"name": "Kept", "custom": {"Region": "North"}, "createdAt": made["createdAt"]})
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main("robocorp-planhat")
