// Files: prepared, uploaded, attached once, and fetched.

import { after, before, test } from "node:test";
import { Caller, holds, startTwin } from "./kit.mjs";

let twin;
let call;
before(async () => {
  twin = await startTwin();
  call = new Caller(twin.url);
});
after(() => twin.stop());

const WORDS = "Words & \u{1f332}\r\n";

/** Uploads as the answer to a preparation says. */
async function upload({ url, form_data }, content = WORDS) {
  const form = new FormData();
  for (const { key, value } of form_data) form.append(key, value);
  form.append("file", new Blob([content], { type: "text/plain" }), "note.txt");
  const answer = await fetch(url, { method: "POST", body: form });
  holds(answer.status, 204, await answer.text());
}

async function fetched(id) {
  const texts = [];
  for (const method of ["artifactsLocate", "artifactsLocatePost"]) {
    const answer = await fetch((await call.done(method, { id })).url);
    holds(answer.status, 200);
    texts.push(await answer.text());
  }
  holds(texts[0], texts[1]);
  return texts[0];
}

test("a file is prepared, uploaded, attached once and fetched", async () => {
  const prepared = await call.done("artifactsPrepare", { file_name: "note.txt", file_type: "text/plain" });
  await upload(prepared);
  const { account } = await call.done("accountsCreate", { display_name: "Files", artifacts: [prepared.id] }, 201);
  holds(account.artifacts.map((one) => one.id), [prepared.id]);
  const { artifact } = await call.done("artifactsGet", { id: prepared.id });
  holds(artifact, { id: prepared.id, file: { name: "note.txt", type: "text/plain" } });
  const { artifacts } = await call.done("artifactsListPost", { parent_id: account.id });
  holds(artifacts.map((one) => one.id), [prepared.id]);
  holds(await fetched(prepared.id), WORDS);

  const second = { display_name: "Thief", artifacts: [prepared.id] };
  const members = { type: "artifact_already_attached_to_a_parent", existing_parent: account.id, is_same: false };
  await call.refused("accountsCreate", second, 400, members);
});

test("a file has versions", async () => {
  const prepared = await call.done("artifactsPrepare", { file_name: "note.txt" });
  await upload(prepared);
  await upload(await call.done("artifactsVersionsPrepare", { id: prepared.id }), "Second");
  holds(await fetched(prepared.id), "Second");
});

test("a comment takes files", async () => {
  const prepared = await call.done("artifactsPrepare", { file_name: "note.txt", file_type: "text/plain" });
  await upload(prepared);
  const artifact = prepared.id;
  const { conversation } = await call.done("conversationsCreate", { type: "support", title: "With a file" }, 201);
  const body = { object: conversation.id, type: "timeline_comment", body: "See the file", artifacts: [artifact] };
  const { timeline_entry } = await call.done("timelineEntriesCreate", body, 201);
  holds(timeline_entry.artifacts.map((one) => one.id), [artifact]);
  await call.refused("timelineEntriesCreate", { ...body, body: "Again" }, 400);
});

test("what is no file is not found", async () => {
  await call.refused("artifactsPrepare", {}, 400, { type: "missing_required_field", field_name: "file_name" });
  const nowhere = "don:core:dvrv-us-1:devo/1nterL1ne:artifact/4711";
  for (const method of ["artifactsGet", "artifactsGetPost", "artifactsLocate"]) {
    await call.refused(method, { id: nowhere }, 404, { type: "not_found" });
  }
  const wrong = { file_name: "a", configuration_set: "attic" };
  await call.refused("artifactsPrepare", wrong, 400, { type: "invalid_enum_value", field_name: "configuration_set" });
});
