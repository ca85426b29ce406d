// What the library sent is in Planhat, once, although answers were lost on the way.

import { afterEach, beforeEach, test } from "node:test";
import { Analytics } from "@segment/analytics-node";
import { holds, road, same, start } from "../collector.mjs";

let collector;
let way;
beforeEach(async () => {
  collector = await start({ planhat: true });
  way = await road(collector);
});
afterEach(() => collector.remove());

test("what every call says arrives in Planhat once", async () => {
  way.planned.push("unanswered", "busy", "passed", "unanswered");
  const open = () => new Analytics({ writeKey: collector.key, host: way.url, flushAt: 4 });
  const library = open();
  library.group({ userId: "u-1", groupId: "g-1", traits: { name: "Engines", employees: 7 } });
  library.identify({ userId: "u-1", traits: { name: "Ada Lovelace", email: "ada@a.example", title: "Countess", beta: false } });
  for (let at = 0; at < 10; at += 1) library.track({ userId: "u-1", event: "Used", properties: { at } });
  library.page({ userId: "u-1", name: "Home" });
  library.screen({ userId: "u-1", name: "Start" });
  library.track({ userId: "nobody", event: "Held" });
  await library.closeAndFlush();
  const later = open();
  later.alias({ userId: "u-2", previousId: "u-1" });
  later.track({ userId: "u-2", event: "Afterwards" });
  await later.closeAndFlush();
  const activities = await collector.there("activity");
  // A batch that was sent again comes behind others.
  const used = activities.filter((one) => one.action === "Used").map((one) => one.info.at);
  same(used.sort((one, other) => one - other), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const others = activities.map((one) => one.action).filter((action) => action !== "Used");
  same(others.sort(), ["Afterwards", "Viewed Home Page"]);
  const [person, ...nobody] = await collector.there("enduser");
  same(nobody, []);
  holds(person, { externalId: "u-2", email: "ada@a.example", position: "Countess", custom: { beta: false } });
  const [company, ...none] = await collector.there("company");
  same(none, []);
  holds(company, { externalId: "g-1", name: "Engines", custom: { employees: 7 } });
  const { last_hour, held } = collector.deliveries();
  // Batches pass each other: what came before the identify was held for a moment, and counted.
  same([last_hour.delivered, last_hour.screens_off, held], [15, 1, { unknown_person: 1 }]);
});
