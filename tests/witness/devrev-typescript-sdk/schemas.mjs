// Custom fields, leaf types of our own and objects of them, stages.

import { after, before, test } from "node:test";
import { Caller, holds, startTwin } from "./kit.mjs";
import { live } from "./records.mjs";

let twin;
let call;
before(async () => {
  twin = await startTwin();
  call = new Caller(twin.url);
});
after(() => twin.stop());

const fields = [
  { name: "seats", field_type: "int", is_filterable: true, ui: { display_name: "Seats" } },
  { name: "price", field_type: "double" },
  { name: "live", field_type: "bool" },
  { name: "product", field_type: "text", is_filterable: true },
  { name: "terms", field_type: "rich_text" },
  { name: "code", field_type: "tokens", is_filterable: true },
  { name: "cycle", field_type: "enum", allowed_values: ["monthly", "yearly"] },
  { name: "starts", field_type: "date" },
  { name: "signed", field_type: "timestamp" },
  { name: "account", field_type: "id", id_type: ["account"] },
  { name: "aliases", field_type: "array", base_type: "text" },
];

const values = {
  tnt__seats: 25,
  tnt__price: 1234.56,
  tnt__live: true,
  tnt__product: "Gold & “more” 🌲",
  tnt__terms: "* one\n* **two**",
  tnt__code: "AB-12",
  tnt__cycle: "yearly",
  tnt__starts: "2026-02-28",
  tnt__signed: "2026-02-28T12:34:56.789Z",
  tnt__aliases: ["a", "b"],
};

test("fields that were added to accounts hold their values", async () => {
  const { id } = await call.done("accountsCreate", { display_name: "Before" }, 201).then((answer) => answer.account);
  const set = { type: "tenant_fragment", leaf_type: "account", description: "Ours", fields };
  const fragment = await call.done("customSchemaFragmentsSet", set, 201);
  const read = await call.done("customSchemaFragmentsGet", { id: fragment.id });
  holds(read.fragment, { id: fragment.id, leaf_type: "account", type: "tenant_fragment" });
  holds(read.fragment.fields.map((field) => field.field_type), fields.map((field) => field.field_type));
  const listed = await call.done("customSchemaFragmentsListPost", { leaf_type: ["account"], types: ["tenant_fragment"] });
  holds(listed.result.map((one) => one.id), [fragment.id]);

  const spec = { custom_schema_spec: { tenant_fragment: true } };
  const body = { display_name: "Custom", custom_fields: { ...values, tnt__account: id }, ...spec };
  const { account } = await call.done("accountsCreate", body, 201);
  holds(account, { custom_fields: body.custom_fields });
  const again = await call.done("accountsGet", { id: account.id });
  holds(again.account, { custom_fields: body.custom_fields });
  const cleared = { id: account.id, custom_fields: { tnt__seats: null, tnt__price: -0.5 }, ...spec };
  const changed = await call.done("accountsUpdate", cleared);
  holds(changed.account.custom_fields, { tnt__seats: undefined, tnt__price: -0.5, tnt__code: "AB-12" });
  for (const filter of [{ tnt__code: ["AB-12"] }, { tnt__code: ["x", "AB-12"] }]) {
    const found = await call.done("accountsListPost", { custom_fields: filter });
    holds(found.accounts.map((one) => one.id), [account.id]);
  }
  const wrong = { tnt__seats: "many", tnt__cycle: "daily", tnt__starts: "soon", tnt__nowhere: 1, tnt__account: "DEVU-1" };
  for (const [name, value] of Object.entries(wrong)) {
    const refused = { id: account.id, custom_fields: { [name]: value }, ...spec };
    await call.refused("accountsUpdate", refused, 400, { type: "customization_validation_error" });
  }
  await call.refused("accountsUpdate", { id: account.id, custom_fields: { tnt__seats: 1 } }, 400);
});

test("a fragment is replaced as a whole", async () => {
  const set = (fields, more) => ({ type: "tenant_fragment", leaf_type: "ticket", description: "Ours", fields, ...more });
  const [one, two] = [{ name: "one", field_type: "text" }, { name: "two", field_type: "text" }];
  const first = await call.done("customSchemaFragmentsSet", set([one, two]), 201);
  await call.refused("customSchemaFragmentsSet", set([one]), 400);
  const second = await call.done("customSchemaFragmentsSet", set([one], { deleted_fields: ["two"] }), 201);
  holds(second.id === first.id, false);
  const { result } = await call.done("customSchemaFragmentsList", { leaf_type: ["ticket"] });
  holds(result.map((fragment) => fragment.fields.length), [1]);
  const { schema } = await call.done("aggregatedSchemaGetPost", { leaf_type: "ticket" });
  holds(schema.custom_fields.map((field) => field.field_type), ["text"]);
  holds(schema.stock_fields.some((field) => field.name === "title"), true);
});

test("stock schemas can be read", async () => {
  const { result } = await call.done("stockSchemaFragmentsListPost", {});
  const leaves = result.map((fragment) => fragment.leaf_type);
  for (const leaf of ["account", "rev_user", "ticket", "issue", "conversation"]) {
    holds(leaves.includes(leaf), true, `${leaf} in ${leaves}`);
    const { fragment } = await call.done("stockSchemaFragmentsGet", { leaf_type: leaf });
    holds(await call.done("stockSchemaFragmentsGetPost", { id: fragment.id }), { fragment });
  }
});

test("a leaf type of our own has objects", async () => {
  const leaf = {
    type: "tenant_fragment",
    leaf_type: "license",
    description: "Licenses",
    is_custom_leaf_type: true,
    id_prefix: "LIC",
    fields,
  };
  await call.done("customSchemaFragmentsSet", leaf, 201);
  const spec = { custom_schema_spec: { tenant_fragment: true } };
  const made = await live(call, {
    methods: "customObjects",
    one: "custom_object",
    many: "result",
    filter: { leaf_type: "license" },
    make: (number) => ({
      leaf_type: "license",
      title: `License ${number}`,
      unique_key: `planhat:license:${number}`,
      custom_fields: values,
      ...spec,
    }),
    shown: (number) => ({ leaf_type: "license", unique_key: `planhat:license:${number}`, custom_fields: values }),
    change: { title: "Renewed", custom_fields: { tnt__seats: 26 }, ...spec },
    seen: { title: "Renewed", custom_fields: { ...values, tnt__seats: 26 } },
    needs: ["leaf_type"],
    wrong: [["title", 1, "string"]],
  });
  holds(made.map((one) => one.display_id).every((id) => id.startsWith("C-LIC-")), true);
  const again = { leaf_type: "license", unique_key: "planhat:license:0" };
  await call.refused("customObjectsCreate", again, 409, { type: "conflict" });
  const { count } = await call.done("customObjectsCountPost", { leaf_type: "license" });
  holds(count, 4);
  const filter = ["eq", "$custom_fields.tnt__seats", 26];
  const found = await call.done("customObjectsListPost", { leaf_type: "license", filter });
  holds(found.result.map((one) => one.id), [made[1].id]);
  await call.refused("customObjectsList", {}, 400, { type: "missing_required_field", field_name: "leaf_type" });
});
