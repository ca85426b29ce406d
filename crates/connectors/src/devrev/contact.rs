//! Contacts: people of a customer. The API calls them rev users.

use super::object::{Calls, Holds, Key, Object, Since, Stock, Write};

pub(super) static OBJECT: Object = Object {
    name: "contact",
    title: "Contact",
    calls: Calls {
        list: ("/rev-users.list", "reading a page of contacts"),
        get: ("/rev-users.get", "reading the contact"),
        create: Some(("/rev-users.create", "creating a contact")),
        update: Some(("/rev-users.update", "updating the contact")),
        delete: Some(("/rev-users.delete", "deleting the contact")),
    },
    one: "rev_user",
    many: "rev_users",
    leaf: Some("rev_user"),
    kind: None,
    since: Since::Moment,
    sorts: true,
    key: Key::Ref,
    stock: &[
        Stock::new("display_name", "Name", Holds::Text(None), Write::Plain),
        Stock::new("email", "Email", Holds::Text(None), Write::Plain),
        Stock::new("phone_numbers", "Phone numbers", Holds::Texts, Write::Plain),
        Stock::new("description", "Description", Holds::Text(None), Write::Plain),
        Stock::new("account", "Account", Holds::Ref("account"), Write::Association),
        Stock::new("tags", "Tags", Holds::Tags, Write::Plain),
        Stock::new("state", "State", Holds::Text(None), Write::Never),
        Stock::new("display_id", "Display id", Holds::Text(None), Write::Never),
        Stock::new("created_date", "Created", Holds::Instant, Write::Never),
    ],
};
