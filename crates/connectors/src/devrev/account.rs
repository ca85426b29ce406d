//! Accounts: the customers.

use std::borrow::Cow;

use super::object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write};

pub(super) static OBJECT: Object = Object {
    name: Cow::Borrowed("account"),
    title: Cow::Borrowed("Account"),
    calls: Calls {
        list: ("/accounts.list", "reading a page of accounts"),
        get: ("/accounts.get", "reading the account"),
        create: Some(("/accounts.create", "creating an account")),
        update: Some(("/accounts.update", "updating the account")),
        delete: Some(("/accounts.delete", "deleting the account")),
    },
    one: "account",
    many: "accounts",
    leaf: Some(Cow::Borrowed("account")),
    kind: None,
    since: Since::Moment,
    sorts: true,
    key: Key::Refs,
    stock: &[
        Stock::new("display_name", "Name", Holds::Text(None), Write::Plain).required(),
        Stock::new("description", "Description", Holds::Text(None), Write::Plain),
        Stock::new("domains", "Domains", Holds::Texts, Write::Plain),
        Stock::new("owned_by", "Owners", Holds::Refs("dev_user"), Write::Plain),
        Stock::new("artifacts", "Files", Holds::Files, Write::Set),
        Stock::new("tags", "Tags", Holds::Tags, Write::Plain),
        Stock::new("tier", "Tier", Holds::Text(None), Write::Nullable),
        Stock::new("websites", "Websites", Holds::Texts, Write::Set),
        DISPLAY_ID,
        CREATED,
    ],
};
