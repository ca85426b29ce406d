// What every file here uses: a twin of its own, calls through the SDK, and checks that are counted.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { client } from "@devrev/typescript-sdk";

const program = process.env.INTERLINE_PROGRAM ?? "interline";

// Every twin leaves a listener, so that none outlives the process.
process.setMaxListeners(0);

let checks = 0;

/** Every answer to the beta SDK, by its method, for the comparison with the SDK's types. */
export const answers = new Map();

/** How many checks were made. */
export const checked = () => checks;

/** What is there must be what is expected, members beside those of `expected` aside. */
export function holds(actual, expected, what) {
  checks += 1;
  assert.deepEqual(among(actual, expected), expected, what);
}

function among(actual, expected) {
  const isObject = (value) => typeof value === "object" && value !== null;
  if (!isObject(actual) || !isObject(expected) || Array.isArray(actual) !== Array.isArray(expected)) return actual;
  if (Array.isArray(actual)) return actual.map((value, index) => among(value, expected[index]));
  return Object.fromEntries(Object.keys(expected).map((name) => [name, among(actual[name], expected[name])]));
}

/** Starts a twin; `stop` ends it. */
export async function startTwin(...flags) {
  const arguments_ = ["--json", "twin", "devrev", "--listen", "127.0.0.1:0", ...flags];
  const twin = spawn(program, arguments_, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((done) => twin.once("exit", done));
  process.once("exit", () => twin.kill());
  const url = await new Promise((found, failed) => {
    twin.once("error", failed);
    twin.once("exit", (code) => failed(new Error(`the twin ended with ${code} before it listened`)));
    createInterface({ input: twin.stdout }).once("line", (line) => found(JSON.parse(line).url));
  });
  const stop = async (signal = "SIGTERM") => {
    twin.kill(signal);
    await ended;
  };
  return { url, stop };
}

/** Calls through DevRev's SDK. */
export class Caller {
  constructor(url, { edition = "beta", token = "a-token" } = {}) {
    const setup = { endpoint: url, token };
    this.edition = edition;
    this.sdk = edition === "beta" ? client.setupBeta(setup) : client.setup(setup);
  }

  /** The answer to a call that must succeed, with this status. */
  async done(method, body, status = 200) {
    const answer = await this.#call(method, body);
    const told = `${method} ${JSON.stringify(body)} was answered ${JSON.stringify(answer.data)}`;
    holds({ status: answer.status }, { status }, told);
    if (this.edition === "beta") {
      if (!answers.has(method)) answers.set(method, []);
      answers.get(method).push(answer.data);
    }
    return answer.data;
  }

  /** A call that must be refused, with this status and these members in the body. */
  async refused(method, body, status, members = {}) {
    const answer = await this.#call(method, body);
    const seen = { status: answer.status, body: answer.data };
    const told = `${method} ${JSON.stringify(body)} was answered ${JSON.stringify(answer.data)}`;
    holds(seen, { status, body: members }, told);
    return answer;
  }

  async #call(method, body) {
    try {
      return await this.sdk[method](body);
    } catch (error) {
      if (error.response) return error.response;
      throw error;
    }
  }

  /** Every record of a list, page by page in both directions. */
  async pages(method, body, member, limit = 2) {
    const forth = [];
    let cursor;
    let last;
    do {
      last = await this.done(method, { ...body, limit, ...(cursor && { cursor }) });
      holds({ few: last[member].length <= limit }, { few: true }, `${method} keeps to its limit`);
      forth.push(last[member].map((record) => record.id));
      cursor = last.next_cursor;
    } while (cursor);
    const back = [forth.at(-1)];
    cursor = last.prev_cursor;
    while (cursor) {
      last = await this.done(method, { ...body, limit, cursor, mode: "before" });
      back.unshift(last[member].map((record) => record.id));
      cursor = last.prev_cursor;
    }
    holds(back.flat(), forth.flat(), `${method} gives the same backwards`);
    holds(new Set(forth.flat()).size, forth.flat().length, `${method} gives nothing twice`);
    return forth.flat();
  }
}
