//! The simulated network: it takes time, and loses, delays and refuses what a seed says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use connectors::{
    Wire,
    kit::{Download, FaultPlan, Faults, Request, Response, TwinWire, Upload},
};
use http::Method;
use jiff::fmt::rfc2822::DateTimePrinter;
use model::{Clock, Fault, FaultKind, Fetched};
use serde_json::json;
use std::time::Duration;

use crate::{
    clock::{OurClock, SimClock},
    counts::{Befell, Counts},
    death::{Death, Moment},
    dice::Dice,
    limit::Limit,
    people::People,
};

/// What every wire of a simulation shares.
pub struct Air {
    /// Time.
    pub clock: Arc<SimClock>,
    /// Time, as our machine has it.
    pub ours: Arc<OurClock>,
    /// When the process dies.
    pub death: Arc<Death>,
    /// What befell.
    pub counts: Arc<Counts>,
    /// Who edits while a run reads.
    pub people: Arc<Mutex<People>>,
    /// Whether every request is told in the diary.
    pub told: bool,
    /// Everything that was sent, as one hash: the same seed sends the same.
    pub sent: Mutex<blake3::Hasher>,
}

/// A wire to one twin.
pub struct SimWire {
    end: Arc<TwinWire>,
    air: Arc<Air>,
    weather: Mutex<Weather>,
    limit: Mutex<Option<Limit>>,
}

/// What chance does to requests.
struct Weather {
    faults: Faults,
    dice: Dice,
    /// In how many of a hundred answers somebody edits something meanwhile.
    shifts: usize,
    /// Before how many of ten thousand answers somebody sets our clock.
    jumps: usize,
    /// How many of a hundred files cannot be had any more, and which.
    expired: (usize, u64),
}

impl SimWire {
    /// A wire to the twin behind `end`, on which nothing goes wrong yet.
    pub fn new(end: Arc<TwinWire>, air: Arc<Air>, dice: Dice) -> Self {
        let weather = Mutex::new(Weather {
            faults: Faults::default(),
            dice,
            shifts: 0,
            jumps: 0,
            expired: (0, 0),
        });
        Self {
            end,
            air,
            weather,
            limit: Mutex::default(),
        }
    }

    /// From now on each kind of fault befalls so many of ten thousand requests, edits so many of a hundred answers, and our
    /// clock is set before so many of ten thousand.
    pub fn disturb(&self, of_ten_thousand: usize, shifts: usize, jumps: usize) {
        let mut weather = self.weather();
        let seed = weather.dice.throw();
        weather.faults = faults(of_ten_thousand as f64 / 10_000.0, seed).unwrap_or_default();
        weather.shifts = shifts;
        weather.jumps = jumps;
    }

    /// From now on so many of a hundred files cannot be had.
    pub fn expire(&self, of_a_hundred: usize) {
        let mut weather = self.weather();
        let which = if of_a_hundred > 0 { weather.dice.throw() } else { 0 };
        weather.expired = (of_a_hundred, which);
    }

    fn is_expired(&self, url: &str) -> bool {
        let (of_a_hundred, which) = self.weather().expired;
        of_a_hundred > 0 && Dice::of(which, url).percent(of_a_hundred)
    }

    /// Somebody may set our clock.
    fn jump(&self) {
        let mut weather = self.weather();
        let jumps = weather.jumps;
        if jumps > 0 && weather.dice.below(10_000) < jumps {
            self.air.counts.count(Befell::ClockJumpDuring);
            self.air
                .ours
                .set_off(weather.dice.between(0, 200_000) as i64 - 100_000);
        }
    }

    /// From now on the vendor takes so many requests and no more.
    #[cfg(test)]
    pub fn limit_to(&self, limit: Option<Limit>) {
        *self.limit() = limit;
    }

    /// The limit, and how it was used.
    pub fn limit(&self) -> MutexGuard<'_, Option<Limit>> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The vendor's answer, unless it is over its limit.
    async fn answer(&self, request: &Request) -> Result<Response, Fault> {
        let now = self.air.clock.now();
        let refusal = self.limit().as_mut().and_then(|limit| {
            let passes = limit.take(now);
            (!passes).then(|| limit.refusal())
        });
        let response = match refusal {
            Some(refusal) => refusal,
            None => self.end.send(request.clone()).await?,
        };
        let response = match self.limit().as_ref() {
            Some(limit) => limit.told(response),
            None => response,
        };
        Ok(self.dated(response))
    }

    fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is going to befall a request, and how long the way there and back take.
    fn forecast(&self, request: &Request) -> (Option<FaultPlan>, Duration, Duration) {
        let mut weather = self.weather();
        let plan = match weather.faults.is_empty() {
            true => None,
            false => weather.faults.next(&request.method, &request.path),
        };
        let mut way = || Duration::from_millis(weather.dice.between(2, 90) as u64);
        (plan, way(), way())
    }

    /// Takes a request there, and what comes of it back.
    async fn carry<T>(
        &self,
        request: &Request,
        perform: impl AsyncFnOnce() -> Result<T, Fault>,
        refused: impl Fn(Response) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let air = &self.air;
        air.death.step(Moment::BeforeRequest).await;
        air.counts.count(Befell::Request);
        self.remember(request);
        let (plan, there, back) = self.forecast(request);
        air.clock.sleep(there).await;
        if let Some(plan) = plan {
            air.counts.count(befell(plan));
        }
        let result = match plan {
            None => perform().await,
            Some(FaultPlan::Delay(wait)) => {
                air.clock.sleep(wait).await;
                perform().await
            }
            Some(FaultPlan::Reset) => Err(no_answer(request)),
            Some(FaultPlan::LostAnswer | FaultPlan::Truncated) => {
                drop(perform().await);
                Err(no_answer(request))
            }
            Some(plan @ (FaultPlan::Throttled(_) | FaultPlan::ServerError)) => match plan.refusal() {
                Some(response) => refused(response),
                None => Err(no_answer(request)),
            },
        };
        if air.told {
            self.tell(request, plan);
        }
        air.death.step(Moment::BeforeAnswer).await;
        self.shift(request);
        self.jump();
        air.clock.sleep(back).await;
        result
    }

    /// Somebody may edit something between two pages.
    fn shift(&self, request: &Request) {
        let befalls = {
            let mut weather = self.weather();
            let shifts = weather.shifts;
            shifts > 0 && weather.dice.percent(shifts)
        };
        if befalls && is_page(request) {
            self.air.counts.count(Befell::PageShift);
            let mut people = self.air.people.lock().unwrap_or_else(PoisonError::into_inner);
            people.edit();
        }
    }

    /// As every server does, it says what its clock shows.
    fn dated(&self, response: Response) -> Response {
        let now = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.air.clock.now());
        match now {
            Ok(now) => response.header("date", &now),
            Err(_) => response,
        }
    }

    fn tell(&self, request: &Request, plan: Option<FaultPlan>) {
        let body = String::from_utf8_lossy(&request.body);
        let befell = plan
            .map(befell)
            .map(|what| format!(" ({what})"))
            .unwrap_or_default();
        let line = format!("        {} {}{befell} {body:.400}", request.method, request.path);
        let mut people = self.air.people.lock().unwrap_or_else(PoisonError::into_inner);
        people.diary.push(line);
    }

    fn remember(&self, request: &Request) {
        let mut sent = self.air.sent.lock().unwrap_or_else(PoisonError::into_inner);
        for text in [request.method.as_str(), &request.path] {
            sent.update(text.as_bytes()).update(b"\n");
        }
        for (name, value) in &request.query {
            sent.update(name.as_bytes())
                .update(b"=")
                .update(value.as_bytes())
                .update(b"\n");
        }
        sent.update(&request.body).update(b"\0");
    }
}

/// Whether a request asks for one page of many.
fn is_page(request: &Request) -> bool {
    let ends = [".list", "/search", "/scroll"];
    ends.iter().any(|end| request.path.ends_with(end))
        || (request.method == Method::GET && request.path.matches('/').count() == 1)
}

fn faults(rate: f64, seed: u64) -> Option<Faults> {
    let rule = |fault: &str, wait: u64| json!({ "rate": rate, "fault": fault, "delay_ms": 2_000, "retry_after_seconds": wait });
    let rules = [
        rule("throttled", 0),
        rule("throttled", 7),
        rule("server_error", 0),
        rule("reset", 0),
        rule("lost_answer", 0),
        rule("truncated", 0),
        rule("delay", 0),
    ];
    serde_json::from_value(json!({ "seed": seed, "rules": rules })).ok()
}

fn befell(plan: FaultPlan) -> Befell {
    match plan {
        FaultPlan::Throttled(_) => Befell::Throttled,
        FaultPlan::ServerError => Befell::ServerError,
        FaultPlan::Reset => Befell::Reset,
        FaultPlan::LostAnswer => Befell::LostAnswer,
        FaultPlan::Truncated => Befell::Truncated,
        FaultPlan::Delay(_) => Befell::Delay,
    }
}

fn no_answer(request: &Request) -> Fault {
    let doing = format!("{} {}", request.method, request.path);
    Fault::new(FaultKind::Unreachable, doing)
}

fn broken(response: Response) -> Fault {
    Fault::new(FaultKind::Unreachable, "moving a file").said(format!("status {}", response.status))
}

#[async_trait]
impl Wire for SimWire {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        self.carry(&request, async || self.answer(&request).await, Ok)
            .await
    }

    async fn upload(&self, upload: Upload) -> Result<Response, Fault> {
        let request = Request::new(Method::POST, "/upload");
        let perform = async || self.end.upload(upload).await;
        self.carry(&request, perform, Ok).await
    }

    async fn download(&self, download: Download) -> Result<Fetched, Fault> {
        let request = Request::new(Method::GET, "/download");
        if self.is_expired(&download.url) {
            self.air.counts.count(Befell::Expired);
            return Err(Fault::new(FaultKind::Gone, "fetching a file").said("its link has expired"));
        }
        let perform = async || self.end.download(download).await;
        self.carry(&request, perform, |response| Err(broken(response)))
            .await
    }
}
