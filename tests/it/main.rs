//! The one integration binary: real counterparts, real files, everything in parallel.

mod inbox;
//! Integration tests in one binary: each folder is one area.

mod pipeline;
