//! The one integration binary: real counterparts, real files, everything in parallel.

mod refused;
mod support;
mod workspace;
