//! Dev users: people of the company itself. New ones are shadows until the person joins under the same address.

use std::borrow::Cow;

use model::{Fault, FaultKind};

use super::object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write};

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("dev_user"),
    title: Cow::Borrowed("Dev user"),
    calls: Calls {
        list: ("/dev-users.list", "reading a page of dev users"),
        get: ("/dev-users.get", "reading the dev user"),
        create: Some(("/dev-users.create", "creating a shadow user")),
        update: Some(("/dev-users.update", "updating the dev user")),
        // Nobody is deleted in DevRev: who has not joined yet is put out of use.
        delete: Some(("/dev-users.deactivate", "deactivating the shadow user")),
    },
    one: "dev_user",
    many: "dev_users",
    leaf: Some(Cow::Borrowed("dev_user")),
    kind: None,
    since: Since::Range,
    sorts: true,
    // A dev user has no place for a key: the address is what makes it the same person.
    key: Key::Nowhere,
    stock: &[
        Stock::new("email", "Email", Holds::Text(None), Write::Once).required(),
        Stock::new("full_name", "Full name", Holds::Text(None), Write::Plain),
        // Only an update takes it; a creation derives it.
        Stock::new("display_name", "Display name", Holds::Text(None), Write::Never),
        Stock::new("state", "State", Holds::Text(None), Write::Never),
        Stock::new("phone_numbers", "Phone numbers", Holds::Texts, Write::Never),
        Stock::new("groups", "Groups", Holds::Refs("group"), Write::Apart),
        DISPLAY_ID,
        CREATED,
    ],
};

/// Somebody whom DevRev does not know, where shadow users are not wanted.
pub(super) fn stranger(doing: &str) -> Fault {
    Fault::new(FaultKind::Rejected, doing)
        .said("nobody in DevRev has that address, and shadow users are switched off")
        .hint("invite the person to DevRev, or set `shadow_users` to `yes` in the connection, and sync again")
}
