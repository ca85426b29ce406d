#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, Ordering},
};

use model::{Fetched, Field, FieldKind, Number, Raw, Reference, RichFormat, RichText, SchemaChange};

use super::*;
use crate::kit::{Download, Faults, TwinWire, Upload};

/// Lets through what is as the vendor describes it.
struct Judged(Arc<TwinWire>);

#[async_trait]
impl Wire for Judged {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        check_sent(&request, Records::Whole);
        self.0.send(request).await
    }

    async fn upload(&self, upload: Upload) -> Result<Response, Fault> {
        self.0.upload(upload).await
    }

    async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        self.0.download(download).await
    }
}

/// A clock that moves by what is waited, and takes no time.
#[derive(Default)]
struct Patient(AtomicI64);

#[async_trait]
impl Clock for Patient {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::Relaxed)).unwrap()
    }

    async fn sleep(&self, wait: Duration) {
        let milliseconds = i64::try_from(wait.as_millis()).unwrap();
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

/// A session whose wire ends at an empty twin with these switches.
pub(super) fn twin_session(switches: &[(&str, &str)]) -> (DevRevSession, Arc<TwinWire>) {
    let options = TwinOptions {
        token: None,
        settings: switches
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    };
    let clock: Arc<dyn Clock> = Arc::new(Patient::default());
    let wire = Arc::new(TwinWire::new(twin::open(&options).unwrap(), Arc::clone(&clock)));
    let outlet = Outlet {
        wire: Arc::new(Judged(Arc::clone(&wire))),
        clock,
    };
    let settings = Settings {
        values: BTreeMap::new(),
        secret: Secret::new("token"),
    };
    (DevRevSession::new(&settings, outlet).unwrap(), wire)
}

pub(super) async fn write(
    session: &DevRevSession,
    object: &str,
    action: Action,
    fields: &[(&str, Value)],
) -> Raw {
    let object = ObjectName::new(object);
    let one = change(object.as_str(), action, fields);
    let mut outcomes = session.write(&object, &[one]).await;
    let written = outcomes.remove(0).result;
    written
        .unwrap_or_else(|fault| panic!("{}", model::chain(&fault)))
        .raw
        .unwrap()
}

pub(super) async fn all(session: &DevRevSession, object: &str) -> Vec<Raw> {
    let ask = Ask {
        object: ObjectName::new(object),
        mode: Mode::Everything,
        cursor: None,
    };
    session.read(&ask).await.unwrap().raws
}

pub(super) fn key(text: &str) -> Action {
    Action::Create {
        key: ExternalKey::new(text),
    }
}

pub(super) fn reference(object: &str, raw: &Raw) -> Value {
    Value::Ref(Reference {
        object: ObjectName::new(object),
        id: raw.id.clone(),
        label: None,
    })
}

pub(super) fn markdown(text: &str) -> Value {
    Value::Rich(RichText {
        format: RichFormat::CommonMark,
        text: text.to_owned(),
    })
}

/// Labels are what people read; the id is what is written.
pub(super) fn bare(value: &Value) -> Value {
    match value {
        Value::Ref(reference) => Value::Ref(Reference {
            label: None,
            ..reference.clone()
        }),
        Value::List(values) => Value::List(values.iter().map(bare).collect()),
        other => other.clone(),
    }
}

pub(super) fn custom(name: &str, kind: FieldKind) -> Field {
    Field {
        name: FieldName::new(name),
        title: name.to_owned(),
        kind,
        writable: true,
        required: false,
        custom: true,
        id: None,
    }
}

pub(super) async fn extend(session: &DevRevSession, object: &str, add: Vec<Field>) {
    let object = ObjectName::new(object);
    session
        .extend(&SchemaChange {
            object,
            add,
            make: None,
        })
        .await
        .unwrap();
}

/// Creates a record, and compares what the list then says with what was written.
async fn round(session: &DevRevSession, object: &str, fields: &[(&str, Value)]) -> Raw {
    let made = write(session, object, key(&format!("k:{object}:1")), fields).await;
    let listed = all(session, object).await;
    let listed = listed.iter().find(|raw| raw.id == made.id).unwrap();
    let name = ObjectName::new(object);
    let record = session.shape(&name, listed).unwrap();
    for (field, value) in fields {
        assert_eq!(&bare(&record.fields[*field]), value, "{object} {field}");
    }
    let shown = session.shape(&name, &made).unwrap();
    assert_eq!(shown.fields, record.fields, "{object}: answer and list");
    made
}

/// One custom field of each sort, and a value for it.
fn extra() -> Vec<(&'static str, FieldKind, Value)> {
    let words = || FieldKind::Text { max: None };
    vec![
        (
            "tnt__n",
            FieldKind::Number,
            Value::Number(Number::parse("12.5").unwrap()),
        ),
        ("tnt__at", FieldKind::Instant, moment()),
        (
            "tnt__on",
            FieldKind::Date,
            Value::Date("2026-01-02".parse().unwrap()),
        ),
        (
            "tnt__words",
            FieldKind::List(Box::new(words())),
            Value::List(vec![text("a"), text("b")]),
        ),
        ("tnt__x_id", words(), text("7")),
    ]
}

fn moment() -> Value {
    Value::Instant("2026-01-02T03:04:05Z".parse().unwrap())
}

fn tags() -> Value {
    Value::List(vec![text("vip"), text("new")])
}

/// These fields and the custom ones.
fn with_extra(fields: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    let extra = extra().into_iter().map(|(name, _, value)| (name, value));
    fields.iter().cloned().chain(extra).collect()
}

// tidy: long because it is one record of each object, written out.
#[tokio::test]
async fn what_is_written_is_read_back() {
    let (session, _) = twin_session(&[]);
    session.describe().await.unwrap();
    for object in ["account", "contact", "ticket", "conversation"] {
        let add: Vec<Field> = extra()
            .into_iter()
            .map(|(name, kind, _)| custom(name, kind))
            .collect();
        extend(&session, object, add.clone()).await;
        extend(&session, object, add).await;
    }
    let part = session.option("part", "PROD-1").await.unwrap();
    let ann = round(
        &session,
        "dev_user",
        &[("email", text("ann@a.b")), ("full_name", text("Ann"))],
    )
    .await;
    let owners = Value::List(vec![reference("dev_user", &ann)]);
    let account = with_extra(&[
        ("display_name", text("Acme")),
        ("description", text("Makes things")),
        ("domains", Value::List(vec![text("acme.test")])),
        ("owned_by", owners.clone()),
        ("tags", tags()),
        ("tier", text("gold")),
    ]);
    let acme = round(&session, "account", &account).await;
    let contact = with_extra(&[
        ("display_name", text("Bo")),
        ("email", text("bo@acme.test")),
        ("description", text("Buys things")),
        ("tags", tags()),
    ]);
    let bo = round(&session, "contact", &contact).await;
    let ticket = with_extra(&[
        ("title", text("Broken")),
        ("body", markdown("It is **broken**")),
        ("applies_to_part", bare(&part)),
        ("owned_by", owners.clone()),
        ("reported_by", Value::List(vec![reference("contact", &bo)])),
        ("account", reference("account", &acme)),
        ("stage", text("resolved")),
        ("severity", text("high")),
        ("tags", tags()),
        ("target_close_date", moment()),
    ]);
    round(&session, "ticket", &ticket).await;
    let conversation = with_extra(&[
        ("title", text("Hello")),
        ("description", markdown("*Hi*")),
        (
            "members",
            Value::List(vec![reference("contact", &bo), reference("dev_user", &ann)]),
        ),
        ("owned_by", owners),
        ("stage", text("resolved")),
        ("tags", tags()),
    ]);
    round(&session, "conversation", &conversation).await;
    assert_eq!(all(&session, "tag").await.len(), 2);
}

#[tokio::test]
async fn our_key_finds_each_object_and_a_second_creation_finds_the_first() {
    for switches in [&[][..], &[("works_external_ref", "refuse")]] {
        let (session, _) = twin_session(switches);
        let part = session.option("part", "PROD-1").await.unwrap();
        let ann = session.option("fallback_person", "ann@a.b").await.unwrap();
        let ticket = [
            ("title", text("T")),
            ("applies_to_part", part),
            ("owned_by", Value::List(vec![ann])),
        ];
        for (object, fields) in [
            ("account", &[("display_name", text("Acme"))][..]),
            ("contact", &[("display_name", text("Bo"))]),
            ("conversation", &[("title", text("C"))]),
            ("ticket", &ticket),
        ] {
            let name = ObjectName::new(object);
            let ours = ExternalKey::new("k:1");
            assert!(
                session.look_back(&name, &ours).await.unwrap().is_none(),
                "{object}"
            );
            let made = write(&session, object, key("k:1"), fields).await;
            let found = session.look_back(&name, &ours).await.unwrap().unwrap();
            assert_eq!(found.result.unwrap().id, made.id, "{object}");
            assert_eq!(session.shape(&name, &made).unwrap().keys, ["k:1"], "{object}");
            if object != "conversation" && (object, switches.len()) != ("ticket", 1) {
                assert_eq!(
                    write(&session, object, key("k:1"), fields).await.id,
                    made.id,
                    "{object}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_lost_answer_is_looked_back_at_and_nothing_is_made_twice() {
    let (session, wire) = twin_session(&[]);
    let account = ObjectName::new("account");
    let lost = r#"{"rules":[{"rate":1.0,"fault":"lost_answer"}]}"#;
    wire.set_faults(serde_json::from_str::<Faults>(lost).unwrap());
    let one = change("account", key("k:1"), &[("display_name", text("Acme"))]);
    let fault = session
        .write(&account, &[one])
        .await
        .remove(0)
        .result
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Unreachable);
    wire.set_faults(Faults::default());
    let found = session
        .look_back(&account, &ExternalKey::new("k:1"))
        .await
        .unwrap();
    assert!(found.is_some());
    assert_eq!(all(&session, "account").await.len(), 1);
}

#[tokio::test]
async fn too_fast_is_a_fault_that_says_how_long_to_wait() {
    let (session, wire) = twin_session(&[]);
    let throttled = r#"{"rules":[{"rate":1.0,"fault":"throttled"}]}"#;
    wire.set_faults(serde_json::from_str::<Faults>(throttled).unwrap());
    let fault = session.workspace().await.unwrap_err();
    assert!(
        matches!(fault.kind(), FaultKind::Throttled { wait: Some(_) }),
        "{fault}"
    );
}

#[tokio::test]
async fn updates_change_and_clear() {
    let (session, _) = twin_session(&[]);
    session.describe().await.unwrap();
    extend(
        &session,
        "account",
        vec![custom("tnt__x", FieldKind::Text { max: None })],
    )
    .await;
    let fields = [
        ("display_name", text("Acme")),
        ("tier", text("gold")),
        ("websites", Value::List(vec![text("https://acme.test")])),
        ("tags", Value::List(vec![text("vip")])),
        ("tnt__x", text("x")),
    ];
    let made = write(&session, "account", key("k:1"), &fields).await;
    let update = Action::Update(made.id.clone());
    let fields = [
        ("display_name", text("Acme Group")),
        ("description", Value::Nothing),
        ("tier", Value::Nothing),
        ("websites", Value::Nothing),
        ("domains", Value::Nothing),
        ("tags", Value::Nothing),
        ("tnt__x", Value::Nothing),
    ];
    let account = ObjectName::new("account");
    let record = session
        .shape(&account, &write(&session, "account", update, &fields).await)
        .unwrap();
    for (field, value) in &fields {
        assert_eq!(&record.fields[*field], value, "{field}");
    }
    let gone = Action::Update(RecordId::new("don:identity:dvrv-us-1:devo/1nterL1ne:account/999"));
    let one = change("account", gone, &[("display_name", text("x"))]);
    let fault = session
        .write(&account, &[one])
        .await
        .remove(0)
        .result
        .unwrap_err();
    assert_eq!(fault.kind(), FaultKind::Gone);
}

#[tokio::test]
async fn a_long_body_goes_on_in_comments_there_too() {
    let (session, _) = twin_session(&[]);
    let part = session.option("part", "PROD-1").await.unwrap();
    let ann = session.option("fallback_person", "ann@a.b").await.unwrap();
    let long = |words: usize| ("body", markdown(&"word ".repeat(words)));
    let fields = [
        ("title", text("Long")),
        ("applies_to_part", part),
        ("owned_by", Value::List(vec![ann])),
        long(40_000),
    ];
    let made = write(&session, "ticket", key("k:1"), &fields).await;
    let found = session
        .look_back(&ObjectName::new("ticket"), &ExternalKey::new("k:1"))
        .await;
    assert!(found.unwrap().is_some(), "with all its comments");
    assert_eq!(write(&session, "ticket", key("k:1"), &fields).await.id, made.id);
    let update = Action::Update(made.id.clone());
    assert_eq!(
        write(&session, "ticket", update, &[long(30_000)]).await.id,
        made.id
    );
    assert_eq!(all(&session, "ticket").await.len(), 1);
}

#[tokio::test]
async fn a_contact_moves_between_accounts() {
    let (session, _) = twin_session(&[]);
    let one = write(&session, "account", key("k:1"), &[("display_name", text("One"))]).await;
    let two = write(&session, "account", key("k:2"), &[("display_name", text("Two"))]).await;
    let fields = [
        ("display_name", text("Bo")),
        ("account", reference("account", &one)),
    ];
    let bo = write(&session, "contact", key("k:3"), &fields).await;
    let moved = write(
        &session,
        "contact",
        Action::Update(bo.id),
        &[("account", reference("account", &two))],
    )
    .await;
    assert!(moved.json.contains("Two"), "{}", moved.json);
    assert!(!moved.json.contains("One"), "{}", moved.json);
}

#[tokio::test]
async fn who_we_are_and_what_we_may() {
    let (session, _) = twin_session(&[]);
    let workspace = session.workspace().await.unwrap();
    assert!(!workspace.name.is_empty() && workspace.acting_as.is_some());
    let permissions = session.permissions().await.unwrap();
    assert!(
        permissions
            .iter()
            .all(|permission| permission.optional || permission.present != Some(false))
    );
    session.count(&ObjectName::new("ticket")).await.unwrap();
    assert_eq!(session.count(&ObjectName::new("account")).await.unwrap(), None);
    let gone = RecordId::new("don:identity:dvrv-us-1:devo/1nterL1ne:account/999");
    assert_eq!(
        session.find(&ObjectName::new("account"), &gone).await.unwrap(),
        None
    );
}
