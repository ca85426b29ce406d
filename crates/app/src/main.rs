//! Interline: moves a company's customers between platforms and keeps both sides true.

mod clock;
mod failure;
mod twin;

fn main() {}
