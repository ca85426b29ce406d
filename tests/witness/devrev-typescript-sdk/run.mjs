// All of it, in one process; the count of checks comes last.

import { after } from "node:test";
import { checked } from "./kit.mjs";
import "./crm.mjs";
import "./work.mjs";
import "./schemas.mjs";
import "./files.mjs";
import "./more.mjs";
import "./deals.mjs";
import "./states.mjs";
import "./webhooks.mjs";
import "./errors.mjs";
import "./types.mjs";

after(() => console.log(`devrev-typescript-sdk: ${checked()} checks`));
