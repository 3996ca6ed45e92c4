//! The capture server: real SMTP in, a web page out.
//!
//! Takes mail as a relay would, keeps it in bounded memory and shows it. It never delivers, forwards
//! or answers anything: mail that reached the inbox has reached its end. Listens on 127.0.0.1 only.

mod page;
mod protocol;
mod server;
mod store;
mod view;

pub use page::pages;
pub use server::{CaptureServer, ServerOptions};
pub use store::{Captured, Limits, Store};
