//! What vendors' folders share: HTTP values, the way out, pace, faults on request.

mod calls;
mod faulty;
mod file;
mod http;
mod member;
mod near;
mod pace;
mod sign;
mod tree;
mod twin_wire;
mod unread;
mod wire;

pub use calls::CallCounter;
pub use faulty::{FaultPlan, Faults, too_many};
pub use file::{Content, Download, Named, Upload};
pub(crate) use http::encoded;
pub use http::{Request, Response};
pub(crate) use member::{OneOf, member};
pub(crate) use near::distance;
pub use pace::{Budget, Pace, PaceGuard, PaceLimits, PaceState, Verdict, retry_after};
pub use sign::{SigningKey, is_same, new_address_word, new_shared_secret, new_signing_secret, new_write_key};
pub(crate) use sign::{from_base64, from_hex, is_signed, is_signed_sha1};
pub(crate) use tree::tree;
pub use twin_wire::TwinWire;
pub use unread::unread;
pub use wire::{HttpWire, WireLimits};
pub(crate) use wire::{refused, with_query};
