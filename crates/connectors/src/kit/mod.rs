//! What vendors' folders share: HTTP values, the way out, pace, faults on request.

mod faulty;
mod http;
mod twin_wire;

pub use faulty::{FaultPlan, Faults, too_many};
pub use http::{Request, Response};
pub use twin_wire::TwinWire;
