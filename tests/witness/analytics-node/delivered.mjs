// What the library sent is in Planhat, once, although answers were lost on the way.

import { afterEach, beforeEach, test } from "node:test";
import { Analytics } from "@segment/analytics-node";
import { arrived, brought, road, start } from "../collector.mjs";

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
  await brought(collector, arrived(collector, way), {
    became: { delivered: 15, screens_off: 1 },
    held: [["Held", "unknown_person", "nobody"]],
    company: { externalId: "g-1", name: "Engines", custom: { employees: 7 } },
    person: { externalId: "u-2", email: "ada@a.example", position: "Countess", custom: { beta: false } },
    did: ["Afterwards", ...Array.from({ length: 10 }, (_, at) => `Used ${at}`), "Viewed Home Page"],
  });
});
