//! `interline serve` and `interline worker`: what runs by itself.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use clap::Args;
use serde_json::json;
use tokio::sync::watch;

use crate::{
    api::{Desk, Door},
    cli::{print, schedule::interval as span, twin::interrupted},
    config::StateArgs,
    deliver,
    failure::{Exit, Failure},
    inlet::Hints,
    wiring::Rooms,
    worker,
};

/// What `serve` takes.
#[derive(Args, Debug)]
pub struct ServeArgs {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7080")]
    listen: SocketAddr,

    /// Answer 401 to events whose write key no source has; Segment itself answers 200
    #[arg(long)]
    strict_keys: bool,

    /// For how long events are kept once they were brought where they go: 12h, 30d
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = span)]
    keep_events: Duration,

    #[command(flatten)]
    worker: WorkerArgs,
}

/// What `worker` takes.
#[derive(Args, Debug)]
pub struct WorkerArgs {
    #[command(flatten)]
    state: StateArgs,

    /// How many imports run at once
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    runs_at_once: u8,
}

/// Runs the schedules, and answers programs.
pub async fn serve(args: ServeArgs, as_json: bool) -> Result<Exit, Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(Failure::usage(format!(
            "{} is not an address of this machine alone",
            args.listen.ip()
        ))
        .hint("there is no login yet, so the program listens on 127.0.0.1 or [::1] only"));
    }
    let rooms = Rooms::open(&args.worker.state).await?;
    let collector = rooms.collector(args.strict_keys).await?;
    let door = Door::open(args.listen).await?;
    let url = format!("http://{}", door.address);
    if as_json {
        print::data(json!({ "url": url }).to_string());
    }
    print::talk(format!(
        "Interline runs its schedules and listens on {url}. Ctrl-C stops it."
    ));
    let hints = Arc::new(Hints::default());
    let desk = Desk {
        collector: Arc::clone(&collector),
        store: rooms.store.clone(),
        clock: Arc::clone(&rooms.clock),
        hints: Arc::clone(&hints),
    };
    until_interrupted(async |stopped| {
        let answering = tokio::spawn(door.answer(desk, stopped.clone()));
        let runs = args.worker.runs_at_once.into();
        tokio::join!(
            worker::work(&rooms, &hints, runs, &stopped),
            collector.work(&stopped),
            deliver::work(&rooms, &collector, args.keep_events, &stopped),
        );
        let _ = answering.await;
    })
    .await;
    rooms.store.close().await;
    Ok(Exit::Done)
}

/// Runs the schedules.
pub async fn work(args: WorkerArgs) -> Result<Exit, Failure> {
    let rooms = Rooms::open(&args.state).await?;
    print::talk("This worker runs the schedules. Ctrl-C stops it.");
    until_interrupted(async |stopped| {
        worker::work(&rooms, &Hints::default(), args.runs_at_once.into(), &stopped).await;
    })
    .await;
    rooms.store.close().await;
    Ok(Exit::Done)
}

/// Goes on until somebody wants the program to end, and then until all is in order.
async fn until_interrupted<F: Future<Output = ()>>(work: impl FnOnce(watch::Receiver<bool>) -> F) {
    let (stop, stopped) = watch::channel(false);
    let working = work(stopped);
    let stopping = async {
        interrupted().await;
        print::talk("Stopping.");
        let _ = stop.send(true);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = working => {}
        () = stopping => {}
    }
}
