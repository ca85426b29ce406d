//! Admins and teams: people who answer, and groups of them.

use http::Method;
use serde_json::{Value, json};

use super::{
    call::{Call, Reply, View, route, since},
    door::Resource,
    me::ME,
    record::{is, record, set, text, value},
    refusal::Refusal,
    state::{Record, State},
    table::Layout,
    version::Version,
};

/// The table of admins. Those who are `removed` are known to what they did, and to nobody else.
pub(super) const ADMINS: &str = "admins";
/// The table of teams.
pub(super) const TEAMS: &str = "teams";

const SCOPE: &str = "read_admins";

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[
        Layout {
            table: ADMINS,
            object: Some("admin"),
            orders: &[],
            keys: &[],
            show: show_admin,
        },
        Layout {
            table: TEAMS,
            object: Some("team"),
            orders: &[],
            keys: &[],
            show: show_team,
        },
    ],
    routes: &[
        route(Method::GET, "/admins", SCOPE, list),
        route(Method::GET, "/admins/{}", "read_one_admin", get),
        route(Method::PUT, "/admins/{}/away", "update_admins", away),
        route(
            Method::GET,
            "/admins/activity_logs",
            "read_admin_activity_logs",
            logs,
        ),
        since(14, Method::GET, "/away_status_reasons", SCOPE, reasons),
        route(Method::GET, "/teams", SCOPE, list_teams),
        route(Method::GET, "/teams/{}", SCOPE, get_team),
    ],
};

/// The one admin that every workspace has.
pub(super) fn seed(state: &mut State) {
    let owner = json!({
        "id": ME, "name": "Owner", "email": "owner@twin.example", "job_title": "Founder", "has_inbox_seat": true,
    });
    state.put(ADMINS, record(owner));
}

fn show_admin(view: &View<'_>, admin: &Record) -> Value {
    let id = text(admin, "id").unwrap_or("");
    let mut shown = json!({
        "type": "admin",
        "id": id,
        "name": value(admin, "name"),
        "email": value(admin, "email"),
        "job_title": value(admin, "job_title"),
        "away_mode_enabled": is(admin, "away_mode_enabled"),
        "away_mode_reassign": is(admin, "away_mode_reassign"),
        "away_status_reason_id": value(admin, "away_status_reason_id"),
        "has_inbox_seat": is(admin, "has_inbox_seat"),
        "team_ids": teams_of(view.state, id),
        "avatar": value(admin, "avatar"),
        "team_priority_level": {},
    });
    if view.version >= Version::V16
        && let Some(members) = shown.as_object_mut()
    {
        let role = json!({"type": "role", "id": "1", "name": "Full access"});
        members.insert("role".to_owned(), role);
    }
    shown
}

/// An admin as notes show their author.
pub(super) fn short(state: &State, id: &str) -> Value {
    let Some(admin) = state.get(ADMINS, id) else {
        return Value::Null;
    };
    json!({
        "type": "admin",
        "id": id,
        "name": value(admin, "name"),
        "email": value(admin, "email"),
        "away_mode_enabled": is(admin, "away_mode_enabled"),
        "away_mode_reassign": is(admin, "away_mode_reassign"),
    })
}

fn teams_of(state: &State, admin: &str) -> Vec<u64> {
    let teams = state.table(TEAMS).rows();
    let with = teams.filter(|team| members(team).any(|id| id == admin));
    with.filter_map(|team| text(team, "id")?.parse().ok()).collect()
}

fn members(team: &Record) -> impl Iterator<Item = &str> {
    super::record::ids(team, "admin_ids")
}

fn show_team(_: &View<'_>, team: &Record) -> Value {
    let admins: Vec<u64> = members(team).filter_map(|id| id.parse().ok()).collect();
    json!({
        "type": "team",
        "id": value(team, "id"),
        "name": value(team, "name"),
        "admin_ids": admins,
        "admin_priority_level": {"primary_admin_ids": [], "secondary_admin_ids": []},
        "assignment_limit": value(team, "assignment_limit"),
        "distribution_method": value(team, "distribution_method"),
    })
}

fn list(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let view = call.view();
    let present = view
        .state
        .table(ADMINS)
        .rows()
        .filter(|admin| !is(admin, "removed"));
    let admins: Vec<Value> = present.map(|admin| show_admin(&view, admin)).collect();
    Ok(Reply::of(json!({"type": "admin.list", "admins": admins})))
}

/// The admin that a path names.
fn named<'a>(call: &'a Call<'_>) -> Result<&'a Record, Refusal> {
    let admin = call.state.get(ADMINS, call.place(0));
    admin
        .filter(|admin| !is(admin, "removed"))
        .ok_or_else(|| Refusal::new(404, "admin_not_found", "Admin not found"))
}

fn get(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::of(call.show(ADMINS, named(call)?)))
}

fn away(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut admin = named(call)?.clone();
    for name in ["away_mode_enabled", "away_mode_reassign"] {
        let flag = call.value(name).and_then(Value::as_bool);
        let flag =
            flag.ok_or_else(|| Refusal::missing(format!("{name} is a required parameter")).field(name))?;
        admin.insert(name.to_owned(), flag.into());
    }
    let reason = call.value("away_status_reason_id").cloned();
    set(&mut admin, "away_status_reason_id", reason.unwrap_or_default());
    let shown = call.show(ADMINS, &admin);
    call.state.put(ADMINS, admin);
    let id = call.place(0).to_owned();
    call.tell_record("admin.away_mode_updated", ADMINS, &id);
    Ok(Reply::of(shown))
}

/// Nothing is logged: an empty list.
fn logs(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let after = call.query_text("created_at_after").map(str::parse::<i64>);
    match after {
        Some(Ok(_)) => {
            let pages = json!({"type": "pages", "page": 1, "per_page": 20, "total_pages": 0, "next": null});
            Ok(Reply::of(
                json!({"type": "activity_log.list", "pages": pages, "activity_logs": []}),
            ))
        }
        Some(Err(_)) => Err(Refusal::invalid("Invalid created_at_after timestamp").field("created_at_after")),
        None => Err(Refusal::missing("created_at_after is a required parameter").field("created_at_after")),
    }
}

fn reasons(_: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::of(json!([])))
}

fn list_teams(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let view = call.view();
    let teams: Vec<Value> = view
        .state
        .table(TEAMS)
        .rows()
        .map(|team| show_team(&view, team))
        .collect();
    Ok(Reply::of(json!({"type": "team.list", "teams": teams})))
}

fn get_team(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let team = call.state.get(TEAMS, call.place(0));
    let team = team.ok_or_else(|| Refusal::new(404, "team_not_found", "Team not found"))?;
    Ok(Reply::of(call.show(TEAMS, team)))
}
