// What goes wrong on the way, and pages that are left, lose no event and make none twice.

import { after, afterEach, before, beforeEach, test } from "node:test";
import { arrived, posted, road, same, start } from "../collector.mjs";
import { browse, until } from "./browser.mjs";

let browser;
let collector;
let way;
let given;
before(async () => {
  browser = await browse();
});
beforeEach(async () => {
  collector = await start();
  way = await road(collector);
  given = { key: collector.key, url: way.url };
});
afterEach(() => collector.remove());
after(() => browser.close());

const passed = () => way.posts.filter((post) => post.fate === "passed" && post.status === 200);
const fates = () => way.posts.map((post) => [post.path, post.fate, post.headers["x-retry-count"]]);
const ids = (posts) => posts.flatMap(posted).map((event) => event.messageId);

async function counted(expected) {
  await collector.stop();
  same(collector.counts(), { discarded: {}, ...expected });
  await collector.serve();
}

test("an event that was refused, and whose answer was lost, is sent again and is there once", async () => {
  way.planned.push("busy", "unanswered");
  await browser.visit(async ({ key, url }) => {
    const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
    await analytics.track("Retried", { large: "x".repeat(20_000) });
    await held();
  }, given, { holds: () => passed().length === 1 });
  same(fates(), [["/v1/t", "busy", undefined], ["/v1/t", "unanswered", "1"], ["/v1/t", "passed", "2"]]);
  same(new Set(ids(way.posts)).size, 1);
  same(arrived(collector, way).map((event) => event.properties.large.length), [20_000]);
  await counted({ accepted: 1, repeated: 1 });
});

test("batches too", async () => {
  way.planned.push("busy", "unanswered");
  await browser.visit(async ({ key, url }) => {
    const deliveryStrategy = { strategy: "batching", config: { size: 5, timeout: 300 } };
    const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: url }, { integrations: { "Segment.io": { deliveryStrategy } } });
    await analytics.identify("u-1", { name: "Ada" });
    for (let at = 0; at < 11; at += 1) await analytics.track("Batched", { at });
    await held();
  }, given, { holds: () => new Set(ids(passed())).size === 12 });
  same(way.posts.slice(0, 2).map((post) => [post.path, post.fate]), [["/v1/b", "busy"], ["/v1/b", "unanswered"]]);
  const stored = arrived(collector, way);
  same(stored.map((event) => event.type).sort(), ["identify", ...Array(11).fill("track")]);
  const numbers = stored.filter((event) => event.type === "track").map((event) => event.properties.at);
  same(numbers.sort((one, other) => one - other), Array.from({ length: 11 }, (_, at) => at));
  const again = ids(way.posts.filter((post) => post.status === 200)).length - 12;
  same(again > 0, true);
  await counted({ accepted: 12, repeated: again });
});

test("what a page still holds when it is left comes with its last breath", async () => {
  await browser.visit(async ({ key, url }) => {
    const deliveryStrategy = { strategy: "batching", config: { size: 100, timeout: 60_000 } };
    const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: url }, { integrations: { "Segment.io": { deliveryStrategy } } });
    for (let at = 0; at < 7; at += 1) await analytics.track("Left", { at });
  }, given);
  await until(() => passed().length === 1);
  same(arrived(collector, way).map((event) => event.properties.at), [0, 1, 2, 3, 4, 5, 6]);
});

test("what could not be sent comes with the next page, and the visitor is the same", async () => {
  way.planned.push(...Array(100).fill("busy"));
  await browser.visit(async ({ key, url }) => {
    const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
    await analytics.identify("u-1", { name: "Ada" });
    await analytics.track("Kept");
  }, given);
  same(collector.events(), []);
  const refused = new Set(ids(way.posts));
  same(refused.size, 2);
  way.planned.length = 0;
  await browser.visit(async ({ key, url }) => {
    const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
    await analytics.track("Came Back");
    await held();
  }, given, { remembers: true, holds: () => new Set(ids(passed())).size === 3 });
  const stored = arrived(collector, way);
  same(stored.map((event) => event.event ?? event.type).sort(), ["Came Back", "Kept", "identify"]);
  same(new Set(stored.map((event) => event.userId)), new Set(["u-1"]));
  same(new Set(stored.map((event) => event.anonymousId)).size, 1);
  same(stored.filter((event) => refused.has(event.messageId)).length, 2);
});
