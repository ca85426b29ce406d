"""The oldest published Planhat client against the Planhat twin: it still writes as was usual in 2019."""

from planhat import Planhat
from requests.exceptions import HTTPError

from twin import Checks, main

TENANT = "11111111-2222-4333-8444-555555555555"


class Old(Checks):
    """Companies, contacts, users and conversations with comments."""

    flags = ("--token", "right")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planhat = Planhat(cls.twin.url, TENANT, "right")
        cls.companies = [cls.made("companies", name=f"Company {number}") for number in range(3)]
        cls.user = cls.made("users", email="u@house.example", nickName="u", firstName="Ulf", lastName="User")
        for company in cls.companies[:2]:
            cls.made("endusers", companyId=company["_id"], email=f"e@{company['slug']}.example")

    @classmethod
    def made(cls, path, **body):
        return cls.planhat.request("POST", path, json=body).json()

    def test_lists(self):
        self.same([one["name"] for one in self.planhat.get_companies()], ["Company 0", "Company 1", "Company 2"])
        self.same([one["email"] for one in self.planhat.get_users()], ["u@house.example"])
        self.same(self.planhat.get_user(self.user["_id"])["nickName"], "u")
        self.same(len(self.planhat.get_contacts()), 2)

    def test_contacts_of_a_company_by_the_old_name_of_the_filter(self):
        company = self.companies[1]
        found = self.planhat.get_contacts(company_id=company["_id"])
        self.same([one["companyId"] for one in found], [company["_id"]])

    def test_a_conversation_brings_its_comments(self):
        made = self.planhat.post_conversations(
            title="note",
            description="<p>What was said</p>",
            company_id=self.companies[0]["_id"],
            user_id=self.user["_id"],
            tag="call",
            conversation="And a comment",
        )
        self.holds(made, {"type": "note", "snippet": "What was said", "activityTags": ["call"]})
        self.same(made["users"], [{"id": self.user["_id"], "name": "u", "isOwner": True}])
        self.same([one["_id"] for one in self.planhat.get_conversations()], [made["_id"]])
        [comment] = self.planhat.request("GET", "comments", params={"commentableId": made["_id"]}).json()
        self.holds(comment, {"text": "And a comment", "by": self.user["_id"], "commentableModel": "Conversation"})

    def test_refusals(self):
        for planhat, path, status in [
            (Planhat(self.twin.url, TENANT, "wrong"), "companies", 401),
            (self.planhat, "companies/0123456789abcdef01234567", 404),
        ]:
            error = self.raised(HTTPError, planhat.request, "GET", path)
            self.same(error.response.status_code, status)
        error = self.raised(HTTPError, self.planhat.post_conversations, title="note")
        self.same(error.response.status_code, 400)


if __name__ == "__main__":
    main("planhat")
