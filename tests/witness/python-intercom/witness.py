"""Intercom's own SDK for Python against the Intercom twin."""

from intercom import Intercom
from intercom.core.api_error import ApiError

from twin import Checks, main


class Desk(Checks):
    vendor = "intercom"

    def setUp(self):
        self.sdk = self.by("a-token")

    def by(self, token):
        return Intercom(token=token, base_url=self.twin.url)

    def refused(self, status, code, act, *arguments, **named):
        error = self.raised(ApiError, act, *arguments, **named)
        self.same(error.status_code, status)
        body = error.body if isinstance(error.body, dict) else error.body.dict()
        self.same(body["errors"][0]["code"], code)

    def walked(self, search):
        """Every page of a search; by itself the SDK asks for the first page again and again."""
        found, cursor = [], None
        for _ in range(1_000):
            page = search({"per_page": 9, "starting_after": cursor} if cursor else {"per_page": 9})
            found.extend(page.items)
            following = page.response.pages.next
            if following is None:
                return found
            cursor = following.starting_after
        raise AssertionError("the pages do not end")

    def once(self, records):
        ids = [record.id for record in records]
        self.same(len(set(ids)), len(ids), "nothing twice")


class Reading(Desk):
    flags = ("--token", "a-token", "--sample", "20", "--seed", "5")

    def test_conversations_come_page_by_page(self):
        page = self.sdk.conversations.list(per_page=9)
        listed = list(page)
        self.once(listed)
        query = {"operator": "AND", "value": [{"field": "updated_at", "operator": ">", "value": "1"}]}
        found = self.walked(lambda pagination: self.sdk.conversations.search(query=query, pagination=pagination))
        self.same(sorted(one.id for one in found), sorted(one.id for one in listed))
        one = self.sdk.conversations.find(listed[0].id)
        self.same(one.id, listed[0].id)
        self.same(one.conversation_parts.total_count >= len(one.conversation_parts.conversation_parts), True)

    def test_contacts_and_companies_come_whole(self):
        contacts = list(self.sdk.contacts.list(per_page=7))
        self.once(contacts)
        self.same({contact.role for contact in contacts}, {"user", "lead"})
        companies = list(self.sdk.companies.list(per_page=6))
        self.once(companies)
        self.same(self.sdk.companies.find(companies[0].id).name, companies[0].name)

    def test_a_help_center_comes_whole(self):
        articles = list(self.sdk.articles.list(per_page=8))
        self.once(articles)
        self.same(self.sdk.articles.find(int(articles[0].id)).title, articles[0].title)

    def test_who_works_there(self):
        me = self.sdk.admins.identify()
        self.same(me.type, "admin")
        admins = self.sdk.admins.list().admins
        self.same(self.sdk.admins.find(int(admins[0].id)).name, admins[0].name)
        self.same(len(self.sdk.tags.list().data) > 0, True)


class Writing(Desk):
    flags = ("--token", "a-token", "--sample", "1", "--seed", "5")

    def person(self, address):
        return self.sdk.contacts.create(request={"role": "user", "email": address})

    def test_a_contact_is_made_changed_and_deleted(self):
        made = self.person("ada@witness.example")
        self.same((made.role, made.email), ("user", "ada@witness.example"))
        self.refused(409, "conflict", self.person, "ada@witness.example")
        self.same(self.sdk.contacts.update(made.id, name="Ada L.").name, "Ada L.")
        query = {"field": "email", "operator": "=", "value": "ada@witness.example"}
        self.same([one.id for one in self.sdk.contacts.search(query=query)], [made.id])
        tag = self.sdk.tags.create(request={"name": "witness"})
        self.same(self.sdk.tags.tag_contact(made.id, tag_id=tag.id).name, "witness")
        self.same([one.id for one in self.sdk.contacts.list_attached_tags(made.id).data], [tag.id])
        self.same(self.sdk.notes.create(made.id, body="<p>Called</p>").type, "note")
        self.same(self.sdk.contacts.delete(made.id).deleted, True)
        self.refused(404, "not_found", self.sdk.contacts.find, made.id)

    def test_a_conversation_goes_on_and_ends(self):
        person = self.person("bob@witness.example")
        admin = self.sdk.admins.list().admins[0].id
        begun = self.sdk.conversations.create(from_={"type": "user", "id": person.id}, body="It does not start")
        conversation = begun.conversation_id
        said = {"message_type": "comment", "type": "admin", "admin_id": admin, "body": "<p>Try <b>again</b></p>"}
        answered = self.sdk.conversations.reply(conversation, request=said)
        self.same(answered.conversation_parts.conversation_parts[-1].body, "<p>Try <b>again</b></p>")
        closed = {"message_type": "close", "type": "admin", "admin_id": admin}
        self.same(self.sdk.conversations.manage(conversation, request=closed).state, "closed")
        self.same(self.sdk.conversations.delete_conversation(int(conversation)).deleted, True)
        self.refused(404, "not_found", self.sdk.conversations.find, conversation)

    def test_whoever_has_no_token_gets_nothing(self):
        self.refused(401, "unauthorized", self.by("another-token").admins.list)


if __name__ == "__main__":
    main("python-intercom")
