//! Directories, which hold articles and one another. Their calls take no key, so one is known by its title and where it
//! lies.

use std::borrow::Cow;

use super::object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write};

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("directory"),
    title: Cow::Borrowed("Directory"),
    calls: Calls {
        list: ("/directories.list", "reading a page of directories"),
        get: ("/directories.get", "reading the directory"),
        create: Some(("/directories.create", "creating a directory")),
        update: Some(("/directories.update", "updating the directory")),
        delete: Some(("/directories.delete", "deleting the directory")),
    },
    one: "directory",
    many: "directories",
    leaf: None,
    kind: None,
    since: Since::Never,
    sorts: false,
    key: Key::Likeness(&["title", "parent"]),
    stock: &[
        Stock::new("title", "Title", Holds::Text(None), Write::Plain).required(),
        Stock::new("description", "Description", Holds::Text(None), Write::Plain),
        Stock::new("parent", "Lies in", Holds::Ref("directory"), Write::Nullable),
        Stock::new("published", "Published", Holds::Bool, Write::Plain),
        Stock::new("language", "Language", Holds::Text(None), Write::Once).hidden(),
        Stock::new("tags", "Tags", Holds::Tags, Write::Set),
        DISPLAY_ID,
        CREATED,
    ],
};
