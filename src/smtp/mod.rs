//! Speaks SMTP to one relay: connects, protects, logs in, hands over one message per transaction.
//!
//! # What it is made of
//!
//! [`reply`] and [`capabilities`] read what a server says. [`dialogue`] is the whole conversation as a
//! state machine without a socket: it takes the server's octets and gives octets to write and events,
//! so every phase can be tested without a network, and the same machine runs over TCP, TLS and a test
//! script. [`classify`] reads refusals: whom they are about and what follows. [`transport`] and
//! [`session`] put the machine on tokio and rustls, and implement the ports of
//! [`crate::delivery::ports`].
//!
//! # What it promises
//!
//! * **No final dot before it was told.** [`session::SmtpSession`] sends a whole message but its last
//!   three octets; only `finish` sends those. A message without them is worth nothing: a server has to
//!   throw it away (RFC 5321, 4.1.1.10).
//! * **Every end knows its phase.** Before the final dot left, a broken line is `Broken`: not delivered.
//!   After it, everything but a reply is `InDoubt`: nobody can know (RFC 1047).
//! * **No bare CR or LF and no early dot in a message.** Pieces are scanned before anything is said to
//!   the server; a leading dot is stuffed, a bare CR or LF is refused, so that no content can end its
//!   own transaction and begin another (SMTP smuggling).
//! * **No command injection.** An address with a control character, a space or an angle bracket never
//!   gets into a command.
//! * **No downgrade.** STARTTLS that is not offered or fails ends the session, except towards this very
//!   machine; certificates are verified; credentials never travel in the clear to another machine.
//!   What a server said before the handshake is forgotten.
//! * **A cancelled session is not used again.** A future that is dropped half-way leaves a session that
//!   says it is unusable, so that no reply is ever read as the answer to the next command.
//!
//! # What it never does
//!
//! It decides nothing about retries, pace or order, knows no ledger, reads no settings file and no
//! environment, never probes addresses, and never writes the dialogue anywhere: it contains
//! credentials and addresses.

mod address_check;
pub mod body;
pub mod capabilities;
pub mod classify;
mod der;
pub mod dialogue;
pub mod login;
pub mod queue_id;
pub mod reply;
pub mod session;
pub mod timeouts;
mod tls;
pub mod transport;
mod wire;
