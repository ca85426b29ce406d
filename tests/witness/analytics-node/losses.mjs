// What goes wrong on the way loses no event and makes none twice.

import { afterEach, beforeEach, test } from "node:test";
import { Analytics } from "@segment/analytics-node";
import { arrived, posted, road, same, start } from "../collector.mjs";

let collector;
let way;
beforeEach(async () => {
  collector = await start();
  way = await road(collector);
});
afterEach(() => collector.remove());

const open = (settings) => new Analytics({ writeKey: collector.key, host: way.url, ...settings });
const ids = (post) => posted(post).map((event) => event.messageId);

test("a batch that was refused, and one whose answer was lost, are sent again and are there once", async () => {
  way.planned.push("busy", "unanswered");
  const library = open({ flushAt: 5 });
  for (let at = 0; at < 5; at += 1) library.track({ userId: "u-1", event: "Retried", properties: { at } });
  await library.closeAndFlush();
  same(way.posts.map((post) => [post.fate, post.status]), [["busy", undefined], ["unanswered", 200], ["passed", 200]]);
  same(way.posts.map((post) => post.headers["x-retry-count"]), [undefined, "1", "2"]);
  same(ids(way.posts[1]), ids(way.posts[0]));
  same(ids(way.posts[2]), ids(way.posts[0]));
  const stored = arrived(collector, way);
  same(stored.map((event) => event.properties.at), [0, 1, 2, 3, 4]);
  await collector.stop();
  same(collector.counts(), { accepted: 5, repeated: 5, discarded: {} });
  await collector.serve();
});

test("of many batches at once, some lost, each event is there once", async () => {
  way.planned.push("unanswered", "passed", "busy", "unanswered", "passed", "passed", "busy", "passed", "unanswered");
  const library = open({ flushAt: 10 });
  for (let at = 0; at < 200; at += 1) library.track({ anonymousId: `a-${at % 7}`, event: "Many", messageId: `m-${at}` });
  await library.closeAndFlush();
  same(way.planned, []);
  const expected = Array.from({ length: 200 }, (_, at) => `m-${at}`).sort();
  same(collector.events().map((event) => event.messageId).sort(), expected);
  await collector.stop();
  same(collector.counts(), { accepted: 200, repeated: 30, discarded: {} });
  await collector.serve();
});

test("what was answered is there when the collector is killed, and the next one knows it", async () => {
  const call = { userId: "u-1", event: "Kept", messageId: "m-kept" };
  const first = open({ flushAt: 1 });
  first.track(call);
  await first.closeAndFlush();
  await collector.stop("SIGKILL");
  same(collector.events().map((event) => event.messageId), ["m-kept"]);
  const second = open({ flushAt: 2 });
  second.track(call);
  second.track({ ...call, messageId: "m-next" });
  await new Promise((passed) => setTimeout(passed, 300));
  same(way.posts.at(-1).status, undefined, "nobody answers");
  await collector.serve();
  await second.closeAndFlush();
  same(arrived(collector, way).map((event) => event.messageId), ["m-kept", "m-next"]);
});
