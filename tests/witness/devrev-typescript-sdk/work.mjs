// Parts, works, conversations and their timelines.

import { after, before, test } from "node:test";
import { betaSDK } from "@devrev/typescript-sdk";
import { Caller, holds, startTwin } from "./kit.mjs";
import { testKind } from "./records.mjs";

let twin;
before(async () => (twin = await startTwin()));
after(() => twin.stop());

async function around(call) {
  const { dev_user } = await call.done("devUsersSelf");
  const { parts } = await call.done("partsListPost", { type: ["product"] });
  return { me: dev_user.id, part: parts[0].id };
}

const text = "First\n\n* one\n* two <b>not bold</b> & ünïcödé 🌲";

testKind("parts", () => twin, async (call, edition) => {
  const { me, part } = await around(call);
  return {
    methods: "parts",
    one: "part",
    many: "parts",
    filter: { type: ["capability"] },
    make: (number) => ({
      type: "capability",
      name: `Capability ${edition} ${number}`,
      description: text,
      owned_by: [me],
      parent_part: [part],
    }),
    shown: (number) => ({ name: `Capability ${edition} ${number}`, description: text, owned_by: [{ id: me }] }),
    change: { type: "capability", name: `Renamed ${edition}` },
    needs: ["type", "name"],
  };
});

for (const type of ["ticket", "issue"]) {
  testKind(`works: ${type}`, () => twin, async (call, edition) => {
    const { me, part } = await around(call);
    const own = type === "ticket" ? { severity: "high" } : { priority: "p1" };
    const changed = type === "ticket" ? { severity: "low" } : { priority: "p3" };
    return {
      methods: "works",
      one: "work",
      many: "works",
      filter: { type: [type] },
      make: (number) => ({
        type,
        title: `A ${type} ${edition} ${number}`,
        body: text,
        applies_to_part: part,
        owned_by: [me],
        ...own,
      }),
      shown: (number) => ({
        type,
        title: `A ${type} ${edition} ${number}`,
        body: text,
        applies_to_part: { id: part },
        owned_by: [{ id: me }],
        ...own,
      }),
      change: { type, title: "Other", owned_by: { set: [] }, ...changed },
      seen: { type, title: "Other", owned_by: [], ...changed },
      needs: ["type", "title", "applies_to_part", "owned_by"],
      wrong: [["title", 5, "string"]],
    };
  });
}

testKind("conversations", () => twin, async (call, edition) => {
  const { me } = await around(call);
  return {
    methods: "conversations",
    one: "conversation",
    many: "conversations",
    make: (number) => ({ type: "support", title: `Chat ${edition} ${number}`, description: text, owned_by: [me] }),
    shown: (number) => ({ title: `Chat ${edition} ${number}`, description: text, owned_by: [{ id: me }] }),
    change: { title: "Other chat" },
    needs: ["type"],
    wrong: [["title", {}, "string"]],
  };
});

async function ticket(call, title = "With a timeline") {
  const { me, part } = await around(call);
  const body = { type: betaSDK.WorkType.Ticket, title, applies_to_part: part, owned_by: [me] };
  return (await call.done("worksCreate", body, 201)).work;
}

testKind("comments", () => twin, async (call) => {
  const { id } = await ticket(call);
  return {
    methods: "timelineEntries",
    one: "timeline_entry",
    many: "timeline_entries",
    filter: { object: id },
    make: (number) => ({ object: id, type: "timeline_comment", body: `${number}: ${text}`, visibility: "internal" }),
    shown: (number) => ({ type: "timeline_comment", body: `${number}: ${text}`, visibility: "internal", object: id }),
    change: { type: "timeline_comment", body: "Edited" },
    needs: ["object", "type"],
  };
});

test("a comment is internal, external, private or public as it was said", async () => {
  const call = new Caller(twin.url);
  const { id } = await ticket(call);
  for (const visibility of ["internal", "external", "public"]) {
    const body = { object: id, type: "timeline_comment", body: "Words", visibility };
    const { timeline_entry } = await call.done("timelineEntriesCreate", body, 201);
    holds(timeline_entry, { visibility });
    const listed = await call.done("timelineEntriesListPost", { object: id, visibility: [visibility] });
    holds(listed.timeline_entries.map((entry) => entry.id), [timeline_entry.id]);
  }
  const wrong = { object: id, type: "timeline_comment", body: "Words", visibility: "everybody" };
  await call.refused("timelineEntriesCreate", wrong, 400, { type: "invalid_enum_value", field_name: "visibility" });
});

test("works take stages, tags and people", async () => {
  const call = new Caller(twin.url);
  const { me } = await around(call);
  const { id } = await ticket(call, "Staged");
  const { tag } = await call.done("tagsCreate", { name: "urgent", allowed_values: ["very"] }, 201);
  const tags = { set: [{ id: tag.id, value: "very" }] };
  const change = { id, type: "ticket", stage: { name: "resolved" }, tags };
  const { work } = await call.done("worksUpdate", change);
  holds(work, { stage: { name: "resolved" }, tags: [{ tag: { id: tag.id }, value: "very" }] });
  const unknown = { id, type: "ticket", stage: { name: "nowhere" } };
  await call.refused("worksUpdate", unknown, 400, { type: "value_not_permitted" });
  await call.refused("worksUpdate", { id, severity: "low" }, 400, { type: "invalid_field", field_name: "severity" });
  for (const filter of [{ owned_by: [me] }, { "stage.name": ["resolved"] }, { tags: [tag.id] }]) {
    const { works } = await call.done("worksList", { type: ["ticket"], ...filter });
    holds(works.some((found) => found.id === id), true, JSON.stringify(filter));
  }
  const { works } = await call.done("worksExportPost", { type: ["ticket"], first: 100 });
  holds(works.some((found) => found.id === id), true);
});

test("texts have a longest length", async () => {
  const call = new Caller(twin.url);
  const { me, part } = await around(call);
  const body = { type: "issue", applies_to_part: part, owned_by: [me] };
  await call.done("worksCreate", { ...body, title: "t".repeat(256), body: "b".repeat(65536) }, 201);
  for (const text of [{ title: "" }, { title: "t".repeat(257) }, { title: "t", body: "b".repeat(65537) }]) {
    const [field_name] = Object.keys(text).slice(-1);
    await call.refused("worksCreate", { ...body, ...text }, 400, { type: "invalid_field", field_name });
  }
});
