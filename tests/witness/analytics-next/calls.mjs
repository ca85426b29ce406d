// Every call that a page can make is an event as it was meant.

import { after, afterEach, before, beforeEach, test } from "node:test";
import { arrived, holds, road, same, start } from "../collector.mjs";
import { browse } from "./browser.mjs";

let browser;
let collector;
let way;
before(async () => {
  browser = await browse();
});
beforeEach(async () => {
  collector = await start();
  way = await road(collector);
});
afterEach(() => collector.remove());
after(() => browser.close());

test("every call is an event as it was meant", async () => {
  const given = { key: collector.key, url: way.url, host: way.host };
  const loaded = await browser.visit(async ({ key, url, host }) => {
    const analytics = AnalyticsBrowser.load(
      { writeKey: key, cdnURL: url },
      { integrations: { "Segment.io": { apiHost: `${host}/v1`, protocol: "http" } } },
    );
    const common = {
      timestamp: new Date("2026-01-02T03:04:05.678Z"),
      context: { groupId: "g-7", traits: { email: "ada@witness.example" } },
      integrations: { All: false, Planhat: true },
    };
    await analytics.setAnonymousId("a-1");
    await analytics.page("Docs", "Home", { list: [1, { two: 2 }], none: null }, common);
    await analytics.page();
    await analytics.identify("u-1", { email: "ada@witness.example", name: "Ada", company: { id: "g-7" } }, common);
    await analytics.identify({ plan: "large" });
    await analytics.track("Order Completed", { revenue: 12.5, text: 'Größe \u{1F600} "quoted" \u2028' }, common);
    await analytics.track("Opened");
    await analytics.screen("App", "Start", { tab: 1 }, common);
    await analytics.group("g-7", { name: "Witness", employees: 7 }, common);
    await analytics.alias("u-2", "u-0", common);
    await analytics.trackClick(document.querySelector("#link"), "Clicked", { at: "link" });
    document.querySelector("#link").click();
    await analytics.trackSubmit(document.querySelector("#form"), "Submitted", { at: "form" });
    document.querySelector("#form button").click();
    await analytics.reset();
    await analytics.setAnonymousId("a-2");
    await analytics.track("Opened Again");
    await held();
    return performance.getEntriesByType("resource").map((entry) => new URL(entry.name).origin);
  }, given, { holds: () => way.posts.filter((post) => post.status).length >= 12 });
  same(new Set(loaded), new Set([browser.site, way.url]), "it asks nobody else");
  const type = (event) => [event.type, event.event ?? event.name ?? event.groupId ?? event.previousId];
  const stored = arrived(collector, way).sort((one, other) => (one.originalTimestamp < other.originalTimestamp ? -1 : 1));
  const by = (...wanted) => stored.filter((event) => JSON.stringify(type(event)) === JSON.stringify(wanted));
  const only = (...wanted) => {
    same(by(...wanted).length, 1, `${wanted} once`);
    return by(...wanted)[0];
  };
  same(stored.length, 12);

  const url = `${browser.site}/page/1?utm_campaign=spring&utm_source=mail`;
  const context = {
    page: { path: "/page/1", search: "?utm_campaign=spring&utm_source=mail", title: "A witness", url },
    campaign: { name: "spring", source: "mail" },
    library: { name: "analytics.js" },
  };
  for (const event of stored) holds(event, { context }, event.type);
  const common = {
    context: { groupId: "g-7", traits: { email: "ada@witness.example" } },
    integrations: { All: false, Planhat: true },
    originalTimestamp: "2026-01-02T03:04:05.678Z",
  };
  const properties = { list: [1, { two: 2 }], none: null, path: "/page/1", title: "A witness", url };
  holds(only("page", "Home"), { ...common, category: "Docs", anonymousId: "a-1", userId: undefined, properties });
  const traits = { email: "ada@witness.example", name: "Ada", company: { id: "g-7" } };
  const [, plain] = stored.filter((event) => event.type === "page");
  holds(plain, { anonymousId: "a-1", name: undefined, properties: { path: "/page/1", title: "A witness" } });
  const identified = stored.filter((event) => event.type === "identify");
  same(identified.map((event) => event.traits), [traits, { ...traits, plan: "large" }]);
  holds(identified[0], { ...common, userId: "u-1", anonymousId: "a-1" });
  const user = { userId: "u-1", anonymousId: "a-1" };
  const text = 'Größe \u{1F600} "quoted" \u2028';
  holds(only("track", "Order Completed"), { ...common, ...user, properties: { revenue: 12.5, text } });
  holds(only("track", "Opened"), { ...user, properties: {} });
  holds(only("screen", "Start"), { ...common, ...user, category: "App", properties: { tab: 1 } });
  holds(only("group", "g-7"), { ...common, ...user, traits: { name: "Witness", employees: 7 } });
  // The library puts who the user is in place of who the user becomes.
  holds(only("alias", "u-0"), { ...common, ...user });
  holds(only("track", "Clicked"), { ...user, properties: { at: "link" } });
  holds(only("track", "Submitted"), { ...user, properties: { at: "form" } });
  holds(only("track", "Opened Again"), { anonymousId: "a-2", userId: undefined });

  // A page of another origin asks first, and each path by its letter.
  same(way.asked[0], `GET /v1/projects/${collector.key}/settings`);
  for (const letter of "ptisga") {
    const asked = [`OPTIONS /v1/${letter}`, `POST /v1/${letter}`].map((one) => way.asked.indexOf(one));
    same(asked[0] >= 0 && asked[0] < asked[1], true, `${letter}: asked before it was posted`);
  }
  same(way.posts.every((post) => post.headers["content-type"] === "text/plain" && post.status === 200), true);
  same(new Set(way.posts.map((post) => post.headers.origin)), new Set([browser.site]));
  await collector.stop();
  same(collector.counts(), { accepted: 12, repeated: 0, discarded: {} });
  await collector.serve();
});

test("the collector alone says where events go", async () => {
  await browser.visit(async ({ key, url }) => {
    const analytics = AnalyticsBrowser.load({ writeKey: key, cdnURL: url });
    await analytics.track("Found");
  }, { key: collector.key, url: way.url });
  same(arrived(collector, way).map((event) => event.event), ["Found"]);
});

test("a page whose key nobody has sends nothing", async () => {
  const fate = await browser.visit(async ({ url }) => {
    const analytics = AnalyticsBrowser.load({ writeKey: "0123456789abcdef0123456789abcdef", cdnURL: url });
    return analytics.then(() => "loaded", (error) => error.message);
  }, { url: way.url });
  same(JSON.parse(fate).code, "unknown_source");
  same(way.posts, []);
});
