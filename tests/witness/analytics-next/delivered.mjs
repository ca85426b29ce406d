// What a page sent is in Planhat, once, although events were refused and answers lost on the way.

import { after, afterEach, before, beforeEach, test } from "node:test";
import { arrived, brought, posted, road, same, start } from "../collector.mjs";
import { browse } from "./browser.mjs";

let browser;
let collector;
let way;
before(async () => {
  browser = await browse();
});
beforeEach(async () => {
  collector = await start({ planhat: true });
  way = await road(collector);
});
afterEach(() => collector.remove());
after(() => browser.close());

/** How many events were taken in, and their page was told so. */
const taken = () => {
  const posts = way.posts.filter((post) => post.fate === "passed" && post.status === 200);
  return new Set(posts.flatMap(posted).map((event) => event.messageId)).size;
};

test("what every call says arrives in Planhat once", async () => {
  way.planned.push("unanswered", "busy", "passed", "unanswered", "passed", "busy", "busy", "passed", "unanswered");
  const given = { key: collector.key, url: way.url };
  await browser.visit(async ({ key, url }) => {
    const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
    await analytics.setAnonymousId("a-1");
    await analytics.track("Nobody's");
    await analytics.alias("u-1", "a-1");
    await analytics.identify("u-1", { name: "Ada Lovelace", email: "ada@a.example", title: "Countess", beta: false });
    await analytics.group("g-1", { name: "Engines", website: "a.example", employees: 7 });
    await Promise.all(Array.from({ length: 10 }, (_, at) => analytics.track("Used", { at })));
    await analytics.track("Weighed", { weight: 2 });
    await analytics.track("Kept Away", {}, { integrations: { Planhat: false } });
    await analytics.page("Docs", "Home", { list: [1, { two: 2 }] });
    await analytics.pageView("/further");
    await analytics.screen("Start");
    await analytics.trackClick(document.querySelector("#link"), "Clicked", { at: "link" });
    document.querySelector("#link").click();
    await analytics.trackSubmit(document.querySelector("#form"), "Submitted", { at: "form" });
    document.querySelector("#form button").click();
    const [library] = await analytics;
    await library.queryString("?ajs_event=Asked&ajs_prop_at=address");
    await held();
  }, given, { holds: () => taken() === 22 });
  way.planned.push("busy", "unanswered");
  await browser.visit(async ({ key, url }) => {
    const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
    await analytics.alias("u-2", "u-1");
    const user = await analytics.user();
    user.id("u-2");
    await analytics.track("Afterwards");
    user.id("nobody");
    await analytics.track("Held");
    await held();
  }, given, { holds: () => taken() === 25 });
  same(way.planned, []);
  await brought(collector, arrived(collector, way), {
    became: { delivered: 21, screens_off: 1, no_identity: 1, not_meant: 1 },
    held: [["Held", "unknown_person", "nobody"]],
    company: { externalId: "g-1", name: "Engines", web: "a.example", custom: { employees: 7 } },
    person: { externalId: "u-2", email: "ada@a.example", position: "Countess", custom: { beta: false } },
    did: [
      "Afterwards",
      "Asked address",
      "Clicked link",
      "Loaded a Page",
      "Submitted form",
      ...Array.from({ length: 10 }, (_, at) => `Used ${at}`),
      "Viewed Home Page",
      "Weighed",
    ],
  });
});
