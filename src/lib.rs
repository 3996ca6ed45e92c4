//! Masthead compiles newsletters from plain files, previews them, and sends them over SMTP
//! with an account of every single message.
//!
//! ```text
//! newsletters/starsom/newsletter.yaml, news/*.md, issues/2022-04.yaml        templates/digest/*
//!         │ workspace reads, content parses                                          │
//!         ▼                                                                          ▼
//! Newsletter, [NewsItem], Issue ──► Edition ──render──► MJML ──engine──► Digest: html + text, merge fields open
//!                                                                   │  one per variant (language, topics)
//!                                                                   │  check judges it, preview shows it
//!                                                                   ▼
//!                                               render::form ──► FormLetter: encoded MIME pieces with blanks
//! subscribers ──delivery::plan (− suppressed − duplicates)──► Broadcast + Deliveries, sealed in the ledger
//!                                                                   │
//! runner, per connection:  claim ─► FormLetter::fill ─► MAIL RCPT body ─► commit (durable) ─► final dot ─► reply ─► record
//!                                                                   │
//!                                                   sent · deferred · bounced · failed · in doubt
//! ```

pub mod check;
pub mod cli;
pub mod clients;
pub mod content;
pub mod delivery;
pub mod dkim;
pub mod dns;
pub mod domain;
pub mod evidence;
pub mod inbox;
pub mod ledger;
pub mod loopback;
pub mod outbox;
pub mod preview;
pub mod proof;
pub mod render;
pub mod runner;
pub mod smtp;
mod trust;
pub mod workspace;
