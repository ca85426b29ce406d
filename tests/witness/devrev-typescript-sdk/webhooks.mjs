// Webhooks: a receiver that listens on this machine, its challenge, and events with their signature.

import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Caller, holds, startTwin } from "./kit.mjs";

/** How long an event may take; it takes a second. */
const PATIENCE = 20_000;

let twin;
let call;
before(async () => {
  twin = await startTwin();
  call = new Caller(twin.url);
});
after(() => twin.stop());

/** Takes what is sent, and answers a challenge as documented. */
async function listen() {
  const received = [];
  const waiting = new Set();
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const event = JSON.parse(body);
    received.push({ event, body, headers: request.headers });
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(event.verify ? { challenge: event.verify.challenge } : {}));
    for (const look of waiting) look();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const next = (type) =>
    new Promise((found, failed) => {
      const timer = setTimeout(() => failed(new Error(`no ${type} arrived`)), PATIENCE);
      const look = () => {
        const index = received.findIndex(({ event }) => event.type === type);
        if (index < 0) return;
        clearTimeout(timer);
        waiting.delete(look);
        found(received.splice(index, 1)[0]);
      };
      waiting.add(look);
      look();
    });
  return { url: `http://127.0.0.1:${server.address().port}/devrev`, next, close: () => server.close() };
}

async function active(id) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const { webhook } = await call.done("webhooksGet", { id });
    if (webhook.status === "active" || Date.now() > until) return webhook.status;
    await new Promise((done) => setTimeout(done, 50));
  }
}

test("a receiver is challenged, and told of what happens", async () => {
  const receiver = await listen();
  const secret = Buffer.from("sixteen letters!").toString("base64");
  const headers = [{ name: "X-Whose", value: "ours" }];
  const event_types = ["account_created", "account_updated", "account_deleted", "work_created"];
  const body = { url: receiver.url, event_types, secret, headers };
  const { webhook } = await call.done("webhooksCreate", body, 201);
  holds(webhook, { url: receiver.url, secret, status: "unverified" });
  const challenge = await receiver.next("verify");
  holds(challenge.event, { webhook_id: webhook.id, type: "verify" });
  holds(await active(webhook.id), "active");

  const { account } = await call.done("accountsCreate", { display_name: "Told of" }, 201);
  const created = await receiver.next("account_created");
  holds(created.event, { webhook_id: webhook.id, account_created: { account: { id: account.id, display_name: "Told of" } } });
  holds(created.event.id.startsWith(`${webhook.id}:webhook_event/`), true, created.event.id);
  const key = Buffer.from(secret, "base64");
  const signature = createHmac("sha256", key).update(created.body).digest("hex");
  holds(created.headers["x-devrev-signature"], signature);
  holds(created.headers["x-whose"], "ours");

  await call.done("accountsUpdate", { id: account.id, tier: "gold" });
  const { account_updated } = (await receiver.next("account_updated")).event;
  holds(account_updated.account, { id: account.id, tier: "gold" });
  holds(account_updated.old_account.tier, undefined);
  await call.done("accountsDelete", { id: account.id });
  holds((await receiver.next("account_deleted")).event.account_deleted, { id: account.id });
  await call.done("webhooksDelete", { id: webhook.id });
  receiver.close();
});

test("webhooks are kept, changed and forgotten", async () => {
  const body = { url: "http://127.0.0.1:9/nobody", event_types: ["work_updated"] };
  const { webhook } = await call.done("webhooksCreate", body, 201);
  holds(webhook.event_types.includes("work_updated"), true);
  holds(Buffer.from(webhook.secret, "base64").length >= 8, true);
  for (const method of ["webhooksList", "webhooksListPost"]) {
    const { webhooks } = await call.done(method, method.endsWith("Post") ? {} : undefined);
    holds(webhooks.map((one) => one.id), [webhook.id]);
  }
  const change = { id: webhook.id, url: "http://127.0.0.1:9/other", event_types: { add: ["tag_created"] } };
  const { webhook: changed } = await call.done("webhooksUpdate", change);
  holds(changed, { id: webhook.id, url: change.url });
  holds(["work_updated", "tag_created"].every((event) => changed.event_types.includes(event)), true);
  const off = await call.done("webhooksUpdate", { id: webhook.id, action: "deactivate" });
  holds(off.webhook.status, "inactive");
  await call.done("webhooksDelete", { id: webhook.id });
  for (const method of ["webhooksGet", "webhooksGetPost"]) {
    await call.refused(method, { id: webhook.id }, 404, { type: "not_found" });
  }
});

test("a webhook that cannot be is refused", async () => {
  const body = { url: "https://hooks.example/devrev", event_types: ["work_updated"] };
  const { url: _, ...homeless } = body;
  await call.refused("webhooksCreate", homeless, 400, { type: "missing_required_field", field_name: "url" });
  await call.refused("webhooksCreate", { ...body, event_types: ["moon_rose"] }, 400, { type: "invalid_enum_value" });
  await call.refused("webhooksListPost", { limit: 1 }, 400, { type: "invalid_field", field_name: "limit" });
  const headers = Array.from({ length: 9 }, (_, number) => ({ name: `X-${number}`, value: "v" }));
  await call.refused("webhooksCreate", { ...body, headers }, 400);
});
