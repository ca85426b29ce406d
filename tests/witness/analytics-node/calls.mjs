// Every call that the library can make, each in all its shapes, is an event as it was meant.

import { after, before, test } from "node:test";
import { Analytics } from "@segment/analytics-node";
import { arrived, holds, road, same, start } from "../collector.mjs";

let collector;
before(async () => {
  collector = await start();
});
after(() => collector.remove());

const timestamp = new Date("2026-01-02T03:04:05.678Z");
const context = { ip: "192.0.2.7", groupId: "g-7", traits: { email: "ada@witness.example" }, app: { name: "Desk", build: 7 } };
const integrations = { All: false, Planhat: true, Other: { list: ["a", 1] } };
const properties = {
  revenue: 12.5,
  large: 9007199254740991,
  text: "Größe \u{1F600} \"quoted\" \u2028 end",
  none: null,
  list: [1, "two", { three: 3 }],
  deep: { er: { value: true } },
  when: "2026-01-02T03:04:05Z",
};
const traits = { name: "Ada", email: "ada@witness.example", company: { id: "g-7", name: "Witness" }, age: 36, empty: {} };

const calls = [
  ["identify", { userId: "u-1", anonymousId: "a-1", traits, context, integrations, timestamp, messageId: "m-identify" }],
  ["identify", { anonymousId: "a-2" }],
  ["track", { userId: "u-1", event: "Order Completed", properties, context, integrations, timestamp, messageId: "m-track" }],
  ["track", { anonymousId: "a-1", event: "Opened" }],
  ["page", { userId: "u-1", name: "Home", category: "Docs", properties, context, integrations, timestamp, messageId: "m-page" }],
  ["page", { anonymousId: "a-1" }],
  ["screen", { userId: "u-1", name: "Start", category: "App", properties, context, integrations, timestamp, messageId: "m-screen" }],
  ["screen", { anonymousId: "a-1", name: "Start" }],
  ["group", { userId: "u-1", groupId: "g-7", traits: { name: "Witness", employees: 7 }, context, integrations, timestamp, messageId: "m-group" }],
  ["group", { anonymousId: "a-1", groupId: "g-7" }],
  ["alias", { userId: "u-1", previousId: "a-1", context, integrations, timestamp, messageId: "m-alias" }],
  ["alias", { userId: "u-1", previousId: "u-0" }],
];

test("every call is an event as it was meant", async () => {
  const way = await road(collector);
  const errors = [];
  const library = new Analytics({ writeKey: collector.key, host: way.url, flushAt: calls.length });
  library.on("error", (error) => errors.push(error));
  const heard = calls.map(([name, call]) => new Promise((done) => library[name](call, (error) => done(error))));
  same(await Promise.all(heard), calls.map(() => undefined), "every call was answered");
  await library.closeAndFlush();
  same(errors, []);
  same(way.posts.length, 1, "one batch");
  same(way.posts[0].path, "/v1/batch");
  same(way.posts[0].headers.authorization, `Basic ${btoa(`${collector.key}:`)}`);
  same([way.posts[0].status, way.posts[0].answer], [200, '{"success": true}']);
  const stored = arrived(collector, way);
  for (const [at, [type, call]] of calls.entries()) {
    const { timestamp, ...meant } = call;
    holds(stored[at], { ...meant, type, context: { ...call.context, library: { name: "@segment/analytics-node" } } }, type);
    if (timestamp) same(new Date(stored[at].originalTimestamp), timestamp);
  }
});

test("what a plugin adds and takes away is what comes", async () => {
  const way = await road(collector);
  const library = new Analytics({ writeKey: collector.key, host: way.url, flushAt: 1 });
  await library.register({
    name: "Marks",
    type: "enrichment",
    version: "1.0.0",
    isLoaded: () => true,
    load: () => Promise.resolve(),
    track: (seen) => {
      seen.updateEvent("properties.marked", true);
      return seen;
    },
  });
  library.track({ userId: "u-2", event: "Marked", messageId: "m-marked" });
  await library.flush();
  await library.deregister("Marks");
  library.track({ userId: "u-2", event: "Marked", messageId: "m-unmarked" });
  await library.closeAndFlush();
  same(way.posts.length, 2, "flushed at each");
  const stored = collector.events().filter((event) => event.userId === "u-2");
  same(stored.map((event) => [event.messageId, event.properties]), [["m-marked", { marked: true }], ["m-unmarked", {}]]);
});

test("what is too large does not come, and keeps nothing else from coming", async () => {
  const way = await road(collector);
  const library = new Analytics({ writeKey: collector.key, host: way.url, flushInterval: 500 });
  const told = (event, text) =>
    new Promise((done) => library.track({ userId: "u-3", event, properties: { text } }, (error) => done(error === undefined)));
  const fates = [
    told("Small", "x".repeat(32_000)),
    told("Large", "x".repeat(33_000)),
    told("Last", "x"),
    // The library counts letters i, and little else.
    told("Held Back", "i".repeat(33_000)),
  ];
  await library.closeAndFlush();
  same(await Promise.all(fates), [true, true, true, false]);
  same(way.posts.map((post) => post.body.batch.map((event) => event.event)), [["Small", "Large", "Last"]]);
  const stored = collector.events().filter((event) => event.userId === "u-3");
  same(stored.map((event) => [event.event, event.properties.text.length]), [["Small", 32_000], ["Last", 1]]);
  const kept = collector.events().length;
  await collector.stop();
  same(collector.counts(), { accepted: kept, repeated: 0, discarded: { event_too_large: 1 } });
  await collector.serve();
});

test("what comes with a key that nobody has is answered, and nobody's", async () => {
  const before = collector.events().length;
  const library = new Analytics({ writeKey: "0123456789abcdef0123456789abcdef", host: collector.url });
  const answered = new Promise((done) => library.on("http_response", (response) => done(response.status)));
  library.track({ userId: "u-4", event: "Strange" });
  await library.closeAndFlush();
  same(await answered, 200);
  same(collector.events().length, before);
});
