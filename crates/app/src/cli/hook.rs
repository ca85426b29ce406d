//! `interline import hook`: who is told what runs by schedule created and updated.

use clap::{Args, Subcommand};
use connectors::kit::{SigningKey, new_signing_secret};
use model::{ImportId, Secret};
use serde_json::json;
use store::Hook;

use crate::{
    cli::{import::find, nearest, print},
    failure::{Exit, Failure},
    hooks, host,
    wiring::Rooms,
};

/// What `import hook` takes.
#[derive(Args, Debug)]
pub struct HookArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Tell this address what the import's runs by schedule create and update, if its automations are on
    Add(AddArgs),
    /// List the hooks of an import, and how they get on
    List {
        /// The import
        import: String,
    },
    /// Tell a hook nothing more
    Remove {
        /// The import
        import: String,

        /// The hook
        hook: String,
    },
    /// Send a message that only says that the hook works
    Test {
        /// The import
        import: String,

        /// The hook
        hook: String,
    },
}

#[derive(Args, Debug)]
struct AddArgs {
    /// The import
    import: String,

    /// Where to
    #[arg(long, value_name = "URL")]
    url: String,

    /// What to call the hook, if not by its host
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// The environment variable that holds the secret, `whsec_…`; without it one is made
    #[arg(long, value_name = "VARIABLE")]
    secret_env: Option<String>,

    /// Let messages go to this host although it is not public
    #[arg(long, value_name = "HOST")]
    allow_host: Option<String>,
}

/// Does what the verb says.
pub async fn run(rooms: &Rooms, args: HookArgs, as_json: bool) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Add(args) => add(rooms, args, as_json).await,
        Verb::List { import } => list(rooms, &import, as_json).await,
        Verb::Remove { import, hook } => {
            let import = find(rooms, &import).await?;
            let hook = find_hook(rooms, &import, &hook).await?;
            rooms.store.remove_hook(&import, &hook.name).await?;
            print::talk(format!("Removed hook {} of import {import}.", hook.name));
            Ok(Exit::Done)
        }
        Verb::Test { import, hook } => test(rooms, &import, &hook, as_json).await,
    }
}

async fn add(rooms: &Rooms, args: AddArgs, as_json: bool) -> Result<Exit, Failure> {
    let import = find(rooms, &args.import).await?;
    let private = hooks::check_url(&args.url, args.allow_host.as_deref())?;
    let given = args.secret_env.as_deref().map(read_secret).transpose()?;
    let secret = match &given {
        Some(secret) => secret.clone(),
        None => new_signing_secret()?,
    };
    let hook = Hook {
        name: args
            .name
            .or_else(|| host::host(&args.url))
            .unwrap_or_else(|| "hook".to_owned()),
        url: args.url,
        private,
        created_at: rooms.clock.now(),
    };
    rooms.store.add_hook(&import, &hook, &secret).await?;
    let made = given.is_none().then(|| secret.reveal());
    if as_json {
        print::json(&json!({ "name": hook.name, "url": hook.url, "secret": made }));
    } else if let Some(secret) = made {
        print::data(secret);
        print::talk("This secret is shown once: the receiver checks with it that messages are ours.");
    }
    print::talk(format!("Added hook {} to import {import}.", hook.name));
    let schedule = rooms.store.schedule(&import).await?;
    if !schedule.is_some_and(|schedule| schedule.automations) {
        print::talk(format!(
            "Nothing is told before the automations are on: interline import schedule {import} --automations on"
        ));
    }
    Ok(Exit::Done)
}

fn read_secret(variable: &str) -> Result<Secret, Failure> {
    let text = std::env::var(variable).unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Failure::usage(format!(
            "The environment variable {variable} is empty"
        )));
    }
    let secret = Secret::new(text.trim());
    SigningKey::read(&secret).map_err(|fault| Failure::from(fault).into_usage())?;
    Ok(secret)
}

async fn list(rooms: &Rooms, import: &str, as_json: bool) -> Result<Exit, Failure> {
    let import = find(rooms, import).await?;
    let mut all = Vec::new();
    for hook in rooms.store.hooks(&import).await? {
        let counts = rooms.store.hook_counts(&import, &hook.name).await?;
        all.push((hook, counts));
    }
    if as_json {
        let values = all.iter().map(|(hook, counts)| {
            json!({
                "name": hook.name,
                "url": hook.url,
                "created_at": hook.created_at,
                "waiting": counts.waiting,
                "delivered": counts.delivered,
                "given_up": counts.given_up,
                "complaint": counts.complaint,
            })
        });
        print::json(&values.collect::<Vec<_>>());
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        print::talk(format!(
            "There is no hook yet. Add one: interline import hook add {import} --url URL"
        ));
        return Ok(Exit::Done);
    }
    let heads = ["Hook", "Address", ">Waiting", ">Taken", ">Given up", "Complaint"];
    let mut table = print::table(&heads);
    for (hook, counts) in all {
        table.add_row([
            hook.name,
            hook.url,
            print::count(counts.waiting),
            print::count(counts.delivered),
            print::count(counts.given_up),
            counts.complaint.unwrap_or_default(),
        ]);
    }
    print::show(&table);
    Ok(Exit::Done)
}

async fn test(rooms: &Rooms, import: &str, hook: &str, as_json: bool) -> Result<Exit, Failure> {
    let import = find(rooms, import).await?;
    let hook = find_hook(rooms, &import, hook).await?;
    let status = hooks::test(rooms, &import, &hook).await?;
    let is_taken = (200..300).contains(&status);
    match as_json {
        true => print::json(&json!({ "status": status, "taken": is_taken })),
        false => print::data(format!("The receiver answered {status}.")),
    }
    Ok(if is_taken { Exit::Done } else { Exit::No })
}

async fn find_hook(rooms: &Rooms, import: &ImportId, name: &str) -> Result<Hook, Failure> {
    let hooks = rooms.store.hooks(import).await?;
    let names: Vec<String> = hooks.iter().map(|hook| hook.name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = hooks.into_iter().find(|hook| hook.name == name);
    found.ok_or_else(|| {
        Failure::usage(format!("Import `{import}` has no hook `{name}`"))
            .hint(nearest::hint(name, "hook", &names))
    })
}
