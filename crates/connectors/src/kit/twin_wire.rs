//! A wire that ends at a twin in the same process: no network.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use model::{Clock, Fault, FaultKind};

use crate::{
    Answer, Twin, Wire,
    kit::{FaultPlan, Faults, Request, Response},
};

/// Carries requests to a twin, and its answers back; loses some of them if it is told to.
pub struct TwinWire {
    end: Mutex<End>,
    clock: Arc<dyn Clock>,
}

struct End {
    twin: Box<dyn Twin>,
    faults: Faults,
    requests: u64,
}

impl TwinWire {
    /// A wire to this twin, which takes its time from this clock.
    pub fn new(twin: Box<dyn Twin>, clock: Arc<dyn Clock>) -> Self {
        let end = Mutex::new(End {
            twin,
            faults: Faults::default(),
            requests: 0,
        });
        Self { end, clock }
    }

    /// From now on these faults befall requests, in place of earlier ones.
    pub fn set_faults(&self, faults: Faults) {
        self.with_end(|end| end.faults = faults);
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u64 {
        self.with_end(|end| end.requests)
    }

    /// Looks at the twin, or changes it behind everybody's back.
    pub fn with_twin<T>(&self, look: impl FnOnce(&mut dyn Twin) -> T) -> T {
        self.with_end(|end| look(end.twin.as_mut()))
    }

    fn with_end<T>(&self, look: impl FnOnce(&mut End) -> T) -> T {
        look(&mut self.end.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn perform(&self, request: &Request) -> Response {
        let now = self.clock.now();
        let Answer { response, .. } = self.with_twin(|twin| twin.answer(request, now));
        response
    }
}

#[async_trait]
impl Wire for TwinWire {
    async fn send(&self, request: Request) -> Result<Response, Fault> {
        let plan = self.with_end(|end| {
            end.requests += 1;
            end.faults.next(&request.method, &request.path)
        });
        match plan {
            None => Ok(self.perform(&request)),
            Some(FaultPlan::Delay(wait)) => {
                self.clock.sleep(wait).await;
                Ok(self.perform(&request))
            }
            Some(FaultPlan::Reset) => Err(no_answer(&request)),
            Some(FaultPlan::LostAnswer | FaultPlan::Truncated) => {
                self.perform(&request);
                Err(no_answer(&request))
            }
            Some(refused @ (FaultPlan::Throttled(_) | FaultPlan::ServerError)) => {
                refused.refusal().ok_or_else(|| no_answer(&request))
            }
        }
    }
}

fn no_answer(request: &Request) -> Fault {
    Fault::new(
        FaultKind::Unreachable,
        format!("{} {}", request.method, request.path),
    )
}

#[cfg(test)]
mod tests;
