//! Simulated time: it moves only when everybody waits for it.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::Duration,
};

use async_trait::async_trait;
use jiff::SignedDuration;
use model::{Clock, Timestamp};

use crate::{death::Death, disk::Ground};

/// A clock that stands still while anybody works.
#[derive(Default)]
pub struct SimClock(Mutex<Hands>);

#[derive(Default)]
struct Hands {
    /// Since the simulation began; never goes back.
    passed: Duration,
    next: u64,
    sleepers: BTreeMap<(Duration, u64), Waker>,
}

/// When every simulation begins: 2026-03-02 09:00 UTC.
const BEGINNING: i64 = 1_772_442_000_000_000;

impl SimClock {
    /// A clock at the beginning.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets time pass while nobody sleeps.
    pub fn pass(&self, time: Duration) {
        self.hands().passed += time;
    }

    /// How much time passed since the beginning.
    pub fn passed(&self) -> Duration {
        self.hands().passed
    }

    /// Goes on to the moment at which the first sleeper wakes; false if nobody sleeps.
    fn advance(&self) -> bool {
        let mut hands = self.hands();
        let Some(((moment, _), waker)) = hands.sleepers.pop_first() else {
            return false;
        };
        hands.passed = hands.passed.max(moment);
        drop(hands);
        waker.wake();
        true
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let hands = self.hands();
        let passed = i64::try_from(hands.passed.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_microsecond(BEGINNING.saturating_add(passed)).unwrap_or(Timestamp::MAX)
    }

    async fn sleep(&self, wait: Duration) {
        let until = self.hands().passed.saturating_add(wait);
        Sleep {
            clock: self,
            until,
            asleep: None,
        }
        .await;
    }
}

/// The clock of our machine: somebody may set it, and then it does not show what the vendors' clocks show.
pub struct OurClock {
    clock: Arc<SimClock>,
    off_by: AtomicI64,
}

impl OurClock {
    /// One that is right so far.
    pub fn new(clock: Arc<SimClock>) -> Self {
        Self {
            clock,
            off_by: AtomicI64::new(0),
        }
    }

    /// Sets it so many seconds wrong.
    pub fn set_off(&self, seconds: i64) {
        self.off_by.store(seconds, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for OurClock {
    fn now(&self) -> Timestamp {
        let off_by = SignedDuration::from_secs(self.off_by.load(Ordering::Relaxed));
        self.clock.now().checked_add(off_by).unwrap_or(Timestamp::MAX)
    }

    async fn sleep(&self, wait: Duration) {
        self.clock.sleep(wait).await;
    }
}

struct Sleep<'a> {
    clock: &'a SimClock,
    until: Duration,
    asleep: Option<u64>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut hands = self.clock.hands();
        if hands.passed >= self.until {
            return Poll::Ready(());
        }
        let number = self.asleep.unwrap_or(hands.next);
        hands.next = hands.next.max(number + 1);
        hands
            .sleepers
            .insert((self.until, number), context.waker().clone());
        drop(hands);
        self.asleep = Some(number);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.asleep {
            self.clock.hands().sleepers.remove(&(self.until, number));
        }
    }
}

/// How a process ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// By itself.
    ByItself(T),
    /// It was killed.
    Killed,
    /// Everybody waited, and nobody for the clock.
    Stuck,
}

/// Runs one process until it ends or dies: one thread, and time that moves only when it waits.
pub fn drive<T>(
    clock: &SimClock,
    death: &Death,
    ground: &Ground,
    process: impl Future<Output = T>,
) -> Ended<T> {
    let alarm = Arc::new(Alarm::new());
    let waker = Waker::from(Arc::clone(&alarm));
    let mut context = Context::from_waker(&waker);
    let mut process = pin!(process);
    let _entered = ground.enter();
    loop {
        while alarm.is_on() {
            if let Poll::Ready(result) = process.as_mut().poll(&mut context) {
                return Ended::ByItself(result);
            }
            if death.is_dead() {
                return Ended::Killed;
            }
        }
        // Files are read and written by other threads; they are no part of what waits for the clock.
        ground.finish_files();
        if !alarm.rings() && !clock.advance() {
            return Ended::Stuck;
        }
    }
}

/// Runs to its end, whatever else waits: a call of the store.
pub fn at_once<T>(call: impl Future<Output = T>) -> T {
    let alarm = Arc::new(Alarm::new());
    let waker = Waker::from(Arc::clone(&alarm));
    let mut context = Context::from_waker(&waker);
    let mut call = pin!(call);
    loop {
        if let Poll::Ready(result) = call.as_mut().poll(&mut context) {
            return result;
        }
        while !alarm.is_on() {
            thread::park_timeout(Duration::from_millis(50));
        }
    }
}

/// Says that a process can go on, and wakes its thread.
struct Alarm {
    on: AtomicBool,
    thread: Thread,
}

impl Alarm {
    fn new() -> Self {
        Self {
            on: AtomicBool::new(true),
            thread: thread::current(),
        }
    }

    /// Whether it rang since this was asked last.
    fn is_on(&self) -> bool {
        self.on.swap(false, Ordering::SeqCst)
    }

    fn rings(&self) -> bool {
        self.on.load(Ordering::SeqCst)
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.on.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}
