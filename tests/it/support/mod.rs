//! Counterparts and fakes that several areas of the tests share.

pub(crate) mod binary;
pub(crate) mod certificates;
pub(crate) mod clock;
pub(crate) mod counting;
pub(crate) mod dice;
pub(crate) mod name_server;
pub(crate) mod postfix;
pub(crate) mod postgres;
pub(crate) mod power;
mod project;
pub(crate) mod relay;
pub(crate) mod sealed;
pub(crate) mod slow_line;
pub(crate) mod smtp_server;
pub(crate) mod store;
pub(crate) mod world;

pub(crate) use project::{Project, fixtures, rendered};
