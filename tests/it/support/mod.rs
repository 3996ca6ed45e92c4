//! What several tests need.

mod project;

pub(crate) use project::{Project, fixtures, rendered};
