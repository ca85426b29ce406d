//! What vendors' folders share: HTTP values, the way out, pace, faults on request.

mod http;

pub use http::{Request, Response};
