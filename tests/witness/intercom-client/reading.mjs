// A sample workspace is read whole: as many records as the twin keeps, each once.

import { after, before, test } from "node:test";
import { everything, holds, same, start } from "./kit.mjs";

let twin;
let sdk;
before(async () => {
  twin = await start("--sample", "30", "--seed", "3");
  sdk = twin.sdk();
});
after(() => twin.stop());

const once = (records) => same(new Set(records.map((one) => one.id)).size, records.length, "nothing twice");

test("conversations come page by page, and their number is said", async () => {
  const page = await sdk.conversations.list({ per_page: 7 });
  const all = await everything(page);
  once(all);
  same(all.length, page.response.total_count);
  const one = await sdk.conversations.find({ conversation_id: all[0].id });
  holds(one, { id: all[0].id, type: "conversation" });
  same(one.conversation_parts.total_count >= one.conversation_parts.conversation_parts.length, true);
});

test("contacts come page by page, by list and by search alike", async () => {
  const listed = await everything(sdk.contacts.list({ per_page: 11 }));
  once(listed);
  const found = await everything(
    sdk.contacts.search({
      query: { operator: "AND", value: [{ field: "created_at", operator: ">", value: "1" }] },
      pagination: { per_page: 13 },
    }),
  );
  same(new Set(found.map((one) => one.id)), new Set(listed.map((one) => one.id)));
});

test("companies come by list and by scroll", async () => {
  const listed = await everything(sdk.companies.list({ per_page: 10 }));
  once(listed);
  const scrolled = await sdk.companies.scroll();
  same(listed.every((one) => scrolled.data.some((other) => other.id === one.id)), true);
});

test("a help center comes whole", async () => {
  const articles = await everything(sdk.articles.list({ per_page: 10 }));
  once(articles);
  const one = await sdk.articles.find({ article_id: Number(articles[0].id) });
  holds(one, { id: articles[0].id, title: articles[0].title });
  const collections = await everything(sdk.helpCenters.collections.list({ per_page: 3 }));
  once(collections);
  same(collections.some((one) => one.parent_id), true);
});

test("tickets are found with what was said in them", async () => {
  const page = await sdk.tickets.search({
    query: { operator: "AND", value: [{ field: "created_at", operator: ">", value: "1" }] },
    pagination: { per_page: 5 },
  });
  const all = await everything(page);
  once(all);
  same(all.length, page.response.total_count);
  same(all.every((one) => Array.isArray(one.ticket_parts.ticket_parts)), true);
});

test("who works there, and what marks things", async () => {
  const me = await sdk.admins.identify();
  holds(me, { type: "admin" });
  const admins = await sdk.admins.list();
  same(admins.admins.length > 0, true);
  const teams = await sdk.teams.list();
  same(teams.teams.length > 0, true);
  const tags = await sdk.tags.list();
  same(new Set(tags.data.map((one) => one.name)).size, tags.data.length);
  const attributes = await sdk.dataAttributes.list({ model: "contact" });
  same(attributes.data.every((one) => one.model === "contact"), true);
  const segments = await sdk.segments.list();
  same(segments.segments.length > 0, true);
});
