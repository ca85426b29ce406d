//! `sim`: lives through histories from seeds, and says which of them end badly.

use std::{
    collections::BTreeMap,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use clap::Parser;
use sim::{Befell, Defect, Ground, Measured, Mix, Rehearsal, Story, Told, measure, replay};

// As the program itself has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Simulates the whole system from seeds; exit code 1 if some history ended badly.
#[derive(Parser)]
struct Args {
    /// How many histories
    #[arg(long, default_value_t = 1)]
    seeds: u64,

    /// The seed of the first; the next ones follow. A single history is told step by step
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// How many at once; a history hands itself from one of its own threads to another, and leaves a core alone meanwhile
    #[arg(long, default_value_t = 4)]
    threads: usize,

    /// Tell every history twice, and compare what was sent
    #[arg(long)]
    twice: bool,

    /// Kill one run of a fixed workspace at its every durable step, in place of histories; `--mix desk`: of one in Intercom
    #[arg(long)]
    crash_points: bool,

    /// How many records that workspace has
    #[arg(long, default_value_t = 500)]
    records: usize,

    /// Only every so manieth step
    #[arg(long, default_value_t = 1)]
    stride: u64,

    /// What befalls: plain, wide or week
    #[arg(long, default_value = "plain")]
    mix: Mix,

    /// Live through weeks of hourly syncs: `--mix week`
    #[arg(long)]
    week: bool,

    /// Read a made-up Intercom workspace of so many conversations under its rate windows, in place of histories
    #[arg(long)]
    conversations: Option<u64>,

    /// How many parts each of them has
    #[arg(long, default_value_t = 10)]
    parts: u64,

    /// Calls a minute that Intercom takes
    #[arg(long, default_value_t = 10_000)]
    calls_per_minute: u64,

    /// How many milliseconds an answer of it takes
    #[arg(long, default_value_t = 200)]
    latency_ms: u64,

    /// Break the program on purpose: no-look-back, no-base or settle-first
    #[arg(long, default_value = "none")]
    defect: Defect,
}

/// What came of all histories.
#[derive(Default)]
struct Sum {
    steps: u64,
    befell: BTreeMap<Befell, u64>,
    failed: BTreeMap<u64, Vec<String>>,
}

fn main() -> ExitCode {
    let mut args = Args::parse();
    if args.week {
        args.mix = Mix::Week;
    }
    let args = args;
    if args.crash_points {
        return crash_points(&args);
    }
    if let Some(conversations) = args.conversations {
        return desk(&args, conversations);
    }
    let began = Instant::now();
    let next = AtomicU64::new(args.seed);
    let sum = Mutex::new(Sum::default());
    thread::scope(|scope| {
        for _ in 0..args.threads.clamp(1, 64) {
            scope.spawn(|| work(&args, &next, &sum));
        }
    });
    let sum = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    show(&args, &sum, began.elapsed().as_secs_f64());
    match sum.failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Kills one run at every step, and says after which it does not come to the same end.
fn crash_points(args: &Args) -> ExitCode {
    let began = Instant::now();
    let threads = args.threads.clamp(1, 64) as u64;
    let tried = AtomicU64::new(0);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for thread in 0..threads {
            let (tried, failed) = (&tried, &failed);
            scope.spawn(move || {
                let crashed = Ground::new().map_err(Into::into).and_then(|ground| {
                    let rehearsal = Rehearsal::new(&ground, args.records, args.mix)?;
                    if thread == 0 {
                        println!("{} records, {} crash points", rehearsal.records, rehearsal.points);
                    }
                    rehearsal.crash_every(args.stride * threads, thread * args.stride)
                });
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                match crashed {
                    Ok(crashes) => {
                        tried.fetch_add(crashes.tried, Ordering::Relaxed);
                        failed.extend(crashes.failed);
                    }
                    Err(error) => failed.push((0, format!("the simulation stumbles: {error}"))),
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (point, difference) in &failed {
        println!("killed at step {point}, it ends otherwise: {difference}");
    }
    let tried = tried.into_inner();
    let passed = tried.saturating_sub(failed.len() as u64);
    println!(
        "{passed} of {tried} crash points passed in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    match failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Reads a made-up support desk, and says how long it took.
fn desk(args: &Args, conversations: u64) -> ExitCode {
    let measured = Measured {
        conversations,
        parts: args.parts,
        calls_per_minute: args.calls_per_minute,
        latency: Duration::from_millis(args.latency_ms),
    };
    let began = Instant::now();
    let took = Ground::new()
        .map_err(Into::into)
        .and_then(|ground| measure(&ground, measured));
    match took {
        Ok(took) => {
            println!(
                "{conversations} conversations of {} parts: read in {:.2} min of simulated time, {:.2} min being the floor of {} calls \
                 ({} refused); peak {:.0} MB; {:.0} s of ours",
                args.parts,
                took.minutes,
                took.floor,
                took.calls,
                took.refused,
                took.peak_mb,
                began.elapsed().as_secs_f64()
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("The measurement broke off: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Takes one seed after the other until none is left.
fn work(args: &Args, next: &AtomicU64, sum: &Mutex<Sum>) {
    let ground = match Ground::new() {
        Ok(ground) => ground,
        Err(error) => {
            eprintln!("There is no ground to simulate on: {error}");
            let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
            sum.failed.insert(args.seed, vec![error.to_string()]);
            return;
        }
    };
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= args.seed.saturating_add(args.seeds) {
            return;
        }
        let told = tell(args, &ground, seed);
        if args.seeds == 1 {
            told.diary.iter().for_each(|line| println!("{line}"));
        }
        let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
        sum.steps += told.steps;
        for (what, n) in told.befell {
            *sum.befell.entry(what).or_default() += n;
        }
        if !told.findings.is_empty() {
            eprintln!(
                "{} {seed} failed: {}",
                args.mix.name(),
                told.findings.join("\n    ")
            );
            sum.failed.insert(seed, told.findings);
        }
    }
}

/// One history; what the simulation itself stumbles over is a finding as well.
fn tell(args: &Args, ground: &Ground, seed: u64) -> Told {
    let story = Story {
        seed,
        mix: args.mix,
        told: args.seeds == 1,
        defect: args.defect,
    };
    let told = |result: Result<Told, _>| match result {
        Ok(told) => told,
        Err(error) => Told {
            findings: vec![format!("the simulation stumbles: {error}")],
            ..Told::default()
        },
    };
    let mut first = told(replay(ground, story));
    if args.twice && told(replay(ground, story)).sent != first.sent {
        first.findings.push("told twice, it is not the same".to_owned());
    }
    first
}

fn show(args: &Args, sum: &Sum, seconds: f64) {
    let sum_of = |wanted: fn(&Befell) -> bool| -> u64 {
        let found = sum.befell.iter().filter(|(what, _)| wanted(what));
        found.map(|(_, n)| n).sum()
    };
    let line = |name: &str, n: u64| println!("{name:<34}{n:>10}");
    line("histories", args.seeds);
    line("steps", sum.steps);
    line("edits", sum_of(|what| matches!(what, Befell::Edit(_))));
    line("kills", sum_of(|what| matches!(what, Befell::Killed(_))));
    line("failures", sum.failed.len() as u64);
    println!();
    for (what, n) in &sum.befell {
        line(&what.to_string(), *n);
    }
    let each = 1_000.0 * seconds / args.seeds.max(1) as f64;
    println!("\n{seconds:.1} s, {each:.0} ms a history");
    for (seed, findings) in &sum.failed {
        let mix = match args.mix {
            Mix::Plain => String::new(),
            mix => format!(" --mix {}", mix.name()),
        };
        println!("\nseed {seed} failed; it is told again by: just sim --seed {seed}{mix}");
        findings.iter().for_each(|finding| println!("    {finding}"));
    }
}
