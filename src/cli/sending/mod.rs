//! What `send` and `demo` share: list, variants, plan, seal, run.

pub(crate) mod approved;
pub(crate) mod dkim;
pub(crate) mod doubts;
pub(crate) mod findings;
pub(crate) mod judged;
pub(crate) mod list;
pub(crate) mod mend;
mod oauth;
pub(crate) mod prepare;
pub(crate) mod relay;
pub(crate) mod run;
pub(crate) mod schedule;
mod seat;
pub(crate) mod shown;
mod signals;
pub(crate) mod variants;
pub(crate) mod waiting;
