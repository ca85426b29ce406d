// What every file here uses: a twin of its own, the SDK pointed at it, and checks that are counted.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { IntercomClient } from "intercom-client";

const program = process.env.INTERLINE_PROGRAM ?? "interline";

let checks = 0;

/** How many checks were made. */
export const checked = () => checks;

/** These must be the same. */
export function same(actual, expected, what) {
  checks += 1;
  assert.deepEqual(actual, expected, what);
}

/** The record has these members, whatever else it has. */
export function holds(record, expected, what) {
  const among = Object.fromEntries(Object.keys(expected).map((name) => [name, record?.[name]]));
  same(among, expected, what);
}

/** The call must end in an error with this status and this code. */
export async function refused(status, code, call) {
  checks += 1;
  await assert.rejects(call, (error) => {
    assert.equal(error.statusCode, status, error.message);
    assert.equal(error.body?.type, "error.list");
    assert.equal(error.body?.errors?.[0]?.code, code);
    return true;
  });
}

/** Everything that a list gives, page by page. */
export async function everything(page) {
  const all = [];
  for await (const one of await page) all.push(one);
  return all;
}

/** Starts a twin, and the SDK that asks it; `stop` ends it. */
export async function start(...flags) {
  const arguments_ = ["--json", "twin", "intercom", "--listen", "127.0.0.1:0", "--token", "a-token", "--control", ...flags];
  const twin = spawn(program, arguments_, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((done) => twin.once("exit", done));
  process.once("exit", () => twin.kill());
  const url = await new Promise((found, failed) => {
    twin.once("error", failed);
    twin.once("exit", (code) => failed(new Error(`the twin ended with ${code} before it listened`)));
    createInterface({ input: twin.stdout }).once("line", (line) => found(JSON.parse(line).url));
  });
  const sdk = (token = "a-token") => new IntercomClient({ token, environment: url, maxRetries: 0 });
  /** Every record of an object, as the twin keeps them. */
  const dump = async (object) => {
    const headers = { authorization: "Bearer a-token" };
    const answer = await fetch(`${url}/_twin/dump?object=${object}`, { headers });
    return (await answer.text()).trim().split("\n").filter(Boolean).map(JSON.parse);
  };
  const stop = async () => {
    twin.kill();
    await ended;
  };
  return { url, sdk, dump, stop };
}
