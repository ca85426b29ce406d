//! `interline connection`: how vendors are reached.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    net::SocketAddr,
    process::{Command, Stdio},
};

use clap::{Args, Subcommand};
use connectors::{Card, Connector, Settings};
use model::{ConnectionId, ConnectorId, Permission, Secret};
use serde_json::json;
use store::Connection;

use crate::{
    cli::{
        inlet::{self, InletArgs},
        named_value, nearest, print,
        twin::find_connector,
    },
    config::StateArgs,
    consent,
    failure::{Exit, Failure},
    host,
    wiring::{self, BASE_URL, Rooms},
};

/// What `connection` takes.
#[derive(Args, Debug)]
pub struct ConnectionArgs {
    #[command(flatten)]
    state: StateArgs,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a connection
    Add(AddArgs),
    /// Give a connection another token or other settings
    Change(ChangeArgs),
    /// List the connections
    List,
    /// Reach a connection's workspace, and see what its token may do
    Check {
        /// The connection
        name: String,
    },
    /// Hear from the vendor what changes, as it happens
    Inlet(InletArgs),
    /// Remove a connection, and what was read from it
    Remove {
        /// The connection
        name: String,
    },
}

#[derive(Args, Debug)]
struct AddArgs {
    /// What to call it
    name: String,

    /// What it reaches: planhat, intercom or devrev
    connector: String,

    /// The environment variable that holds the token
    #[arg(long, value_name = "VARIABLE", required_unless_present = "oauth")]
    secret_env: Option<String>,

    #[command(flatten)]
    consent: ConsentArgs,

    #[command(flatten)]
    place: PlaceArgs,
}

/// How a token is asked for in the browser.
#[derive(Args, Debug)]
struct ConsentArgs {
    /// Ask for the token in the browser, instead of --secret-env
    #[arg(long, conflicts_with = "secret_env")]
    oauth: bool,

    /// The id of your app at the vendor
    #[arg(long, value_name = "ID", env = "INTERLINE_CLIENT_ID", requires = "oauth")]
    client_id: Option<String>,

    /// The environment variable that holds your app's secret
    #[arg(long, value_name = "VARIABLE", default_value = "INTERLINE_CLIENT_SECRET")]
    client_secret_env: String,

    /// Where the answer is waited for, on this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8914")]
    listen: SocketAddr,

    /// That place as the vendor knows it, where something before it ends TLS: https://sync.example.com/oauth/callback
    #[arg(long, value_name = "URL", requires = "oauth")]
    redirect: Option<String>,
}

#[derive(Args, Debug)]
struct ChangeArgs {
    /// The connection
    name: String,

    /// The environment variable that holds the new token
    #[arg(long, value_name = "VARIABLE")]
    secret_env: Option<String>,

    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Args, Debug)]
struct PlaceArgs {
    /// A setting of the connector
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = named_value)]
    settings: Vec<(String, String)>,

    /// Another address than the vendor's own: a twin, or a proxy
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,

    /// Let the token go to this host although it is not the vendor's
    #[arg(long, value_name = "HOST")]
    allow_host: Option<String>,
}

/// Does what the verb says.
pub async fn run(args: ConnectionArgs, as_json: bool) -> Result<Exit, Failure> {
    let rooms = Rooms::open(&args.state).await?;
    match args.verb {
        Verb::Add(args) => add(&rooms, args).await,
        Verb::Change(args) => change(&rooms, args).await,
        Verb::List => list(&rooms, as_json).await,
        Verb::Check { name } => check(&rooms, &name, as_json).await,
        Verb::Inlet(args) => inlet::run(&rooms, args, as_json).await,
        Verb::Remove { name } => {
            let connection = find(&rooms, &name).await?;
            inlet::check_closed(&rooms, &connection).await?;
            rooms.store.remove_connection(&connection.id).await?;
            print::talk(format!("Removed connection {name}."));
            Ok(Exit::Done)
        }
    }
}

async fn add(rooms: &Rooms, args: AddArgs) -> Result<Exit, Failure> {
    let connector = find_connector(&args.connector)?;
    let card = connector.card();
    let mut connection = Connection {
        id: ConnectionId::from(args.name.as_str()),
        connector: ConnectorId::from(card.id),
        settings: BTreeMap::new(),
        created_at: rooms.clock.now(),
    };
    settle(&mut connection, args.place, &Secret::new(""))?;
    let secret = match &args.secret_env {
        Some(variable) => read_secret(variable, &card)?,
        None => by_consent(connector, &connection, &args.consent).await?,
    };
    rooms
        .session(&connection, secret.clone())
        .map_err(Failure::into_usage)?;
    rooms.store.add_connection(&connection, Some(&secret)).await?;
    let name = args.name;
    print::talk(format!(
        "Added connection {name}. See what it reaches: interline connection check {name}"
    ));
    Ok(Exit::Done)
}

async fn change(rooms: &Rooms, args: ChangeArgs) -> Result<Exit, Failure> {
    let mut connection = find(rooms, &args.name).await?;
    let card = wiring::connector(&connection.connector)?.card();
    let new = match &args.secret_env {
        Some(variable) => Some(read_secret(variable, &card)?),
        None => None,
    };
    let secret = match &new {
        Some(secret) => secret.clone(),
        None => rooms.secret(&connection.id).await?,
    };
    settle(&mut connection, args.place, &secret)?;
    rooms.session(&connection, secret).map_err(Failure::into_usage)?;
    rooms
        .store
        .change_connection(&connection.id, &connection.settings, new.as_ref())
        .await?;
    for import in rooms.store.resume_refused(&connection.id).await? {
        print::talk(format!("The schedule of import {import} goes on."));
    }
    let name = args.name;
    print::talk(format!(
        "Changed connection {name}. See what it reaches: interline connection check {name}"
    ));
    Ok(Exit::Done)
}

/// Adds to a connection's settings; what the connector does not know, or where the token may not go, is refused.
fn settle(connection: &mut Connection, place: PlaceArgs, secret: &Secret) -> Result<(), Failure> {
    let connector = wiring::connector(&connection.connector)?;
    let settings = &mut connection.settings;
    let before = settings.get(BASE_URL).cloned();
    settings.extend(place.settings);
    settings.extend(place.base_url.map(|url| (BASE_URL.to_owned(), url)));
    check_settings(connector, settings)?;
    // A host that was allowed once stays so.
    if before.is_none() || settings.get(BASE_URL) != before.as_ref() {
        host::check_host(connector, settings, secret, place.allow_host.as_deref())?;
    }
    Ok(())
}

/// A token that a person consents to in the browser.
async fn by_consent(
    connector: &dyn Connector,
    connection: &Connection,
    args: &ConsentArgs,
) -> Result<Secret, Failure> {
    let consent = consent::of(connector)?;
    let card = connector.card();
    let client_id = args.client_id.clone().filter(|id| !id.trim().is_empty());
    let client_id = client_id.ok_or_else(|| {
        Failure::usage(format!("{} asks which app wants the token", card.title))
            .hint("--client-id ID names the app that you made there; its redirect address is this program's")
    })?;
    let hint = "put the secret of your app in it, or name another with --client-secret-env";
    let client_secret = secret_in(&args.client_secret_env, hint)?;
    let settings = Settings {
        values: connection.settings.clone(),
        secret: Secret::new(""),
    };
    let app = consent::App {
        client_id,
        client_secret,
        listen: args.listen,
        redirect: args.redirect.clone(),
    };
    let show = |page: &str| {
        print::talk(format!(
            "Open this page in a browser and consent; the answer comes back here:\n\n  {page}\n"
        ));
        browse(page);
    };
    consent::token(consent, &settings, &app, show).await
}

/// Opens a page in the browser of whoever sits before the terminal; if that cannot be, the address is there to be copied.
fn browse(page: &str) {
    if !io::stderr().is_terminal() {
        return;
    }
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let quiet = Stdio::null;
    let _ = Command::new(opener)
        .arg(page)
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .spawn();
}

fn read_secret(variable: &str, card: &Card) -> Result<Secret, Failure> {
    secret_in(variable, format!("put {}'s {} in it", card.title, card.secret))
}

/// What an environment variable holds; if that is nothing, the hint says what to do.
fn secret_in(variable: &str, hint: impl Into<String>) -> Result<Secret, Failure> {
    match std::env::var(variable) {
        Ok(text) if !text.trim().is_empty() => Ok(Secret::new(text.trim())),
        _ => Err(Failure::usage(format!("The environment variable {variable} is empty")).hint(hint)),
    }
}

fn check_settings(connector: &dyn Connector, settings: &BTreeMap<String, String>) -> Result<(), Failure> {
    let card = connector.card();
    let names: Vec<_> = card.settings.iter().map(|setting| setting.name).collect();
    let unknown = |name: &&String| *name != BASE_URL && !names.contains(&name.as_str());
    if let Some(name) = settings.keys().find(unknown) {
        return Err(Failure::usage(format!("{} has no setting `{name}`", card.title))
            .hint(nearest::hint(name, "setting", &names)));
    }
    let missing = |name: &str| !settings.contains_key(name);
    match card
        .settings
        .iter()
        .find(|setting| setting.required && missing(setting.name))
    {
        Some(setting) => Err(
            Failure::usage(format!("{} needs the setting `{}`", card.title, setting.name))
                .hint(format!("--set {}=…  {}", setting.name, setting.help)),
        ),
        None => Ok(()),
    }
}

async fn list(rooms: &Rooms, as_json: bool) -> Result<Exit, Failure> {
    let connections = rooms.store.connections().await?;
    if as_json {
        let all = connections.iter().map(|connection| {
            json!({
                "name": connection.id,
                "connector": connection.connector,
                "settings": connection.settings,
                "created_at": connection.created_at,
            })
        });
        print::json(&all.collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    if connections.is_empty() {
        print::talk(
            "There is no connection yet. Add one: interline connection add NAME CONNECTOR --secret-env VARIABLE",
        );
        return Ok(Exit::Done);
    }
    let mut table = print::table(&["Name", "Connector", "Settings", "Added"]);
    for connection in connections {
        let settings: Vec<_> = connection
            .settings
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        table.add_row([
            connection.id.to_string(),
            connection.connector.to_string(),
            settings.join(" "),
            print::time(connection.created_at),
        ]);
    }
    print::show(&table);
    Ok(Exit::Done)
}

async fn check(rooms: &Rooms, name: &str, as_json: bool) -> Result<Exit, Failure> {
    let connection = find(rooms, name).await?;
    let session = rooms.open_session(&connection.id).await?;
    let source = wiring::source(session.as_ref(), &connection.id)?;
    let workspace = source.workspace().await?;
    let permissions = source.permissions().await?;
    let is_missing = |permission: &Permission| permission.present == Some(false) && !permission.optional;
    let missing = permissions
        .iter()
        .filter(|permission| is_missing(permission))
        .count() as u64;
    let exit = if missing == 0 { Exit::Done } else { Exit::No };
    if as_json {
        print::json(&json!({ "workspace": workspace, "permissions": permissions }));
        return Ok(exit);
    }
    print::data(format!("Workspace   {} ({})", workspace.name, workspace.id));
    if let Some(person) = workspace.acting_as {
        print::data(format!("Acting as   {person}"));
    }
    print::data("");
    let mut table = print::table(&["Permission", "Present"]);
    for permission in &permissions {
        let present = match permission.present {
            Some(true) => "yes",
            Some(false) if permission.optional => "no, and not always needed",
            Some(false) => "MISSING",
            None => "not known",
        };
        table.add_row([permission.name.as_str(), present]);
    }
    print::show(&table);
    if missing > 0 {
        let words = print::many(missing, "permission is", "permissions are");
        print::talk(format!(
            "\n{words} missing.\n\nhint: give the token's owner what is missing, and check again"
        ));
    }
    Ok(exit)
}

/// The connection of that name, or a failure that says which was meant.
pub async fn find(rooms: &Rooms, name: &str) -> Result<Connection, Failure> {
    let connections = rooms.store.connections().await?;
    let names: Vec<_> = connections
        .iter()
        .map(|connection| connection.id.as_str())
        .collect();
    let failure = || {
        Failure::usage(format!("There is no connection `{name}`")).hint(nearest::hint(
            name,
            "connection",
            &names,
        ))
    };
    connections
        .iter()
        .find(|connection| connection.id.as_str() == name)
        .cloned()
        .ok_or_else(failure)
}
