//! Integration tests in one binary: each folder is one area.

mod example;
