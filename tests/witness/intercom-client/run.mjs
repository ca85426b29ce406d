// All of it, in one process; the count of checks comes last.

import { after } from "node:test";
import { checked } from "./kit.mjs";
import "./reading.mjs";
import "./writing.mjs";

after(() => console.log(`intercom-client: ${checked()} checks`));
