//! The one integration binary: real counterparts, real files, everything in parallel.

mod smtp;
mod support;
