// Tokens, versions, limits, faults, and a twin that is killed.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Caller, holds, startTwin } from "./kit.mjs";

async function withTwin(flags, use) {
  const twin = await startTwin(...flags);
  try {
    await use(twin);
  } finally {
    await twin.stop();
  }
}

test("only the right token is let in, with Bearer and without", () =>
  withTwin(["--token", "right"], async ({ url }) => {
    for (const token of ["right", "Bearer right"]) {
      await new Caller(url, { token }).done("devUsersSelf");
    }
    for (const token of ["wrong", "Bearer wrong", ""]) {
      await new Caller(url, { token }).refused("devUsersSelf", undefined, 401, { type: "unauthenticated" });
    }
  }));

test("an unknown version is refused", () =>
  withTwin([], async ({ url }) => {
    const call = new Caller(url);
    call.sdk.instance.defaults.headers["X-Devrev-Version"] = "2022-10-20";
    await call.done("devUsersSelf");
    call.sdk.instance.defaults.headers["X-Devrev-Version"] = "1999-01-01";
    await call.refused("devUsersSelf", undefined, 400, { type: "invalid_api_version", value: "1999-01-01" });
  }));

test("too many requests are told when to come again", () =>
  withTwin(["--requests-per-minute", "5"], async ({ url }) => {
    const call = new Caller(url);
    for (let count = 0; count < 5; count += 1) await call.done("devUsersSelf");
    const { headers, data } = await call.refused("devUsersSelf", undefined, 429, { type: "too_many_requests" });
    holds(headers["retry-after"], String(data.retry_after));
    holds(headers["x-ratelimit-limit"], "5");
    holds(headers["x-ratelimit-remaining"], "0");
  }));

test("a path that is no method is not found", () =>
  withTwin([], async ({ url }) => {
    const call = new Caller(url);
    const { instance } = call.sdk;
    const answer = await instance.post("/accounts.levitate", {}, { validateStatus: () => true });
    holds({ status: answer.status, data: answer.data }, { status: 404, data: { message: "route not found" } });
    const broken = await instance.post("/accounts.list", "{not json", {
      headers: { "content-type": "application/json" },
      transformRequest: [(text) => text],
      validateStatus: () => true,
    });
    holds({ status: broken.status, data: broken.data }, { status: 400, data: { type: "parse_error" } });
  }));

test("what was acknowledged is there after a kill", async () => {
  const folder = await mkdtemp(join(tmpdir(), "witness-"));
  try {
    const first = await startTwin("--data", folder);
    const made = await new Caller(first.url).done("accountsCreate", { display_name: "Kept" }, 201);
    await first.stop("SIGKILL");
    await withTwin(["--data", folder], async ({ url }) => {
      const read = await new Caller(url).done("accountsGet", { id: made.account.id });
      holds(read.account, made.account);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});
