//! A stand-in for DevRev, written from its documentation alone.

use model::{Fault, FaultKind};

use crate::{Twin, TwinOptions, TwinSetting};

/// What the documentation leaves open.
pub(super) static SETTINGS: &[TwinSetting] = &[];

/// An empty twin.
pub(super) fn open(_options: &TwinOptions) -> Result<Box<dyn Twin>, Fault> {
    Err(Fault::new(FaultKind::Settings, "starting the DevRev twin"))
}
