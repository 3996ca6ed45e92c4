//! Counterparts that several areas of the tests share.

pub(crate) mod certificates;
pub(crate) mod smtp_server;
