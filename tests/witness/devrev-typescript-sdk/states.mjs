// States, stages and their diagrams.

import { after, before, test } from "node:test";
import { Caller, holds, startTwin } from "./kit.mjs";

let twin;
let call;
before(async () => {
  twin = await startTwin();
  call = new Caller(twin.url);
});
after(() => twin.stop());

test("states, stages and diagrams", async () => {
  const state = { name: "paused", ordinal: 500, is_final: false };
  const { custom_state } = await call.done("customStatesCreate", state, 201);
  holds(custom_state, state);
  await call.refused("customStatesCreate", { ...state, name: "other" }, 400);
  const stage = { name: "on_hold", ordinal: 10, state: custom_state.id };
  const { custom_stage } = await call.done("customStagesCreate", stage, 201);
  holds(custom_stage, { name: "on_hold", ordinal: 10, state: { id: custom_state.id } });
  const read = await call.done("customStagesGet", { id: custom_stage.id });
  holds(read.custom_stage, custom_stage);
  const renamed = await call.done("customStagesUpdate", { id: custom_stage.id, name: "held" });
  holds(renamed.custom_stage, { name: "held" });
  const { result } = await call.done("customStagesListPost", { name: ["held"] });
  holds(result.map((one) => one.id), [custom_stage.id]);
  const kind = {
    type: "tenant_fragment",
    leaf_type: "license",
    description: "Licences",
    is_custom_leaf_type: true,
    id_prefix: "LIC",
    fields: [{ name: "seats", field_type: "int" }],
  };
  await call.done("customSchemaFragmentsSet", kind, 201);
  const diagram = {
    leaf_type: "license",
    is_custom_leaf_type: true,
    name: "Licenses",
    stages: [{ stage_id: custom_stage.id, is_start: true, transitions: [] }],
  };
  const { stage_diagram } = await call.done("stageDiagramsCreate", diagram, 201);
  holds(stage_diagram, { name: "Licenses", leaf_type: "license" });
  const { stage_diagram: seen } = await call.done("stageDiagramsGet", { id: stage_diagram.id });
  holds(seen, stage_diagram);
  await call.done("customSchemaFragmentsSet", { ...kind, stage_diagram: stage_diagram.id }, 201);
  const made = { leaf_type: "license", unique_key: "one" };
  const { custom_object } = await call.done("customObjectsCreate", made, 201);
  holds(custom_object, { leaf_type: "license", stage: { stage: { name: "held" }, state: { name: "paused" } } });
});
