//! `interline connection inlet`: where a vendor tells us which records changed.

use std::time::Duration;

use clap::{Args, Subcommand};
use connectors::{
    Card, Listening, Proof, Registrar,
    kit::{new_address_word, new_shared_secret},
};
use model::Secret;
use serde_json::json;
use store::{Connection, Inlet};

use crate::{
    cli::{connection::find, print},
    failure::{Exit, Failure},
    host, inlet,
    wiring::{self, Rooms},
};

/// How often it is asked whether the vendor has seen that somebody listens, and after what time.
const LOOKS: usize = 10;
const BETWEEN: Duration = Duration::from_secs(1);

/// What `connection inlet` takes.
#[derive(Args, Debug)]
pub struct InletArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Have the vendor tell `interline serve` what changes; done again, it begins anew with the same address
    Open(OpenArgs),
    /// Say whether the vendor calls the inlet
    Show {
        /// The connection
        name: String,
    },
    /// Hear nothing more
    Close {
        /// The connection
        name: String,
    },
}

#[derive(Args, Debug)]
struct OpenArgs {
    /// The connection
    name: String,

    /// Where `interline serve` is reached from outside: https://sync.example.com
    #[arg(long, value_name = "URL")]
    url: String,

    /// The environment variable that holds the vendor's secret, where the vendor has one
    #[arg(long, value_name = "VARIABLE")]
    secret_env: Option<String>,
}

/// Does what the verb says.
pub async fn run(rooms: &Rooms, args: InletArgs, as_json: bool) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Open(args) => open(rooms, args, as_json).await,
        Verb::Show { name } => show(rooms, &name, as_json).await,
        Verb::Close { name } => close(rooms, &name).await,
    }
}

async fn open(rooms: &Rooms, args: OpenArgs, as_json: bool) -> Result<Exit, Failure> {
    let connection = find(rooms, &args.name).await?;
    let connector = wiring::connector(&connection.connector)?;
    let card = connector.card();
    let Some(ear) = connector.inlet() else {
        return Err(Failure::usage(format!("{} tells nothing unasked", card.title)));
    };
    let url = checked(&args.url)?;
    let known = rooms.store.inlet(&connection.id).await?;
    let secret = secret(ear.proof(), args.secret_env.as_deref(), known.as_ref(), &card)?;
    let before = known.as_ref().map(address);
    let inlet = Inlet {
        word: match &known {
            Some(known) => known.word.clone(),
            None => new_address_word()?,
        },
        connection: connection.id.clone(),
        url,
        secret,
        created_at: rooms.clock.now(),
    };
    // Kept first: the vendor may call before it has answered.
    rooms.store.keep_inlet(&inlet).await?;
    let session = rooms.open_session(&connection.id).await?;
    let listening = match session.registrar() {
        Some(registrar) => {
            if let Some(before) = before.filter(|before| *before != address(&inlet)) {
                registrar.unregister(&before).await?;
            }
            Some(register(rooms, registrar, &inlet).await?)
        }
        None => None,
    };
    Ok(say(&inlet, &card, listening, as_json))
}

/// Has the vendor call the inlet, and waits a little until it has seen that somebody listens.
async fn register(rooms: &Rooms, registrar: &dyn Registrar, inlet: &Inlet) -> Result<Listening, Failure> {
    let address = address(inlet);
    let mut listening = registrar.register(&address, &inlet.secret).await?;
    for _ in 0..LOOKS {
        if listening == Listening::Active {
            break;
        }
        rooms.clock.sleep(BETWEEN).await;
        listening = registrar.listening(&address).await?.unwrap_or(listening);
    }
    Ok(listening)
}

fn say(inlet: &Inlet, card: &Card, listening: Option<Listening>, as_json: bool) -> Exit {
    let (name, address) = (&inlet.connection, address(inlet));
    if as_json {
        let listening = listening.map(word);
        print::json(&json!({ "connection": name, "url": address, "listening": listening }));
    }
    match listening {
        Some(Listening::Active) => {
            print::talk(format!("{} tells connection {name} what changes.", card.title));
            Exit::Done
        }
        Some(_) => {
            print::talk(format!(
                "{} has not seen yet that somebody listens.\n\nhint: `interline serve` must be running and be reached \
                 at {}; then do this again",
                card.title, inlet.url
            ));
            Exit::No
        }
        None => {
            if !as_json {
                print::data(&address);
            }
            print::talk(format!(
                "Let {} call this address, which is the secret: docs/inlets.md says how.",
                card.title
            ));
            Exit::Done
        }
    }
}

async fn show(rooms: &Rooms, name: &str, as_json: bool) -> Result<Exit, Failure> {
    let inlet = opened(rooms, name).await?;
    let session = rooms.open_session(&inlet.connection).await?;
    let listening = match session.registrar() {
        Some(registrar) => Some(registrar.listening(&address(&inlet)).await?),
        None => None,
    };
    let said = match listening {
        Some(Some(listening)) => word(listening),
        Some(None) => "unknown",
        None => "not told",
    };
    match as_json {
        true => print::json(&json!({
            "connection": inlet.connection, "url": address(&inlet), "created_at": inlet.created_at, "listening": said,
        })),
        false => print::data(format!(
            "Inlet of {name}   {}   opened {}   {said}",
            inlet.url,
            print::time(inlet.created_at)
        )),
    }
    Ok(match said {
        "active" | "not told" => Exit::Done,
        _ => Exit::No,
    })
}

async fn close(rooms: &Rooms, name: &str) -> Result<Exit, Failure> {
    let inlet = opened(rooms, name).await?;
    let session = rooms.open_session(&inlet.connection).await?;
    let told = match session.registrar() {
        Some(registrar) => registrar.unregister(&address(&inlet)).await,
        None => Ok(()),
    };
    rooms.store.remove_inlet(&inlet.connection).await?;
    print::talk(format!("Closed the inlet of connection {name}."));
    if let Err(fault) = told {
        print::talk(format!(
            "The vendor may go on calling, and is not heard: {fault}."
        ));
    }
    Ok(Exit::Done)
}

async fn opened(rooms: &Rooms, name: &str) -> Result<Inlet, Failure> {
    let Connection { id, .. } = find(rooms, name).await?;
    rooms.store.inlet(&id).await?.ok_or_else(|| {
        Failure::usage(format!("Connection `{name}` has no inlet")).hint(format!(
            "interline connection inlet open {name} --url URL opens one"
        ))
    })
}

fn word(listening: Listening) -> &'static str {
    match listening {
        Listening::Active => "active",
        Listening::Unverified => "unverified",
        Listening::Inactive => "inactive",
    }
}

fn address(inlet: &Inlet) -> String {
    format!("{}{}", inlet.url, inlet::path(&inlet.connection, &inlet.word))
}

/// The secret that deliveries are signed with: the one there is, the vendor's, or a new one of ours.
fn secret(
    proof: Proof,
    variable: Option<&str>,
    known: Option<&Inlet>,
    card: &Card,
) -> Result<Secret, Failure> {
    let kept = known.map(|known| known.secret.clone());
    let given = variable.map(|variable| std::env::var(variable).unwrap_or_default());
    match (proof, given) {
        (Proof::Theirs(_), Some(text)) if !text.trim().is_empty() => Ok(Secret::new(text.trim())),
        (Proof::Theirs(what), _) => kept.ok_or_else(|| {
            Failure::usage(format!("{} signs with its {what}", card.title))
                .hint("--secret-env VARIABLE names the environment variable that holds it")
        }),
        (_, Some(_)) => Err(
            Failure::usage(format!("{} has no secret of its own to sign with", card.title))
                .hint("leave --secret-env out"),
        ),
        (Proof::Ours, None) => kept.map_or_else(|| Ok(new_shared_secret()?), Ok),
        (Proof::Address, None) => Ok(Secret::new("")),
    }
}

/// The address of this program without a slash at its end; what vendors send must not go through the open.
fn checked(url: &str) -> Result<String, Failure> {
    let url = url.trim().trim_end_matches('/');
    let host = host::host(url).unwrap_or_default();
    let is_near = url.starts_with("http://") && host::is_loopback(&host);
    match !host.is_empty() && !url.contains(['?', '#', '@']) && (url.starts_with("https://") || is_near) {
        true => Ok(url.to_owned()),
        false => Err(
            Failure::usage(format!("`{url}` is no address that a vendor may call"))
                .hint("it looks like https://sync.example.com; http is for this machine alone"),
        ),
    }
}

/// Refuses to remove a connection whose vendor still calls us.
pub async fn check_closed(rooms: &Rooms, connection: &Connection) -> Result<(), Failure> {
    let name = &connection.id;
    match rooms.store.inlet(name).await? {
        Some(_) => Err(Failure::usage(format!("Connection `{name}` has an inlet"))
            .hint(format!("close it first: interline connection inlet close {name}"))),
        None => Ok(()),
    }
}
