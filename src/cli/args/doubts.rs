//! Arguments of the commands that look at what was sent, and settle what is in doubt.

use clap::Args;
use std::path::PathBuf;

/// `masthead status`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  masthead status                       every issue that was sealed\n  masthead status starsom/2022-04       one issue, and who is in doubt\n  masthead status starsom --show failed --full-addresses\n  masthead status starsom --delivery reader@example.org    all that happened to one delivery"
)]
pub(crate) struct StatusArgs {
    /// Which issue (default: all)
    pub(crate) issue: Option<String>,
    /// List the deliveries in this state
    #[arg(long, value_name = "STATE")]
    pub(crate) show: Option<String>,
    /// Show all that happened to one delivery, by its number or its address
    #[arg(
        long,
        value_name = "DELIVERY",
        requires = "issue",
        conflicts_with = "show",
        allow_hyphen_values = true
    )]
    pub(crate) delivery: Option<String>,
    /// List at most this many deliveries
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) limit: usize,
    /// Leave out the first so many of the list
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) skip: usize,
    /// Show addresses in full
    #[arg(long)]
    pub(crate) full_addresses: bool,
}

/// `masthead reconcile`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("decision"))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that was typed or not")]
#[command(
    after_help = "Examples:\n  masthead reconcile starsom/2022-04 --maillog /var/log/mail.log           what the relay's log proves\n  journalctl -o json -u postfix@- | masthead reconcile starsom/2022-04 --maillog - --dry-run\n  masthead reconcile starsom/2022-04 --accept                 they arrived: count them as sent\n  masthead reconcile starsom/2022-04 --resend --only 81723    send this one once more, octet by octet the same\n  masthead reconcile starsom/2022-04 --give-up --only reader@example.org --note \"asked by phone\"\n  masthead reconcile starsom/2022-04                          do what `in_doubt` in masthead.yaml says"
)]
pub(crate) struct ReconcileArgs {
    /// Which issue
    pub(crate) issue: String,
    /// Settle what these logs of the relay prove: syslog, journalctl -o json or -o export, also packed with gzip; `-` reads
    /// stdin
    #[arg(long, value_name = "FILE", num_args = 1.., group = "decision")]
    pub(crate) maillog: Vec<PathBuf>,
    /// Count them as sent
    #[arg(long, group = "decision")]
    pub(crate) accept: bool,
    /// Send them once more with the next `masthead send`, octet by octet the same
    #[arg(long, group = "decision")]
    pub(crate) resend: bool,
    /// Count them as failed
    #[arg(long, group = "decision")]
    pub(crate) give_up: bool,
    /// Only this delivery, by the number that `status` shows or by its address (may be repeated; default: all in doubt)
    #[arg(long, value_name = "DELIVERY", allow_hyphen_values = true)]
    pub(crate) only: Vec<String>,
    /// All in doubt; this is what happens without `--only`, said aloud
    #[arg(long, conflicts_with = "only")]
    pub(crate) all: bool,
    /// Why, for the history of each delivery
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// Who decides (default: as git knows you)
    #[arg(long = "as", value_name = "PERSON")]
    pub(crate) person: Option<String>,
    /// Don't ask
    #[arg(long, short = 'y')]
    pub(crate) yes: bool,
    /// Show what would be settled; change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Also record as bounced what the relay took and gave back later
    #[arg(long, requires = "maillog")]
    pub(crate) bounces: bool,
    /// The relay's name in its log, when nothing else of this issue shows that it is the right log
    #[arg(long, value_name = "NAME", requires = "maillog")]
    pub(crate) relay_host: Option<String>,
    /// The clock of a log that names no zone, as +02:00 (default: this machine's)
    #[arg(long, value_name = "OFFSET", requires = "maillog", allow_hyphen_values = true)]
    pub(crate) log_zone: Option<String>,
}
