// What the witnesses in JavaScript share: a collector of their own, a road to it on which things go wrong, and checks that
// are counted.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

const program = process.env.INTERLINE_PROGRAM ?? "interline";

const children = new Set();
const folders = new Set();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

let checks = 0;

/** How many checks were made. */
export const checked = () => checks;

/** These must be the same. */
export function same(actual, expected, what) {
  checks += 1;
  assert.deepEqual(actual, expected, what);
}

/** The record has these members, whatever else it has; so have the objects among them. */
export function holds(record, expected, what) {
  same(among(record, expected), expected, what);
}

function among(record, expected) {
  const is_object = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  if (!is_object(record) || !is_object(expected)) return record;
  return Object.fromEntries(Object.keys(expected).map((name) => [name, among(record[name], expected[name])]));
}

/** Starts a collector with one source; `stop` ends it, and what came stays readable. With `planhat`, its events go to a twin. */
export async function start({ planhat = false } = {}) {
  const data = mkdtempSync(join(tmpdir(), "interline-witness-"));
  folders.add(data);
  const ask = (...flags) =>
    execFileSync(program, [...flags, "--data", data], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 28 });
  const collector = { roads: [] };
  if (planhat) await bring(collector, ask);
  collector.key = ask("source", "add", "web", ...(planhat ? ["--to", "acme"] : [])).trim();
  let running;
  /** Serves, again after `stop`: what was there is there. */
  collector.serve = async () => {
    running = spawn(program, ["serve", "--listen", "127.0.0.1:0", "--json", "--data", data], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const child = running;
    child.ended = new Promise((done) => child.once("exit", done));
    children.add(child);
    collector.url = await new Promise((found, failed) => {
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`the collector ended with ${code} before it listened`)));
      createInterface({ input: child.stdout }).once("line", (line) => found(JSON.parse(line).url));
    });
  };
  collector.stop = async (how = "SIGTERM") => {
    running.kill(how);
    await running.ended;
    children.delete(running);
  };
  /** Ends it, and the roads to it; nothing is left. */
  collector.remove = async () => {
    for (const way of collector.roads) way.close();
    await collector.stop();
    rmSync(data, { recursive: true, force: true });
    folders.delete(data);
  };
  /** All events, in the order in which they came. */
  collector.events = () =>
    ask("events", "list", "-n", "1000000", "--json")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).event);
  /** How many events became what; all of them are counted once the collector has stopped. */
  collector.counts = () => JSON.parse(ask("source", "show", "web", "--json")).last_24_hours;
  await collector.serve();
  return collector;
}

/**
 * A road to the collector. What is posted meets what is planned, one after the other, and passes when nothing is:
 * "busy" is answered 503 without being passed on, "unanswered" is passed on, and the answer is dropped.
 * `posts` says what was posted, and how it fared; `asked` says what was asked for at all.
 */
export async function road(collector) {
  const way = { planned: [], posts: [], asked: [] };
  const server = createServer(async (asked, response) => {
    const parts = [];
    for await (const part of asked) parts.push(part);
    const body = Buffer.concat(parts);
    const { method, url: path, headers } = asked;
    const fate = method === "POST" ? (way.planned.shift() ?? "passed") : "passed";
    const text = body.toString("utf8");
    const post = { path, headers, fate, body: text ? JSON.parse(text) : undefined };
    way.asked.push(`${method} ${path}`);
    if (method === "POST") way.posts.push(post);
    // A browser sends by itself what was lost on a connection that it used before.
    const close = { connection: "close" };
    if (fate === "busy") {
      const origin = headers.origin ? { "access-control-allow-origin": headers.origin } : {};
      response.writeHead(503, { ...close, ...origin }).end();
      return;
    }
    let answer;
    try {
      answer = await pass_on(collector.url, asked, body);
    } catch {
      asked.socket.destroy();
      return;
    }
    post.status = answer.status;
    post.answer = answer.body.toString("utf8");
    if (fate === "unanswered") {
      asked.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { ...answer.headers, ...close }).end(answer.body);
  });
  await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
  way.host = `127.0.0.1:${server.address().port}`;
  way.url = `http://${way.host}`;
  way.close = () => {
    server.closeAllConnections();
    server.close();
  };
  collector.roads.push(way);
  return way;
}

/** The same request to another address; the collector sees the host that was asked. */
function pass_on(url, { method, url: path, headers }, body) {
  return new Promise((done, failed) => {
    const passed = request(`${url}${path}`, { method, headers: { ...headers, connection: "close" } }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) });
    });
    passed.once("error", failed).end(body);
  });
}

/** Starts a Planhat twin, and makes the connection to it; `there` gives all that it has, by object. */
async function bring(collector, ask) {
  const twin = spawn(program, ["--json", "twin", "planhat", "--listen", "127.0.0.1:0", "--token", "T", "--control"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.add(twin);
  const url = await new Promise((found, failed) => {
    twin.once("error", failed);
    createInterface({ input: twin.stdout }).once("line", (line) => found(JSON.parse(line).url));
  });
  process.env.WITNESS_PLANHAT = "T";
  const set = ["subdomain=app.planhat.com", "tenant=TENANT", `events_url=${url}`].flatMap((one) => ["--set", one]);
  ask("connection", "add", "acme", "planhat", "--secret-env", "WITNESS_PLANHAT", "--base-url", url, ...set);
  collector.deliveries = () => JSON.parse(ask("events", "deliveries", "--json"))[0];
  collector.held = () => JSON.parse(ask("events", "held", "--json"));
  const told = async (path) => (await fetch(`${url}/_twin/${path}`, { headers: { authorization: "Bearer T" } })).text();
  collector.there = async () => {
    const there = {};
    for (const object of JSON.parse(await told("objects")).objects) {
      const lines = (await told(`dump?object=${object}`)).split("\n").filter(Boolean);
      if (lines.length > 0) there[object] = lines.map((line) => JSON.parse(line));
    }
    return there;
  };
  const remove = () => {
    twin.kill("SIGKILL");
    children.delete(twin);
  };
  collector.roads.push({ close: remove });
}

/** What an event becomes in Planhat, by name. */
const action = ({ type, event, name }) => (type === "track" ? event : name ? `Viewed ${name} Page` : "Loaded a Page");

/** Tells activities apart: `Used 7`. */
const named = ({ action, info: { at } }) => (at === undefined ? action : `${action} ${at}`);

/**
 * Once everything was brought, Planhat has one company, one person of it, and what this person did: each event once, as it was said,
 * when it took place. Nothing else is there. So many events became what, and some are held: their names, why, and for whom.
 */
export async function brought(collector, events, { became, held, company, person, did }) {
  await settled(collector, became);
  const of = new Map(events.map((event) => [event.messageId, event]));
  same(collector.held().map(({ id, reason, waits_for }) => [action(of.get(id)), reason, waits_for]), held, "what is held");
  const { company: companies, enduser: people, customfield, activity, ...others } = await collector.there();
  same([companies.length, people.length, others], [1, 1, {}], "nothing else");
  const [[there], [who]] = [companies, people];
  holds(there, company);
  holds(who, { ...person, companyId: there._id });
  const customs = [there.custom, who.custom];
  same(customs, [company.custom, person.custom], "their own fields");
  same(customfield.map((field) => field.name).sort(), customs.flatMap(Object.keys).sort(), "which were made");
  const whose = { companyId: there._id, euId: who._id, error: undefined };
  const done = events.filter(({ type }) => type === "track" || type === "page").map((event) => ({
    action: action(event),
    date: new Date(event.timestamp).toISOString(),
    info: { ...event.properties, source: "Segment" },
    weight: event.properties.weight ?? 1,
    ...whose,
  }));
  const found = activity.map((one) => Object.fromEntries(Object.keys(done[0]).map((name) => [name, one[name]])));
  const sorted = (all) => all.sort((one, other) => (named(one) < named(other) ? -1 : 1));
  same(sorted(found), sorted(done.filter((one) => did.includes(named(one)))), "each once, as it was said");
  same(found.map(named), [...did].sort(), "what was done");
}

/** Waits until so many events became what, and then for what may come too much. */
async function settled(collector, became) {
  const counted = () => {
    // What waits for another event is held for a moment, and counted.
    const { held, ...counts } = collector.deliveries().last_hour;
    return counts;
  };
  const late = Date.now() + 60_000;
  while (!isDeepStrictEqual(counted(), became) && Date.now() < late) await pause(100);
  await pause(1500);
  same(counted(), became, "what events became");
}

/** The events of a post. */
export const posted = (post) => post.body.batch ?? [post.body];

/** Microseconds since 1970. */
function micros(time) {
  const [, second, fraction = ""] = /^(.{19})(?:\.(\d+))?Z$/.exec(time);
  return BigInt(Date.parse(`${second}Z`)) * 1000n + BigInt(fraction.padEnd(6, "0").slice(0, 6));
}

/** Each event that reached the collector is there once, as it was sent, those of a batch in order; nothing else is there. */
export function arrived(collector, way) {
  const stored = collector.events();
  const places = stored.map((event) => event.messageId);
  const sent = new Map();
  for (const post of way.posts.filter((post) => post.status === 200)) {
    const fresh = posted(post).filter((event) => !sent.has(event.messageId));
    for (const event of fresh) sent.set(event.messageId, { sentAt: post.body.sentAt, ...event });
    // Requests may pass each other.
    const there = fresh.map((event) => places.indexOf(event.messageId));
    same(there, [...there].sort((one, other) => one - other), "those of a batch in order");
  }
  same([...places].sort(), [...sent.keys()].sort(), "each once");
  for (const event of stored) {
    const { timestamp, originalTimestamp, receivedAt, sentAt, ...kept } = event;
    const { timestamp: said, sentAt: said_sent, writeKey, ...rest } = sent.get(event.messageId);
    // What an event has as null it does not have.
    same(kept, Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)), "as it was sent");
    same([originalTimestamp, sentAt].map(micros), [said, said_sent].map(micros), "when it took place and was sent");
    const shift = micros(sentAt) - micros(originalTimestamp);
    same(micros(timestamp), micros(receivedAt) - shift, "when it took place by the collector's clock");
  }
  return stored;
}
