//! Who the token belongs to.

use http::Method;
use serde_json::json;

use super::{
    call::{Call, Reply, route},
    door::Resource,
    refusal::Refusal,
};

pub(super) const RESOURCE: Resource = Resource {
    layouts: &[],
    routes: &[route(Method::GET, "/me", "read_one_admin", me)],
};

/// The id of the admin that the token belongs to.
pub(super) const ME: &str = "991000";

/// When the workspace was made.
const BEGAN: i64 = 1_577_836_800;

fn me(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let switches = &call.state.switches;
    Ok(Reply::of(json!({
        "type": "admin",
        "id": ME,
        "email": "owner@twin.example",
        "name": "Owner",
        "email_verified": true,
        "app": {
            "type": "app",
            "id_code": call.state.workspace(),
            "name": "Twin",
            "created_at": BEGAN,
            "secure": false,
            "identity_verification": false,
            "timezone": switches.text("timezone"),
            "region": switches.text("region"),
        },
        "avatar": {"type": "avatar", "image_url": null},
        "has_inbox_seat": true,
    })))
}
