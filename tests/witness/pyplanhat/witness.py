"""pyplanhat against the Planhat twin: its models are typed, and read every answer strictly."""

import asyncio

from pyplanhat import (
    APIError,
    AsyncPyPlanhat,
    AuthenticationError,
    Company,
    Conversation,
    EndUser,
    InvalidRequestError,
    PyPlanhat,
    RateLimitError,
)

from twin import Checks, Twin, main

NOWHERE = "0123456789abcdef01234567"


class Typed(Checks):
    """Companies, people and conversations, through the client's types."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planhat = PyPlanhat(api_key="a-token", base_url=cls.twin.url)
        cls.addClassCleanup(cls.planhat.close)

    def live(self, resource, make, change, lacking):
        """Made, read, listed, changed, deleted; what is wrong is refused."""
        made = [resource.create(make(number)) for number in range(3)]
        for number, record in enumerate(made):
            given = make(number).model_dump(exclude_none=True, exclude_defaults=True)
            for seen in (record, resource.get(record.id), resource.get(f"extid-{record.external_id}")):
                self.same(seen.id, record.id)
                self.same({name: getattr(seen, name) for name in given}, given)
        listed = [record.id for record in resource.list()]
        self.same([record.id in listed for record in made], [True] * 3)
        changed = resource.update(made[0].id, change)
        given = change.model_dump(exclude_none=True, exclude_defaults=True)
        for seen in (changed, resource.get(made[0].id)):
            self.same({name: getattr(seen, name) for name in given}, given)
            self.same(seen.external_id, made[0].external_id)
        resource.delete(made[1].id)
        for act in (resource.get, resource.delete):
            self.same(self.raised(InvalidRequestError, act, made[1].id).status_code, 404)
        self.same(self.raised(InvalidRequestError, resource.update, NOWHERE, change).status_code, 404)
        self.same(self.raised(APIError, resource.create, lacking).status_code, 400)
        return made

    def test_companies(self):
        self.live(
            self.planhat.companies,
            lambda number: Company(
                name=f"Company {number}",
                external_id=f"c{number}",
                source_id=f"s{number}",
                domains=[f"c{number}.example"],
                phase="Onboarding",
                custom={"Region": "North", "Seats": 5, "Live": True},
            ),
            Company(name="Renamed", web="https://c0.example", custom={"Region": "South", "Seats": 6, "Live": True}),
            Company(name=""),
        )

    def test_people(self):
        company = self.planhat.companies.create(Company(name="People"))
        made = self.live(
            self.planhat.endusers,
            lambda number: EndUser(
                company_id=company.id,
                email=f"p{number}@people.example",
                external_id=f"p{number}",
                first_name="Eva",
                last_name="Ek",
                other_emails=[f"q{number}@people.example"],
                tags=["vip"],
            ),
            EndUser(position="CFO", featured=True, custom={"Team": "Finance"}),
            EndUser(company_id=company.id),
        )
        self.same(made[0].name, "Eva Ek")

    def test_conversations(self):
        company = self.planhat.companies.create(Company(name="Talk", external_id="talk"))
        made = self.live(
            self.planhat.conversations,
            lambda number: Conversation(
                company_id=company.id,
                external_id=f"t{number}",
                type="note",
                subject=f"Talk {number}",
                date="2026-01-15T00:00:00.000Z",
            ),
            Conversation(subject="Other", starred=True, pinned=True),
            Conversation(subject="Nobody's"),
        )
        self.same(made[0].is_open, False)
        by_key = self.planhat.conversations.create(Conversation(company_id="extid-talk", description="<p>One &amp; two</p>"))
        self.same((by_key.company_id, by_key.type, by_key.snippet), (company.id, "note", "One & two"))

    def test_revenue_reaches_the_company(self):
        company = self.planhat.companies.create(Company(name="Revenue"))
        license_ = {
            "companyId": company.id,
            "_currency": "EUR",
            "mrr": 100,
            "fixedPeriod": False,
            "fromDate": "2026-01-01T00:00:00.000Z",
            "renewalStatus": "ongoing",
        }
        answer = self.planhat._client.post("/licenses", json=license_)
        self.same(answer.status_code, 200, answer.text)
        read = self.planhat.companies.get(company.id)
        self.same((read.status, read.mrr), ("customer", 100.0))

    def test_the_async_client_says_the_same(self):
        async def both():
            client = AsyncPyPlanhat(api_key="a-token", base_url=self.twin.url)
            made = await asyncio.gather(
                *(client.companies.create(Company(name=f"Together {number}")) for number in range(20))
            )
            read = await asyncio.gather(*(client.companies.get(one.id) for one in made))
            await client.close()
            return made, read

        made, read = asyncio.run(both())
        self.same(len({one.id for one in made}), 20)
        self.same([one.name for one in read], [one.name for one in made])


class Trouble(Checks):
    """Tokens and limits."""

    flags = ("--token", "right", "--requests-per-minute", "3")

    def test_tokens_and_limits(self):
        with PyPlanhat(api_key="wrong", base_url=self.twin.url) as planhat:
            self.same(self.raised(AuthenticationError, planhat.companies.list).status_code, 401)
        with PyPlanhat(api_key="right", base_url=self.twin.url) as planhat:
            self.same(planhat.companies.list(), [])
            self.same(planhat.endusers.list(), [])
            self.same(self.raised(RateLimitError, planhat.conversations.list).status_code, 429)


if __name__ == "__main__":
    main("pyplanhat")
