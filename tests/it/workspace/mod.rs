//! Proves that a workspace on the disk becomes what its editor meant.

mod compose;
mod edition;
mod scaffold;
