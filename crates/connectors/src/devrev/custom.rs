//! Custom objects: kinds of records that a customer, or an import, made. All of them share their calls.

use std::{borrow::Cow, time::Duration};

use model::{Fault, FaultKind, NewObject};

use super::{
    client::{Answer, Call, Refusal},
    object::{CREATED, Calls, DISPLAY_ID, Holds, Key, Object, Since, Stock, Write},
    session::DevRevSession,
};

/// How our names of them begin: `custom:license`.
pub(super) const PREFIX: &str = "custom:";

/// Nobody has access to a leaf type that was just made, its maker included, until roles have caught up.
const WAITS: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(32),
];

static STOCK: &[Stock] = &[
    Stock::new(NewObject::TITLE, "Title", Holds::Text(None), Write::Plain),
    Stock::new("stage", "Stage", Holds::Stage(&[]), Write::Never),
    DISPLAY_ID,
    CREATED,
];

/// The object that our name `custom:<leaf>` says, if it is one.
pub(super) fn named(name: &str) -> Option<Object> {
    let leaf = name.strip_prefix(PREFIX)?;
    (!leaf.is_empty()).then(|| object(leaf, None))
}

/// The object of that leaf type.
pub(super) fn object(leaf: &str, title: Option<&str>) -> Object {
    Object {
        name: Cow::Owned(format!("{PREFIX}{leaf}")),
        title: Cow::Owned(title.unwrap_or(leaf).to_owned()),
        calls: Calls {
            list: ("/custom-objects.list", "reading a page of custom objects"),
            get: ("/custom-objects.get", "reading the custom object"),
            create: Some(("/custom-objects.create", "creating a custom object")),
            update: Some(("/custom-objects.update", "updating the custom object")),
            delete: Some(("/custom-objects.delete", "deleting the custom object")),
        },
        one: "custom_object",
        many: "result",
        leaf: Some(Cow::Owned(leaf.to_owned())),
        kind: None,
        since: Since::Never,
        sorts: true,
        key: Key::Unique,
        stock: STOCK,
    }
}

/// Whether DevRev takes this as a new leaf type: it refuses digits, and capitals too.
pub(super) fn check_new(leaf: &str, make: &NewObject) -> Result<(), Fault> {
    let refused = |said: &str| {
        let doing = format!("making the custom object `{leaf}`");
        Err(Fault::new(FaultKind::Settings, doing).said(said))
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if leaf.is_empty() || !leaf.bytes().all(plain) {
        return refused("its name may have small letters and underscores only");
    }
    let capitals = make.key_prefix.bytes().all(|byte| byte.is_ascii_uppercase());
    if !capitals || !(2..=10).contains(&make.key_prefix.len()) {
        return refused("its prefix must have 2 to 10 capital letters");
    }
    Ok(())
}

impl DevRevSession {
    /// Asks for something of a kind of ours, and waits a little for access if it was just made. Once waiting did not
    /// help, nobody waits again.
    pub(super) async fn when_granted<'a, F>(
        &self,
        object: &Object,
        call: Call<'a>,
        ask: impl Fn() -> F,
    ) -> Result<Answer<'a>, Refusal>
    where
        F: Future<Output = Result<Answer<'a>, Refusal>>,
    {
        if self.is_closed(object) {
            return Err(no_access(object, call).into());
        }
        for wait in WAITS {
            match ask().await {
                Err(refusal) if refusal.kind() == FaultKind::Denied => self.client.sleep(wait).await,
                other => return other,
            }
        }
        match ask().await {
            Err(refusal) if refusal.kind() == FaultKind::Denied => {
                self.remember_closed(object);
                Err(no_access(object, call).into())
            }
            other => other,
        }
    }
}

fn no_access(object: &Object, call: Call<'_>) -> Fault {
    Fault::new(FaultKind::Denied, call.name())
        .said(format!("nobody has access to `{}` yet", object.title))
        .hint(format!(
            "in DevRev, Settings, Roles, grant the token's user a role with access to `{}`, and sync again",
            object.title
        ))
}

/// Of this record, not of the whole run: other objects can be written.
pub(super) fn one_refused(refusal: Refusal) -> Refusal {
    if refusal.kind() != FaultKind::Denied {
        return refusal;
    }
    let fault = Fault::new(FaultKind::Rejected, "creating a custom object");
    let fault = fault.said(refusal.fault.words().unwrap_or_default());
    let advice = refusal.fault.advice().unwrap_or_default().to_owned();
    fault.hint(advice).into()
}
