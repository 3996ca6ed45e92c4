//! Real shapes of log lines, written for the purpose; every example person is a role.

mod judging;
mod reading;
