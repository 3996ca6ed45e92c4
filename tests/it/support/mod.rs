//! Fakes shared by the tests.

pub(crate) mod clock;
pub(crate) mod dice;
pub(crate) mod power;
pub(crate) mod relay;
pub(crate) mod sealed;
pub(crate) mod store;
pub(crate) mod world;
