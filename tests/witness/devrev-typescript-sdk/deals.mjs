// Opportunities and tasks, which only the beta edition knows; what counts and nests.

import { after, before, test } from "node:test";
import { Caller, holds, startTwin } from "./kit.mjs";
import { live } from "./records.mjs";

let twin;
let call;
let me;
let part;
before(async () => {
  twin = await startTwin();
  call = new Caller(twin.url);
  me = (await call.done("devUsersSelf")).dev_user.id;
  part = (await call.done("partsListPost", { type: ["product"] })).parts[0].id;
});
after(() => twin.stop());

function works(type, own, changed, needs = []) {
  const common = (number) => ({ type, title: `A ${type} ${number}`, ...own });
  return {
    methods: "works",
    one: "work",
    many: "works",
    filter: { type: [type] },
    make: (number) => ({ ...common(number), applies_to_part: part, owned_by: [me] }),
    shown: (number) => ({ type, title: `A ${type} ${number}`, applies_to_part: { id: part }, owned_by: [{ id: me }] }),
    change: { type, title: "Other", ...changed },
    // What the answer's type lacks is taken and not shown.
    seen: { type, title: "Other", ...(changed.value && { value: changed.value }) },
    needs: ["title", "owned_by", ...needs],
  };
}

test("tasks", () => live(call, works("task", { priority: "p1", embedded: false }, { priority: "p3" })));

test("opportunities", async () => {
  const { account } = await call.done("accountsCreate", { display_name: "Buyer" }, 201);
  const own = { account: account.id, amount: 1200.5, probability: 0.5, value: { amount: "1200.50", currency: "EUR" } };
  await live(call, works("opportunity", own, { amount: 1500.25, value: { amount: "1500.25", currency: "USD" } }, ["account"]));
});

test("what is listed is counted", async () => {
  const meeting = { title: "Count", channel: "other", state: "scheduled", members: [me] };
  for (let number = 0; number < 3; number += 1) {
    await call.done("meetingsCreate", { ...meeting, external_ref: `count:${number}` }, 201);
    await call.done("directoriesCreate", { title: `Count ${number}` }, 201);
  }
  const counts = { meetingsCount: 3, meetingsCountPost: 3, directoriesCount: 3, directoriesCountPost: 3 };
  for (const [method, count] of Object.entries(counts)) {
    holds(await call.done(method, {}), { count }, method);
  }
  const filter = { external_ref: ["count:1"] };
  holds(await call.done("meetingsCountPost", filter), { count: 1 });
  const { meetings } = await call.done("meetingsListPost", filter);
  holds(meetings.map((one) => one.external_ref), ["count:1"]);
});

test("articles lie in directories, directories in directories", async () => {
  const { directory: outer } = await call.done("directoriesCreate", { title: "Outer" }, 201);
  const { directory: inner } = await call.done("directoriesCreate", { title: "Inner", parent: outer.id }, 201);
  holds(inner, { parent: { id: outer.id } });
  const body = { title: "Lies inside", owned_by: [me], resource: {}, parent: inner.id };
  const { article } = await call.done("createArticle", body, 201);
  holds(article, { parent: { id: inner.id } });
  const { articles, total } = await call.done("listArticlesPost", { parent: [inner.id] });
  holds([articles.map((one) => one.id), total], [[article.id], 1]);
});

test("a conversation can bring messages, and takes replies", async () => {
  const body = { type: "support", title: "Hello", messages: [{ body: "First" }, { body: "Second" }] };
  const { conversation } = await call.done("conversationsCreate", body, 201);
  const reply = { object: conversation.id, type: "timeline_comment", body: "Third", external_ref: "reply:3" };
  const { timeline_entry } = await call.done("timelineEntriesCreate", reply, 201);
  await call.refused("timelineEntriesCreate", reply, 409, { type: "conflict" });
  const { timeline_entries } = await call.done("timelineEntriesListPost", { object: conversation.id });
  holds(timeline_entries.map((entry) => entry.body), ["First", "Second", "Third"]);
  const { timeline_entry: found } = await call.done("timelineEntriesGetPost", { id: timeline_entry.id });
  holds(found, { body: "Third", visibility: "external" });
});

test("a part moves by its link", async () => {
  const make = async (type, name, parent) => {
    const body = { type, name, owned_by: [me], parent_part: [parent] };
    return (await call.done("partsCreate", body, 201)).part.id;
  };
  const [first, second] = [await make("capability", "First", part), await make("capability", "Second", part)];
  const feature = await make("feature", "Moves", first);
  const { links } = await call.done("linksListPost", { object: feature, direction: "is_source" });
  holds(links.map((link) => [link.link_type, link.target.id]), [["is_part_of", first]]);
  const move = { id: links[0].id, link_type: "is_part_of", source: feature, target: second };
  await call.done("linksReplace", move, 201);
  const below = async (id) => (await call.done("partsListPost", { parent_part: { parts: [id], level: 1 } })).parts;
  holds([(await below(first)).length, (await below(second)).map((one) => one.id)], [0, [feature]]);
});
