//! Parts: the product and what it is made of. Read only.

use super::object::{CREATED, Calls, DESCRIPTION, DISPLAY_ID, Holds, NAME, Object, Stock, Write};

pub(super) static OBJECT: Object = Object::reading(
    ("part", "Part", "parts"),
    Calls::reading(
        ("/parts.list", "reading a page of parts"),
        ("/parts.get", "reading the part"),
    ),
    &[
        NAME,
        Stock::new("type", "Type", Holds::Text(None), Write::Never),
        DESCRIPTION,
        Stock::new("owned_by", "Owners", Holds::Refs("dev_user"), Write::Never),
        DISPLAY_ID,
        CREATED,
    ],
);
