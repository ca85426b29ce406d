//! The kinds of things that have ids, and the three ways an id is written: DON, display id, and our own short key.

use std::fmt;

use serde_json::Value;

use super::leaves::Leaves;

/// The organisation every twin belongs to.
pub(super) const ORG: &str = "1nterL1ne";
const PARTITION: &str = "dvrv-us-1";

/// One line a kind: the DON's service, the DON's type, the display id's prefix, and the name that objects carry in
/// `type`, `leaf_type` and `object_type`.
macro_rules! kinds {
    ($($kind:ident: $service:literal $don:literal $prefix:literal $name:literal,)*) => {
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub(super) enum Kind {
            $($kind,)*
            /// Objects of a leaf type that was made here; the number is the type's place in `Leaves`.
            Custom(u16),
        }

        const ALL: &[Kind] = &[$(Kind::$kind),*];

        impl Kind {
            fn card(self) -> (&'static str, &'static str, &'static str, &'static str) {
                match self {
                    $(Kind::$kind => ($service, $don, $prefix, $name),)*
                    Kind::Custom(_) => ("core", CUSTOM_DON, "C", CUSTOM_DON),
                }
            }
        }
    };
}

kinds! {
    DevOrg: "identity" "devo" "DEV" "dev_org",
    Account: "identity" "account" "ACC" "account",
    RevOrg: "identity" "revo" "REV" "rev_org",
    RevUser: "identity" "revu" "REVU" "rev_user",
    DevUser: "identity" "devu" "DEVU" "dev_user",
    SysUser: "identity" "sysu" "SYSU" "sys_user",
    ServiceAccount: "identity" "svcacc" "SVCACC" "service_account",
    Ticket: "core" "ticket" "TKT" "ticket",
    Issue: "core" "issue" "ISS" "issue",
    Conversation: "core" "conversation" "CONV" "conversation",
    Comment: "core" "comment" "COMMENT" "timeline_comment",
    Tag: "core" "tag" "TAG" "tag",
    Product: "core" "product" "PROD" "product",
    Capability: "core" "capability" "CAPL" "capability",
    Feature: "core" "feature" "FEAT" "feature",
    Enhancement: "core" "enhancement" "ENH" "enhancement",
    Linkable: "core" "linkable" "LINKABLE" "linkable",
    Runnable: "core" "runnable" "RUN" "runnable",
    TenantFragment: "core" "tenant_fragment" "TENANT-FRAGMENT" "tenant_fragment",
    CustomTypeFragment: "core" "custom_type_fragment" "CUSTOM-TYPE-FRAGMENT" "custom_type_fragment",
    AppFragment: "core" "app_fragment" "APP-FRAGMENT" "app_fragment",
    StockFragment: "core" "stock_sf" "STOCK-SF" "stock_fragment",
    Stage: "core" "custom_stage" "CUSTOM-STAGE" "custom_stage",
    State: "core" "custom_state" "CUSTOM-STATE" "custom_state",
    Artifact: "core" "artifact" "ARTIFACT" "artifact",
    Group: "identity" "group" "GROUP" "group",
    Channel: "core" "external_communication_channel" "CHANNEL" "channel",
    Vista: "core" "vista" "VISTA" "vista",
    Brand: "core" "brand" "BRAND" "brand",
    Widget: "core" "snap_widget" "WIDGET" "snap_widget",
    Task: "core" "task" "TASK" "task",
    Opportunity: "core" "opportunity" "OPP" "opportunity",
    Meeting: "core" "meeting" "MEETING" "meeting",
    Article: "core" "article" "ARTICLE" "article",
    Directory: "core" "directory" "DIR" "directory",
    Link: "core" "link" "LINK" "link",
    LinkType: "core" "custom_link_type" "CUSTOM-LINK-TYPE" "custom_link_type",
    StageDiagram: "core" "stage_diagram" "STAGE-DIAGRAM" "stage_diagram",
    ChangeEvent: "core" "change_event" "CHANGE-EVENT" "timeline_change_event",
    Webhook: "integration" "webhook" "WEBHOOK" "webhook",
    Membership: "identity" "group_member" "GROUP-MEMBER" "group_member",
}

const CUSTOM_DON: &str = "custom_object";
/// Stands for the objects of every leaf type that was made here.
pub(super) const ANY_CUSTOM: Kind = Kind::Custom(u16::MAX);

pub(super) const PARTS: &[Kind] = &[
    Kind::Product,
    Kind::Capability,
    Kind::Feature,
    Kind::Enhancement,
    Kind::Linkable,
    Kind::Runnable,
];
pub(super) const WORKS: &[Kind] = &[Kind::Ticket, Kind::Issue, Kind::Task, Kind::Opportunity];
pub(super) const FRAGMENTS: &[Kind] = &[Kind::TenantFragment, Kind::CustomTypeFragment, Kind::AppFragment];
pub(super) const DEV_USERS: &[Kind] = &[Kind::DevUser, Kind::SysUser, Kind::ServiceAccount];
pub(super) const USERS: &[Kind] = &[Kind::DevUser, Kind::RevUser, Kind::SysUser, Kind::ServiceAccount];

impl Kind {
    /// The name that `type`, `leaf_type` and `object_type` carry.
    pub(super) fn name(self) -> &'static str {
        self.card().3
    }

    pub(super) fn of_name(name: &str) -> Option<Kind> {
        ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether one of these is meant, all leaf types that were made here being one.
    pub(super) fn is_among(self, kinds: &[Kind]) -> bool {
        kinds.contains(&self) || matches!(self, Kind::Custom(_)) && kinds.contains(&ANY_CUSTOM)
    }

    fn of_don(name: &str) -> Option<Kind> {
        ALL.iter().copied().find(|kind| kind.card().1 == name)
    }

    fn of_prefix(name: &str) -> Option<Kind> {
        ALL.iter().copied().find(|kind| kind.card().2 == name)
    }

    /// Reads the kind of a short key.
    fn of_short(name: &str) -> Option<Kind> {
        match name.strip_prefix("custom_object.") {
            Some(place) => Some(Kind::Custom(place.parse().ok()?)),
            None => Kind::of_don(name),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Custom(place) => write!(f, "{CUSTOM_DON}.{place}"),
            kind => f.write_str(kind.card().1),
        }
    }
}

/// One thing: its kind and its number. As text `ticket/12`, which is how records hold references.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) number: u32,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.number)
    }
}

impl Key {
    pub(super) fn new(kind: Kind, number: u32) -> Self {
        Self { kind, number }
    }

    /// Reads the short form.
    pub(super) fn of(text: &str) -> Option<Key> {
        let (kind, number) = text.split_once('/')?;
        Some(Key::new(Kind::of_short(kind)?, number.parse().ok()?))
    }

    /// Reads the short form of a stored value.
    pub(super) fn of_value(value: &Value) -> Option<Key> {
        Key::of(value.as_str()?)
    }

    pub(super) fn value(self) -> Value {
        Value::String(self.to_string())
    }

    /// The DON; a comment's hangs under its parent, which the caller knows.
    pub(super) fn don(self, leaves: &Leaves) -> String {
        let (service, name, ..) = self.kind.card();
        match self.kind {
            Kind::DevOrg => format!("don:identity:{PARTITION}:devo/{ORG}"),
            Kind::StockFragment => format!("don:core:{PARTITION}:{name}/{}", self.number),
            Kind::Custom(_) => {
                let leaf = leaves.name(self.kind);
                format!(
                    "don:{service}:{PARTITION}:devo/{ORG}:{name}/{leaf}/{}",
                    self.number
                )
            }
            _ => format!("don:{service}:{PARTITION}:devo/{ORG}:{name}/{}", self.number),
        }
    }

    pub(super) fn comment_don(self, parent: Key, leaves: &Leaves) -> String {
        let name = self.kind.card().1;
        format!("{}:{name}/{}", parent.don(leaves), comment_token(self.number))
    }

    pub(super) fn display_id(self, leaves: &Leaves) -> String {
        match self.kind {
            Kind::DevOrg => format!("DEV-{ORG}"),
            Kind::Custom(_) => format!("C-{}-{}", leaves.prefix(self.kind), self.number),
            _ => format!("{}-{}", self.kind.card().2, self.number),
        }
    }
}

/// What a text that should be an id turned out to be.
pub(super) enum Read {
    /// Not an id at all.
    Garbage,
    /// An id of a kind this twin does not know.
    Foreign,
    /// A well-formed id of this kind that cannot exist here: another organisation, or not a number.
    Stranger(Kind),
    /// An id that may exist; the parent is given for comments.
    Key(Key, Option<Key>),
}

/// Reads a DON or a display id.
pub(super) fn read_id(leaves: &Leaves, text: &str) -> Read {
    match text.strip_prefix("don:") {
        Some(rest) => read_don(leaves, rest),
        None => read_display_id(leaves, text),
    }
}

fn read_don(leaves: &Leaves, rest: &str) -> Read {
    let parts: Vec<&str> = rest.split(':').collect();
    let [service, partition, middle @ .., last] = parts.as_slice() else {
        return Read::Garbage;
    };
    let Some((name, number)) = last.split_once('/') else {
        return Read::Garbage;
    };
    if service.is_empty() || partition.is_empty() || name.is_empty() || number.is_empty() {
        return Read::Garbage;
    }
    let (kind, number) = match (name, number.split_once('/')) {
        (CUSTOM_DON, Some((leaf, number))) => (leaves.kind(leaf).unwrap_or(ANY_CUSTOM), number),
        (CUSTOM_DON, None) => return Read::Garbage,
        _ => match Kind::of_don(name) {
            Some(kind) => (kind, number),
            None => return Read::Foreign,
        },
    };
    let home = format!("devo/{ORG}");
    let at_home = *partition == PARTITION
        && match kind {
            Kind::StockFragment => middle.is_empty(),
            Kind::DevOrg => middle.is_empty() && *last == home,
            _ => middle.first() == Some(&home.as_str()),
        };
    if !at_home {
        return Read::Stranger(kind);
    }
    match (kind, middle) {
        (Kind::DevOrg, _) => Read::Key(Key::new(kind, 1), None),
        (Kind::Comment | Kind::ChangeEvent, [_, parent]) => {
            match (comment_number(number), part_of_don(leaves, parent)) {
                (Some(number), Some(parent)) => Read::Key(Key::new(kind, number), Some(parent)),
                _ => Read::Stranger(kind),
            }
        }
        (Kind::Comment | Kind::ChangeEvent, _) | (_, [_, _, ..]) => Read::Stranger(kind),
        _ => match number.parse() {
            Ok(number) => Read::Key(Key::new(kind, number), None),
            Err(_) => Read::Stranger(kind),
        },
    }
}

/// Reads one part of a DON: `ticket/12`, `custom_object/license/3`.
fn part_of_don(leaves: &Leaves, part: &str) -> Option<Key> {
    let (name, number) = part.rsplit_once('/')?;
    let kind = match name.split_once('/') {
        Some((CUSTOM_DON, leaf)) => leaves.kind(leaf)?,
        Some(_) => return None,
        None => Kind::of_don(name)?,
    };
    Some(Key::new(kind, number.parse().ok()?))
}

fn read_display_id(leaves: &Leaves, text: &str) -> Read {
    let Some((prefix, number)) = text.rsplit_once('-') else {
        return Read::Garbage;
    };
    let kind = match prefix.strip_prefix("C-") {
        Some(prefix) => leaves.kind_of_prefix(prefix),
        None => Kind::of_prefix(prefix).filter(|kind| *kind != Kind::DevOrg),
    };
    match (kind, number.parse()) {
        (Some(kind), Ok(number)) => Read::Key(Key::new(kind, number), None),
        _ => Read::Garbage,
    }
}

// An odd multiplier permutes the 32-bit numbers, so that tokens look arbitrary and still need no table.
const MIX: u32 = 0x9E37_79B1;
const UNMIX: u32 = inverse(MIX);
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

const fn inverse(odd: u32) -> u32 {
    let mut guess = odd;
    let mut round = 0;
    while round < 5 {
        guess = guess.wrapping_mul(2u32.wrapping_sub(odd.wrapping_mul(guess)));
        round += 1;
    }
    guess
}

fn comment_token(number: u32) -> String {
    let mixed = number.wrapping_mul(MIX);
    (0..7)
        .rev()
        .filter_map(|place| DIGITS.get((mixed >> (place * 5)) as usize & 31))
        .map(|digit| char::from(*digit))
        .collect()
}

fn comment_number(token: &str) -> Option<u32> {
    if token.len() != 7 {
        return None;
    }
    let mut mixed: u32 = 0;
    for byte in token.bytes() {
        let digit = DIGITS.iter().position(|known| *known == byte)?;
        mixed = mixed.wrapping_mul(32).wrapping_add(u32::try_from(digit).ok()?);
    }
    let number = mixed.wrapping_mul(UNMIX);
    (comment_token(number) == token).then_some(number)
}
