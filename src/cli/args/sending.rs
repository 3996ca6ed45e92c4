//! Arguments of the commands that send, and that look at what was sent.

use clap::{Args, builder::ArgPredicate};
use std::path::PathBuf;

/// `masthead demo`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  masthead demo                     then open the printed address; Ctrl-C ends it\n  masthead demo --once              send, check that everything arrived, exit 0\n  masthead demo --once --save mail  the same, and keep the captured messages as .eml files"
)]
pub(crate) struct DemoArgs {
    /// Send, check that every expected message arrived, and exit
    #[arg(long)]
    pub(crate) once: bool,
    /// Keep the captured messages as .eml files in this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
    /// Serve the pages on this port of 127.0.0.1 (0: any free one)
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}

/// `masthead send`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that was typed or not")]
#[command(
    after_help = "Examples:\n  masthead send starsom/2022-04                       to the list in the ledger\n  masthead send starsom --to subscribers.csv          to the list in a file\n  masthead send starsom --to subscribers.csv --dry-run\n  masthead send starsom --test me@example.org --language fr\n  masthead send starsom --outbox out                  as .eml files instead of SMTP\n\nThe same command resumes after Ctrl-C, a crash or a network failure; nobody gets the issue twice."
)]
pub(crate) struct SendArgs {
    /// Which issue: starsom/2022-04, or starsom for the newest
    pub(crate) issue: String,
    /// Send to the subscribers of this CSV file instead of the list in the ledger
    #[arg(long, value_name = "CSV")]
    pub(crate) to: Option<PathBuf>,
    /// Don't ask
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Render everybody, check, show the plan; seal and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Send one message, marked as a test, to this address; nothing is recorded
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["to", "dry_run"])]
    pub(crate) test: Option<String>,
    /// Language of the test message
    #[arg(long, value_name = "TAG", requires = "test")]
    pub(crate) language: Option<String>,
    /// Ceiling over all connections, e.g. 10/s, 600/min, 10000/day
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<String>,
    /// Connections at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) connections: Option<u16>,
    /// Write the messages as .eml files into this folder instead of sending them
    #[arg(long, value_name = "DIR")]
    pub(crate) outbox: Option<PathBuf>,
    /// Use this relay instead of the one in masthead.yaml, e.g. `smtp://127.0.0.1:2525`
    #[arg(long, value_name = "URL")]
    pub(crate) relay: Option<String>,
    /// Send corrected content to everybody once more, as the next edition
    #[arg(long, conflicts_with = "test")]
    pub(crate) new_edition: bool,
    /// Don't wait for deliveries that were deferred; a later send goes on with them
    #[arg(long)]
    pub(crate) no_wait: bool,
}

/// `masthead status`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  masthead status                       every issue that was sealed\n  masthead status starsom/2022-04       one issue, and who is in doubt\n  masthead status starsom --show failed --full-addresses"
)]
pub(crate) struct StatusArgs {
    /// Which issue (default: all)
    pub(crate) issue: Option<String>,
    /// List the deliveries in this state
    #[arg(long, value_name = "STATE")]
    pub(crate) show: Option<String>,
    /// Show addresses in full
    #[arg(long)]
    pub(crate) full_addresses: bool,
}

/// `masthead reconcile`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that was typed or not")]
#[command(group = clap::ArgGroup::new("decision").required(true))]
#[command(
    after_help = "Examples:\n  masthead reconcile starsom/2022-04 --accept                 they arrived: count them as sent\n  masthead reconcile starsom/2022-04 --resend --only 81723    send this one once more, octet by octet the same\n  masthead reconcile starsom/2022-04 --give-up\n  masthead reconcile --adopt                                  a backup of the ledger was put back, or it was moved"
)]
pub(crate) struct ReconcileArgs {
    /// Which issue
    #[arg(
        required = false,
        required_unless_present_any = ["adopt", "quarantine_since"],
        default_value_if("adopt", ArgPredicate::IsPresent, ""),
        default_value_if("quarantine_since", ArgPredicate::IsPresent, ""),
        hide_default_value = true
    )]
    pub(crate) issue: String,
    /// The ledger was put back from a backup, moved or copied: bring it up to date from the send journals beside it, and
    /// send from here from now on
    #[arg(long, group = "decision", conflicts_with = "issue")]
    pub(crate) adopt: bool,
    /// The ledger lacks what was sent since then, and so do the journals: put everything open in doubt
    #[arg(long, value_name = "MOMENT", group = "decision", conflicts_with = "issue")]
    pub(crate) quarantine_since: Option<String>,
    /// Count them as sent
    #[arg(long, group = "decision")]
    pub(crate) accept: bool,
    /// Send them once more with the next `masthead send`, octet by octet the same
    #[arg(long, group = "decision")]
    pub(crate) resend: bool,
    /// Count them as failed
    #[arg(long, group = "decision")]
    pub(crate) give_up: bool,
    /// Only these deliveries, by the number that `status` shows (may be repeated; default: all in doubt)
    #[arg(long, value_name = "DELIVERY", allow_negative_numbers = true)]
    pub(crate) only: Vec<i64>,
}

impl ReconcileArgs {
    /// Returns whether the ledger itself is to be mended, not an issue of it.
    pub(crate) fn is_about_the_ledger(&self) -> bool {
        self.adopt || self.quarantine_since.is_some()
    }
}

/// `masthead inbox`
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  masthead inbox                     SMTP on 127.0.0.1:2525, page on http://127.0.0.1:4401/"
)]
pub(crate) struct InboxArgs {
    /// SMTP port on 127.0.0.1 (0: any free one)
    #[arg(long, default_value_t = 2525)]
    pub(crate) smtp_port: u16,
    /// Port of the page on 127.0.0.1 (0: any free one)
    #[arg(long, default_value_t = 4401)]
    pub(crate) port: u16,
    /// Offer STARTTLS with a certificate made on the spot
    #[arg(long)]
    pub(crate) starttls: bool,
    /// Keep at most this many messages; older ones are dropped
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    pub(crate) keep: usize,
    /// Also write every message into this folder as .eml
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
}
