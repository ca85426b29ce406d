//! Parts: the product and what it is made of. Read only.

use std::borrow::Cow;

use super::object::{Calls, Holds, Key, Object, Since, Stock, Write};

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("part"),
    title: Cow::Borrowed("Part"),
    calls: Calls {
        list: ("/parts.list", "reading a page of parts"),
        get: ("/parts.get", "reading the part"),
        create: None,
        update: None,
        delete: None,
    },
    one: "part",
    many: "parts",
    leaf: None,
    kind: None,
    since: Since::Never,
    sorts: true,
    key: Key::Nowhere,
    stock: &[
        Stock::new("name", "Name", Holds::Text(None), Write::Never),
        Stock::new("type", "Type", Holds::Text(None), Write::Never),
        Stock::new("description", "Description", Holds::Text(None), Write::Never),
        Stock::new("owned_by", "Owners", Holds::Refs("dev_user"), Write::Never),
        Stock::new("display_id", "Display id", Holds::Text(None), Write::Never),
        Stock::new("created_date", "Created", Holds::Instant, Write::Never),
    ],
};
