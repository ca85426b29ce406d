//! JSON written straight into bytes.

use serde::Serialize;

/// JSON as it is written, member by member.
pub(super) struct Json {
    pub(super) out: Vec<u8>,
    is_first: bool,
}

impl Json {
    pub(super) fn new() -> Self {
        Self {
            out: Vec::with_capacity(1024),
            is_first: true,
        }
    }

    pub(super) fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.is_first = true;
    }

    pub(super) fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.is_first = false;
    }

    /// Separates what follows from what was before.
    pub(super) fn next(&mut self) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
    }

    pub(super) fn key(&mut self, name: &str) {
        self.next();
        self.put(name);
        self.out.push(b':');
    }

    pub(super) fn put(&mut self, value: &(impl Serialize + ?Sized)) {
        // Writing to memory cannot fail, and neither can a text or a JSON value as JSON.
        let written = serde_json::to_writer(&mut self.out, value);
        debug_assert!(written.is_ok());
    }

    pub(super) fn member(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        self.key(name);
        self.put(value);
    }
}
