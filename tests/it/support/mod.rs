//! Fakes shared by the tests.

pub(crate) mod clock;
pub(crate) mod dice;
pub(crate) mod power;
pub(crate) mod relay;
pub(crate) mod sealed;
pub(crate) mod world;
//! Counterparts that several areas of the tests share.

pub(crate) mod certificates;
pub(crate) mod smtp_server;
//! What several tests need.

mod project;

pub(crate) use project::{Project, fixtures, rendered};
