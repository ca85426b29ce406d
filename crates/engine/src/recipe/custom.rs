//! What a recipe says of the custom fields that it does not name.

use model::{CustomFields, Owner};

use super::{
    read::{Section, owner, texts},
    tree::{Mistakes, Node},
};

/// How custom fields are treated that no rule names.
pub(super) fn custom(node: &Node, mistakes: &mut Mistakes) -> Option<CustomFields> {
    let section = Section::open(
        node,
        "treatment of custom fields",
        &["prefix", "owner", "except", "apart"],
        mistakes,
    )?;
    let mut list = |name| {
        let node = section.get(name);
        node.map_or_else(Vec::new, |node| texts(node, name, mistakes))
    };
    let (except, apart) = (list("except"), list("apart"));
    Some(CustomFields {
        prefix: section.text("prefix", mistakes).0,
        owner: section
            .get("owner")
            .map_or(Owner::Left, |node| owner(node, mistakes)),
        except,
        apart,
    })
}
