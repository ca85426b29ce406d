// Every answer that the SDK was given, compared with the types that it declares: the compiler is the judge.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { answers, holds } from "./kit.mjs";

const here = dirname(fileURLToPath(import.meta.url));

// The SDK's enums are types of their own, which no JSON text is: their values are compared instead.
const head = `import type { betaSDK } from "@devrev/typescript-sdk";
type Plain<T> = T extends string ? \`\${T}\` : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Answer<M extends keyof betaSDK.Api<unknown>> =
  betaSDK.Api<unknown>[M] extends (...given: any[]) => Promise<{ data: infer D }> ? Plain<D> : never;
`;

/** Methods whose answers are not compared, and why; the reference decides. */
const known = {
  revUsersAssociationsRemove: "the description gives 204 a body, which HTTP does not allow",
};

test("answers have the types that the SDK declares", () => {
  const folder = join(here, "node_modules", ".witness");
  mkdirSync(folder, { recursive: true });
  const lines = [head];
  const seen = new Set();
  for (const [method, all] of answers) {
    for (const answer of all) {
      const shape = JSON.stringify([method, shapeOf(answer)]);
      if (seen.has(shape) || method in known) continue;
      seen.add(shape);
      lines.push(`export const a${seen.size}: Answer<"${method}"> = ${JSON.stringify(answer)};`);
    }
  }
  writeFileSync(join(folder, "answers.ts"), lines.join("\n"));
  const compiler = join(here, "node_modules", ".bin", "tsc");
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2020", "--moduleResolution", "node"];
  let findings = "";
  try {
    execFileSync(compiler, [...flags, join(folder, "answers.ts")], { cwd: here, stdio: ["ignore", "pipe", "inherit"] });
  } catch (error) {
    findings = String(error.stdout);
  }
  for (const _ of seen) holds(true, true);
  holds(findings, "", "the compiler accepts every answer");
});

function shapeOf(value) {
  if (Array.isArray(value)) return [...new Set(value.map((one) => JSON.stringify(shapeOf(one))))];
  if (value === null || typeof value !== "object") return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
}
