// All of it, in one process; the count of checks comes last.

import { after } from "node:test";
import { checked } from "../collector.mjs";
import "./calls.mjs";
import "./losses.mjs";
import "./delivered.mjs";

after(() => console.log(`analytics-next: ${checked()} checks`));
