// The life of a record, alike for every kind: created, read, listed, changed, deleted, and refused when it is wrong.

import { test } from "node:test";
import { Caller, holds } from "./kit.mjs";

const COUNT = 5;

/** What the SDK calls a method of this kind. */
const named = (kind, verb) => kind.names?.[verb] ?? `${kind.methods}${verb}`;

/**
 * Checks a kind.
 *
 * `methods` is what the SDK's names begin with, or `names` has them by their verbs; `one` and `many` are the members of
 * answers. `make` gives what a creation takes, `shown` what the record then holds where that differs, `change` what an
 * update takes and `seen` what the record then holds. `needs` are members that cannot be left out, `wrong` has members
 * with a value of the wrong JSON type and the type that they should have. What `stays` cannot be deleted.
 */
export async function live(call, kind) {
  const { one, many, make, filter = {} } = kind;
  const made = [];
  for (let number = 0; number < COUNT; number += 1) {
    const body = make(number);
    const answer = await call.done(named(kind, "Create"), body, 201);
    holds(answer[one], kind.shown?.(number) ?? body);
    made.push(answer[one]);
  }
  await read(call, kind, made);
  for (const verb of ["List", "ListPost"]) {
    const method = named(kind, verb);
    const ids = await call.pages(method, filter, many);
    const ours = new Set(made.map((record) => record.id));
    holds(ids.filter((id) => ours.has(id)), made.map((record) => record.id), `${method} lists all that was made`);
  }
  if (kind.change) await change(call, kind, made[1]);
  await refuse(call, kind, made[2]);
  if (!kind.stays) await remove(call, kind, made[3]);
  return made;
}

async function read(call, kind, made) {
  for (const record of made) {
    for (const verb of ["Get", "GetPost"]) {
      const answer = await call.done(named(kind, verb), { id: record.id });
      holds(answer[kind.one], record);
    }
  }
}

async function change(call, kind, record) {
  const { one, change, seen } = kind;
  const before = await call.done(named(kind, "Get"), { id: record.id });
  const answer = await call.done(named(kind, "Update"), { id: record.id, ...change });
  holds(answer[one], seen ?? change);
  const after = await call.done(named(kind, "Get"), { id: record.id });
  holds(after[one], answer[one]);
  const kept = ["id", "display_id", "created_date", "created_by"];
  holds(after[one], Object.fromEntries(kept.map((name) => [name, before[one][name]])));
}

async function refuse(call, kind, record) {
  const { make, change = {}, needs = [], wrong = [] } = kind;
  const create = named(kind, "Create");
  for (const name of needs) {
    const { [name]: _, ...rest } = make(100);
    await call.refused(create, rest, 400, { type: "missing_required_field", field_name: name });
  }
  for (const [name, value, expected] of wrong) {
    const members = { type: "unexpected_json_type", field_name: name, expected };
    await call.refused(create, { ...make(101), [name]: value }, 400, members);
  }
  const unknown = { type: "invalid_field", field_name: "no_such_member" };
  await call.refused(create, { ...make(102), no_such_member: 1 }, 400, unknown);
  await call.refused(named(kind, "Update"), { id: record.id, ...change, no_such_member: 1 }, 400, unknown);
  for (const verb of ["Get", "GetPost"]) {
    const get = named(kind, verb);
    await call.refused(get, { id: "nonsense" }, 400, { type: "invalid_id", field_name: "id" });
    await call.refused(get, {}, 400, { type: "missing_required_field", field_name: "id" });
    const foreign = "don:core:dvrv-us-1:devo/1nterL1ne:stage_diagram/1";
    await call.refused(get, { id: foreign }, 400, { type: "unexpected_id_type", field_name: "id" });
  }
}

async function remove(call, kind, record) {
  const { many, change = {}, filter = {} } = kind;
  await call.done(named(kind, "Delete"), { id: record.id });
  for (const verb of ["Get", "GetPost", "Delete"]) {
    await call.refused(named(kind, verb), { id: record.id }, 404, { type: "not_found" });
  }
  await call.refused(named(kind, "Update"), { id: record.id, ...change }, 404, { type: "not_found" });
  const list = named(kind, "List");
  const left = await call.pages(list, filter, many, 50);
  holds(left.includes(record.id), false, `${list} has forgotten what was deleted`);
}

/** One test for each edition of the SDK. */
export function testKind(title, twin, kindFor) {
  for (const edition of ["public", "beta"]) {
    test(`${title}, ${edition} SDK`, async () => {
      const call = new Caller(twin().url, { edition });
      await live(call, await kindFor(call, edition));
    });
  }
}
