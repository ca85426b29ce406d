// What is written is there afterwards, and only what can be is taken.

import { after, before, test } from "node:test";
import { everything, holds, refused, same, start } from "./kit.mjs";

let twin;
let sdk;
let admin;
before(async () => {
  twin = await start("--sample", "2", "--seed", "3");
  sdk = twin.sdk();
  admin = (await sdk.admins.list()).admins[0].id;
});
after(() => twin.stop());

test("a contact is made, changed, found and deleted", async () => {
  const made = await sdk.contacts.create({ role: "user", email: "ada@witness.example", name: "Ada" });
  holds(made, { type: "contact", role: "user", email: "ada@witness.example", name: "Ada" });
  await refused(409, "conflict", () => sdk.contacts.create({ role: "user", email: "ada@witness.example" }));
  const changed = await sdk.contacts.update({ contact_id: made.id, name: "Ada L." });
  holds(changed, { id: made.id, name: "Ada L." });
  const query = { field: "email", operator: "=", value: "ada@witness.example" };
  const found = await everything(sdk.contacts.search({ query }));
  same(found.map((one) => one.id), [made.id]);
  const note = await sdk.notes.create({ contact_id: made.id, body: "<p>Called</p>", admin_id: admin });
  holds(note, { type: "note" });
  const company = await sdk.companies.createOrUpdate({ company_id: "w-1", name: "Witness Ltd" });
  holds(company, { type: "company", company_id: "w-1", name: "Witness Ltd" });
  await sdk.companies.attachContact({ contact_id: made.id, id: company.id });
  const belongs = await sdk.contacts.listAttachedCompanies({ contact_id: made.id });
  same(belongs.response.data.map((one) => one.id), [company.id]);
  const gone = await sdk.contacts.delete({ contact_id: made.id });
  holds(gone, { id: made.id, deleted: true });
  await refused(404, "not_found", () => sdk.contacts.find({ contact_id: made.id }));
});

test("a lead that is merged is the user from then on", async () => {
  const user = await sdk.contacts.create({ role: "user", email: "eve@witness.example" });
  const lead = await sdk.contacts.create({ role: "lead", email: "eve@witness.example" });
  const merged = await sdk.contacts.mergeLeadInUser({ from: lead.id, into: user.id });
  holds(merged, { id: user.id });
});

test("a conversation goes on, is tagged, closed and deleted", async () => {
  const person = await sdk.contacts.create({ role: "user", email: "bob@witness.example" });
  const begun = await sdk.conversations.create({ from: { type: "user", id: person.id }, body: "It does not start" });
  holds(begun, { type: "user_message", body: "It does not start" });
  const conversation_id = begun.conversation_id;
  const reply = { message_type: "comment", type: "admin", admin_id: admin, body: "<p>Try <b>again</b></p>" };
  const answered = await sdk.conversations.reply({ conversation_id, body: reply });
  same(answered.conversation_parts.conversation_parts.at(-1).body, "<p>Try <b>again</b></p>");
  const noted = await sdk.conversations.reply({
    conversation_id,
    body: { message_type: "note", type: "admin", admin_id: admin, body: "<p>Told sales</p>" },
  });
  holds(noted.conversation_parts.conversation_parts.at(-1), { part_type: "note" });
  const tag = await sdk.tags.create({ name: "witness" });
  holds(await sdk.tags.tagConversation({ conversation_id, id: tag.id, admin_id: admin }), { name: "witness" });
  const closed = await sdk.conversations.manage({
    conversation_id,
    body: { message_type: "close", type: "admin", admin_id: admin },
  });
  holds(closed, { state: "closed", open: false });
  const back = { message_type: "comment", type: "user", intercom_user_id: person.id, body: "Still not" };
  const opened = await sdk.conversations.reply({ conversation_id, body: back });
  holds(opened, { state: "open", open: true });
  holds(opened.conversation_parts.conversation_parts.at(-1), { part_type: "open" });
  const query = { field: "state", operator: "=", value: "open" };
  const found = await everything(sdk.conversations.search({ query }));
  same(found.some((one) => one.id === conversation_id), true);
  holds(await sdk.conversations.deleteConversation({ conversation_id: Number(conversation_id) }), { deleted: true });
  await refused(404, "not_found", () => sdk.conversations.find({ conversation_id }));
});

test("an article is written, published and deleted", async () => {
  const made = await sdk.articles.create({ title: "How to start", author_id: Number(admin), body: "<p>Press it</p>" });
  holds(made, { title: "How to start", state: "draft" });
  const article_id = Number(made.id);
  const published = await sdk.articles.update({ article_id, state: "published" });
  holds(published, { state: "published" });
  holds(await sdk.articles.delete({ article_id }), { id: made.id, deleted: true });
  await refused(404, "not_found", () => sdk.articles.find({ article_id }));
});

test("whoever has no token gets nothing", async () => {
  await refused(401, "unauthorized", () => twin.sdk("another-token").admins.list());
});

test("what is too much for a page is refused", async () => {
  await refused(400, "parameter_invalid", () => sdk.conversations.list({ per_page: 1000 }));
});
