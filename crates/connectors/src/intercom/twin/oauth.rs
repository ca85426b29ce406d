//! The way of an app to its token: a page that says yes at once, and a code for the token.

use http::Method;
use serde_json::json;

use super::{
    call::{Call, Reply, route},
    door::Resource,
    page::encode,
    record::record,
    refusal::Refusal,
    table::Layout,
};

const CODES: &str = "oauth_codes";

/// How long a code lives.
const CODE_SECONDS: i64 = 300;

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[Layout {
        table: CODES,
        object: None,
        orders: &[],
        keys: &[],
        show: |_, _| serde_json::Value::Null,
    }],
    routes: &[
        route(Method::GET, "/oauth", "", authorize),
        route(Method::POST, "/auth/eagle/token", "", token),
    ],
};

fn refused() -> Refusal {
    Refusal::new(401, "unauthorized", "Unauthorized Code")
}

/// Whether a value is the one that a switch names, or any will do.
fn is_right(call: &Call<'_>, switch: &str, given: &str) -> bool {
    let wanted = call.state.switches.text(switch);
    !given.is_empty() && (wanted.is_empty() || wanted == given)
}

/// Sends the admin back with a code, as if the app had been allowed.
fn authorize(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let client = call.query_text("client_id").unwrap_or("").to_owned();
    if !is_right(call, "client_id", &client) {
        return Err(Refusal::not_found("App not found"));
    }
    let back = call.query_text("redirect_uri").filter(|uri| !uri.is_empty());
    let back = back.ok_or_else(|| Refusal::missing("redirect_uri is a required parameter"))?;
    let is_ours = ["http://", "https://"]
        .iter()
        .any(|scheme| back.starts_with(scheme));
    if !is_ours || back.contains(['\r', '\n', '#']) {
        return Err(Refusal::invalid("redirect_uri is not registered"));
    }
    let state = call.query_text("state").unwrap_or("");
    let separator = if back.contains('?') { '&' } else { '?' };
    let (back, state) = (back.to_owned(), encode(state));
    let id = call.state.next_hex(call.now);
    let ends_at = call.seconds().saturating_add(CODE_SECONDS);
    call.state.put(
        CODES,
        record(json!({"id": id, "client_id": client, "ends_at": ends_at})),
    );
    // Codes may end with an equals sign.
    let code = encode(&format!("{id}="));
    let to = format!("{back}{separator}code={code}&state={state}");
    Ok(Reply::empty(302).header("location", to))
}

/// Gives the token for a code, once.
fn token(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let given = |name: &str| call.text(name).unwrap_or("").to_owned();
    let (code, client, secret) = (given("code"), given("client_id"), given("client_secret"));
    let kept = code.strip_suffix('=').and_then(|id| call.state.remove(CODES, id));
    let kept = kept.ok_or_else(refused)?;
    let lives = kept.get("ends_at").and_then(serde_json::Value::as_i64) > Some(call.seconds());
    let is_same = kept.get("client_id").and_then(serde_json::Value::as_str) == Some(client.as_str());
    if !lives
        || !is_same
        || !is_right(call, "client_id", &client)
        || !is_right(call, "client_secret", &secret)
    {
        return Err(refused());
    }
    let token = call.token.unwrap_or("dG9rOnR3aW4=");
    Ok(Reply::of(
        json!({"token_type": "Bearer", "token": token, "access_token": token}),
    ))
}
