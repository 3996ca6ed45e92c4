//! Arguments of the commands that send, and that look at what was sent.

use clap::Args;
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
    after_help = "Examples:\n  masthead send starsom/2022-04                       to the list in the ledger\n  masthead send starsom --to subscribers.csv          to the list in a file\n  masthead send starsom --to subscribers.csv --dry-run\n  masthead send starsom --test me@example.org --language fr\n  masthead send starsom --outbox out                  as .eml files instead of SMTP\n  masthead send starsom --at \"2022-05-02 09:00 Europe/Vienna\"\n\nThe same command resumes after Ctrl-C, a crash or a network failure; nobody gets the issue twice."
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
    /// Seal now, begin at this moment: "2022-05-02 09:00 Europe/Vienna", or 09:00 for the next one
    #[arg(long, value_name = "MOMENT", conflicts_with_all = ["test", "dry_run"])]
    pub(crate) at: Option<String>,
    /// Begin now, whatever moment was planned
    #[arg(long, conflicts_with_all = ["at", "test"])]
    pub(crate) now: bool,
    /// From this moment on nothing leaves any more, e.g. "2022-05-02 15:00 Europe/Vienna" (default: six hours after a
    /// planned start)
    #[arg(long, value_name = "MOMENT", conflicts_with = "test")]
    pub(crate) not_after: Option<String>,
    /// Send although it is later than it should be
    #[arg(long, conflicts_with_all = ["test", "not_after"])]
    pub(crate) even_late: bool,
    /// Stop at this moment and keep the queue; the same command goes on later
    #[arg(long, value_name = "MOMENT", conflicts_with = "test")]
    pub(crate) until: Option<String>,
    /// Don't wait for deliveries that were deferred; a later send goes on with them
    #[arg(long)]
    pub(crate) no_wait: bool,
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
