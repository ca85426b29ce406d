// Accounts, workspaces, contacts, dev users and tags.

import { after, before, test } from "node:test";
import { Caller, holds, startTwin } from "./kit.mjs";
import { testKind } from "./records.mjs";

let twin;
before(async () => (twin = await startTwin()));
after(() => twin.stop());

testKind("accounts", () => twin, async (_, edition) => ({
  methods: "accounts",
  one: "account",
  many: "accounts",
  make: (number) => ({
    display_name: `Company ${edition} ${number}`,
    description: "A *customer*, with “quotes” and 🌲",
    domains: [`${edition}-${number}.example`],
    external_refs: [`${edition}:company:${number}`],
    tier: "gold",
  }),
  change: { display_name: `Renamed ${edition}`, tier: "silver", domains: [`new-${edition}.example`] },
  needs: ["display_name"],
  wrong: [
    ["display_name", 1, "string"],
    ["domains", "a.example", "array"],
  ],
}));

testKind("tags", () => twin, async (_, edition) => ({
  methods: "tags",
  one: "tag",
  many: "tags",
  make: (number) => ({ name: `${edition} ${number}`, description: "A tag", allowed_values: ["high", "low"] }),
  change: { name: `${edition} renamed`, allowed_values: { set: ["middle"] } },
  seen: { name: `${edition} renamed`, allowed_values: ["middle"] },
  needs: ["name"],
  wrong: [["name", [], "string"]],
}));

testKind("workspaces", () => twin, async (call, edition) => {
  const { account } = await call.done("accountsCreate", { display_name: `Workspaces ${edition}` }, 201);
  return {
    methods: "revOrgs",
    one: "rev_org",
    many: "rev_orgs",
    make: (number) => ({
      account: account.id,
      display_name: `Workspace ${edition} ${number}`,
      external_ref: `${edition}:workspace:${number}`,
    }),
    shown: (number) => ({ display_name: `Workspace ${edition} ${number}`, external_ref: `${edition}:workspace:${number}` }),
    change: { description: "Moved" },
    needs: ["display_name", "account"],
  };
});

testKind("contacts", () => twin, async (call, edition) => {
  const answer = await call.done("accountsCreate", { display_name: `Contacts ${edition}` }, 201);
  const { rev_orgs } = await call.done("revOrgsListPost", { external_ref: [answer.account.id] });
  const [org] = rev_orgs;
  return {
    methods: "revUsers",
    one: "rev_user",
    many: "rev_users",
    make: (number) => ({
      display_name: `Person ${number}`,
      email: `person-${number}@${edition}.example`,
      external_ref: `${edition}:person:${number}`,
      phone_numbers: ["+4681234567"],
      rev_org: org.id,
    }),
    shown: (number) => ({ email: `person-${number}@${edition}.example`, rev_org: { id: org.id } }),
    change: { display_name: "Somebody else", email: `else@${edition}.example` },
    wrong: [["phone_numbers", "1", "array"]],
  };
});

test("keys are unique", async () => {
  const call = new Caller(twin.url);
  const taken = async (method, body) => {
    await call.done(method, body, 201);
    await call.refused(method, body, 409, { type: "conflict" });
  };
  const { account } = await call.done("accountsCreate", { display_name: "Keys", external_refs: ["key:1"] }, 201);
  await call.refused("accountsCreate", { display_name: "Other", external_refs: ["key:1"] }, 409, { type: "conflict" });
  await taken("tagsCreate", { name: "taken" });
  await taken("revUsersCreate", { external_ref: "key:person" });
  await taken("revOrgsCreate", { account: account.id, display_name: "Keys 2", external_ref: "key:workspace" });
  await taken("devUsersCreate", { email: "shadow@example.com", state: "shadow" });
});

test("lists are filtered, by query and by body", async () => {
  const call = new Caller(twin.url);
  const { accounts } = await call.done("accountsListPost", { external_refs: ["beta:company:4"] });
  holds(accounts.length, 1);
  const filters = [
    { external_refs: ["beta:company:4"] },
    { external_refs: ["beta:company:4", "nobody"] },
    { display_name: ["Company beta 4"] },
    { domains: ["beta-4.example", "nowhere.example"] },
  ];
  for (const filter of filters) {
    for (const method of ["accountsList", "accountsListPost"]) {
      const found = await call.done(method, filter);
      holds(found.accounts.map((account) => account.id), [accounts[0].id], `${method} ${JSON.stringify(filter)}`);
    }
  }
  const none = await call.done("accountsList", { "created_date.before": "2001-01-01T00:00:00Z" });
  holds(none.accounts, []);
  await call.refused("accountsListPost", { limit: "x" }, 400, { type: "unexpected_json_type", field_name: "limit" });
  await call.refused("accountsListPost", { mode: "sideways" }, 400, { type: "invalid_enum_value", field_name: "mode" });
  await call.refused("accountsListPost", { created_date: { after: "yesterday" } }, 400);
});

test("contacts belong to several workspaces", async () => {
  const call = new Caller(twin.url);
  const account = async (name) => (await call.done("accountsCreate", { display_name: name }, 201)).account;
  const [first, second] = [await account("First"), await account("Second")];
  const { rev_user } = await call.done("revUsersCreate", { account: first.id, external_ref: "several" }, 201);
  const rev_user_id = rev_user.id;
  const belongsTo = async () => {
    const { associations } = await call.done("revUsersAssociationsListPost", { rev_user_id });
    holds(await call.done("revUsersAssociationsList", { rev_user_id }), { associations });
    return associations.map((association) => association.associated_to.id);
  };
  const associations = [{ associated_to: second.id }];
  await call.done("revUsersAssociationsAdd", { rev_user_id, associations }, 201);
  const both = await belongsTo();
  holds([both.includes(first.id), both.includes(second.id)], [true, true], String(both));
  await call.done("revUsersAssociationsRemove", { rev_user_id, associations: [second.id] }, 204);
  const left = await belongsTo();
  holds([left.includes(first.id), left.includes(second.id)], [true, false], String(left));
});

test("people can be scanned", async () => {
  const call = new Caller(twin.url);
  const seen = [];
  let cursor;
  do {
    const page = await call.done("revUsersScanPost", cursor ? { cursor } : {});
    seen.push(...page.rev_users.map((person) => person.id));
    cursor = page.next_cursor;
  } while (cursor);
  holds([...seen].sort(), (await call.pages("revUsersList", {}, "rev_users", 3)).sort());
});

test("who am I, and where", async () => {
  for (const edition of ["public", "beta"]) {
    const call = new Caller(twin.url, { edition });
    const self = await call.done("devUsersSelf");
    holds(self.dev_user.state, "active");
    holds(await call.done("devUsersSelfPost", {}), self);
    holds(await call.done("devUsersGet", { id: self.dev_user.id }), self);
    const { dev_users } = await call.done("devUsersListPost", { email: [self.dev_user.email] });
    holds(dev_users.map((user) => user.id), [self.dev_user.id]);
  }
  const call = new Caller(twin.url);
  const { dev_org } = await call.done("devOrgsGet");
  holds(await call.done("devOrgsGetPost", {}), { dev_org });
  const shadow = { email: "new@example.com", full_name: "New Person", state: "shadow" };
  const { dev_user } = await call.done("devUsersCreate", shadow, 201);
  holds(dev_user, shadow);
  const active = { email: "x@example.com", state: "active" };
  await call.refused("devUsersCreate", active, 400, { type: "invalid_enum_value", field_name: "state" });
});
