// Groups, meetings, links, articles and directories.

import { after, before, test } from "node:test";
import { Caller, holds, startTwin } from "./kit.mjs";
import { testKind } from "./records.mjs";

let twin;
before(async () => (twin = await startTwin()));
after(() => twin.stop());

const self = async (call) => (await call.done("devUsersSelf")).dev_user.id;

testKind("groups", () => twin, async (call, edition) => ({
  methods: "groups",
  one: "group",
  many: "groups",
  make: (number) => ({ name: `Group ${edition} ${number}`, description: "People", member_type: "dev_user" }),
  shown: (number) => ({ name: `Group ${edition} ${number}`, description: "People" }),
  change: { name: `Renamed ${edition}` },
  needs: ["name", "description"],
  stays: true,
}));

test("groups have members", async () => {
  const call = new Caller(twin.url);
  const body = { name: "Support", description: "Helps", member_type: "dev_user" };
  const { group } = await call.done("groupsCreate", body, 201);
  await call.refused("groupsCreate", body, 409, { type: "conflict" });
  const member = await self(call);
  await call.done("groupMembersAdd", { group: group.id, member });
  const { members } = await call.done("groupMembersListPost", { group: group.id });
  holds(members.map((one) => one.member.id), [member]);
  await call.done("groupMembersRemove", { group: group.id, member });
  const left = await call.done("groupMembersList", { group: group.id });
  holds(left.members, []);
});

testKind("meetings", () => twin, async (call, edition) => {
  const me = await self(call);
  return {
    methods: "meetings",
    one: "meeting",
    many: "meetings",
    make: (number) => ({
      title: `Meeting ${edition} ${number}`,
      channel: "zoom",
      state: "completed",
      members: [me],
      organizer: me,
      external_ref: `${edition}:meeting:${number}`,
      scheduled_date: "2026-01-15T09:00:00Z",
      ended_date: "2026-01-15T10:00:00Z",
      description: "About *things*",
    }),
    shown: (number) => ({
      title: `Meeting ${edition} ${number}`,
      channel: "zoom",
      state: "completed",
      members: [{ id: me }],
      external_ref: `${edition}:meeting:${number}`,
      scheduled_date: "2026-01-15T09:00:00Z",
    }),
    change: { title: "Other", state: "canceled" },
    needs: ["title", "channel", "state", "members"],
    wrong: [["members", me, "array"]],
  };
});

test("links go both ways", async () => {
  const call = new Caller(twin.url);
  const me = await self(call);
  const { parts } = await call.done("partsListPost", { type: ["product"] });
  const work = async (type) => {
    const body = { type, title: `A ${type}`, applies_to_part: parts[0].id, owned_by: [me] };
    return (await call.done("worksCreate", body, 201)).work.id;
  };
  const [ticket, issue] = [await work("ticket"), await work("issue")];
  const body = { link_type: "is_dependent_on", source: ticket, target: issue };
  const { link } = await call.done("linksCreate", body, 201);
  holds(link, { link_type: "is_dependent_on", source: { id: ticket }, target: { id: issue } });
  for (const method of ["linksGet", "linksGetPost"]) holds(await call.done(method, { id: link.id }), { link });
  for (const object of [ticket, issue]) {
    const { links } = await call.done("linksListPost", { object });
    holds(links.map((one) => one.id), [link.id]);
  }
  const { links } = await call.done("linksList", { object: ticket, direction: "is_target" });
  holds(links, []);
  await call.refused("linksCreate", { ...body, link_type: "is_part_of" }, 400, { type: "bad_request" });
  await call.refused("linksCreate", { ...body, link_type: "is_fond_of" }, 400, { type: "invalid_enum_value" });
  await call.done("linksDelete", { id: link.id });
  await call.refused("linksGet", { id: link.id }, 404, { type: "not_found" });
});

testKind("directories", () => twin, async (_, edition) => ({
  methods: "directories",
  one: "directory",
  many: "directories",
  make: (number) => ({ title: `Directory ${edition} ${number}`, description: "Articles" }),
  change: { title: "Other", published: true },
  needs: ["title"],
}));

testKind("articles", () => twin, async (call, edition) => {
  const me = await self(call);
  return {
    names: {
      Create: "createArticle",
      Get: "getArticle",
      GetPost: "getArticlePost",
      List: "listArticles",
      ListPost: "listArticlesPost",
      Update: "updateArticle",
      Delete: "deleteArticle",
    },
    one: "article",
    many: "articles",
    make: (number) => ({
      title: `Article ${edition} ${number}`,
      description: "Short",
      owned_by: [me],
      resource: { url: "https://help.example/a" },
      status: "published",
    }),
    shown: (number) => ({ title: `Article ${edition} ${number}`, owned_by: [{ id: me }] }),
    change: { title: "Other", status: "draft" },
    seen: { title: "Other" },
    needs: ["title", "owned_by", "resource"],
  };
});
