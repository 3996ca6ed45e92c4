//! What was typed. What it means is settled in `settings.rs`; nothing behind `cli` sees clap.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Newsletters from plain files: compile, preview, send over SMTP, account for every message.
#[derive(Debug, Parser)]
#[command(name = "masthead", version, about, long_about = None, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Start here:\n  masthead demo              the whole journey on this machine, nothing to set up\n  masthead preview starsom   look at the newest issue in a browser\n  masthead send starsom      send it; the same command resumes"
)]
pub(crate) struct Cli {
    /// The folder with masthead.yaml and newsletters/ (default: the nearest one from here upwards)
    #[arg(long, short = 'w', global = true, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,
    /// Print data as JSON, one object per line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the whole journey: compile the example, send it over SMTP to an inbox on this machine, serve both
    Demo(DemoArgs),
    /// Scaffold a newsletter, an issue or a news item that is valid as it stands
    #[command(subcommand)]
    New(NewCommand),
    /// Choose the latest news items and write the issue file
    Compose(ComposeArgs),
    /// Show an issue in the browser, live while you edit
    Preview(PreviewArgs),
    /// Check the finished messages of an issue; errors stop a send
    Check(CheckArgs),
    /// Seal an issue, show the plan, ask, and send it; the same command resumes
    Send(SendArgs),
    /// Show where every delivery of an issue stands, and who is in doubt
    Status(StatusArgs),
    /// Settle deliveries in doubt by decision
    Reconcile(ReconcileArgs),
    /// Manage the subscriber list
    #[command(subcommand)]
    Subscribers(SubscribersCommand),
    /// Manage the suppression list: addresses that must not be mailed
    #[command(subcommand)]
    Suppress(SuppressCommand),
    /// Capture mail on this machine: real SMTP in, a web page out; delivers nothing
    Inbox(InboxArgs),
    /// Compile one bare MJML file to HTML
    Mjml(MjmlArgs),
    /// Print shell completions
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write the man pages into a folder
    Man {
        /// Where to
        directory: PathBuf,
    },
}

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

/// `masthead new …`
#[derive(Debug, Subcommand)]
pub(crate) enum NewCommand {
    /// A newsletter: newsletters/NAME with its settings, an item and an issue
    #[command(
        after_help = "Examples:\n  masthead new newsletter \"River Watch\" --workspace .\n  masthead new newsletter \"River Watch\" --from \"River Watch <news@example.org>\" --language en --language fr"
    )]
    Newsletter {
        /// Its name; the folder's name is made from it
        name: String,
        /// The sender, e.g. "River Watch <news@example.org>"
        #[arg(long, value_name = "MAILBOX")]
        from: Option<String>,
        /// A language it speaks, the first is the one to fall back on (may be repeated; default: en)
        #[arg(long, value_name = "TAG")]
        language: Vec<String>,
    },
    /// An issue with the latest items, ready to be edited
    #[command(after_help = "Examples:\n  masthead new issue starsom\n  masthead new issue starsom 2022-05")]
    Issue {
        /// Which newsletter
        newsletter: String,
        /// Its name (default: the month of its day, as 2022-05)
        name: Option<String>,
        /// Day of the issue (default: today)
        #[arg(long, value_name = "YYYY-MM-DD")]
        date: Option<chrono::NaiveDate>,
    },
    /// A news item with today's date
    #[command(
        after_help = "Example:\n  masthead new item starsom \"Ministers meet in Malé\" --date 2022-04-07"
    )]
    Item {
        /// Which newsletter
        newsletter: String,
        /// The headline; the file name is made from it
        headline: String,
        /// Day of the news (default: today)
        #[arg(long, value_name = "YYYY-MM-DD")]
        date: Option<chrono::NaiveDate>,
    },
}

/// `masthead compose`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  masthead compose starsom                     as newsletter.yaml says (digest:)\n  masthead compose starsom --latest 6\n  masthead compose starsom --month 2022-04 --topic cooperation\n  masthead compose starsom --since 2022-03-01 --until 2022-03-31 --dry-run"
)]
pub(crate) struct ComposeArgs {
    /// Which newsletter
    pub(crate) newsletter: String,
    /// Name of the issue (default: the month of its date, as 2022-05)
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Day of the issue (default: today)
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<chrono::NaiveDate>,
    /// The newest N items
    #[arg(long, value_name = "N", conflicts_with_all = ["since_last_issue", "since", "until", "month"])]
    pub(crate) latest: Option<usize>,
    /// All items since the last issue
    #[arg(long, conflicts_with_all = ["since", "until", "month"])]
    pub(crate) since_last_issue: bool,
    /// Items from this day on
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with = "month")]
    pub(crate) since: Option<chrono::NaiveDate>,
    /// Items up to this day
    #[arg(long, value_name = "YYYY-MM-DD", conflicts_with = "month")]
    pub(crate) until: Option<chrono::NaiveDate>,
    /// Items of one month
    #[arg(long, value_name = "YYYY-MM")]
    pub(crate) month: Option<String>,
    /// Only items of this topic (may be repeated)
    #[arg(long, value_name = "TOPIC")]
    pub(crate) topic: Vec<String>,
    /// Never more than this
    #[arg(long, value_name = "N")]
    pub(crate) at_most: Option<usize>,
    /// Replace the issue file when there is one
    #[arg(long)]
    pub(crate) force: bool,
    /// Show the choice, write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// `masthead preview`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  masthead preview                  the newest issue of the only newsletter\n  masthead preview starsom/2022-04 --port 8080"
)]
pub(crate) struct PreviewArgs {
    /// Which issue: starsom/2022-04, or starsom for the newest
    pub(crate) issue: Option<String>,
    /// Serve on this port of 127.0.0.1 (0: any free one)
    #[arg(long, default_value_t = 4400)]
    pub(crate) port: u16,
}

/// `masthead check`
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  masthead check starsom/2022-04\n  masthead check starsom --json")]
pub(crate) struct CheckArgs {
    /// Which issue: starsom/2022-04, or starsom for the newest
    pub(crate) issue: Option<String>,
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
#[command(group = clap::ArgGroup::new("decision").required(true))]
#[command(
    after_help = "Examples:\n  masthead reconcile starsom/2022-04 --accept                 they arrived: count them as sent\n  masthead reconcile starsom/2022-04 --resend --only 81723    send this one once more, octet by octet the same\n  masthead reconcile starsom/2022-04 --give-up"
)]
pub(crate) struct ReconcileArgs {
    /// Which issue
    pub(crate) issue: String,
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

/// `masthead subscribers …`
#[derive(Debug, Subcommand)]
pub(crate) enum SubscribersCommand {
    /// Add and update subscribers from a CSV file; never resubscribes anyone
    #[command(
        after_help = "Examples:\n  masthead subscribers import people.csv\n  masthead subscribers import people.csv --dry-run\n\nColumns: email, name, language, topics, status, and any others as custom fields, in any order."
    )]
    Import {
        /// The file
        file: PathBuf,
        /// Say what would change, change nothing
        #[arg(long)]
        dry_run: bool,
        /// Take the good rows although some rows are bad
        #[arg(long)]
        skip_bad: bool,
    },
    /// List the subscribers
    List {
        /// Only those whose address or name contains this
        search: Option<String>,
    },
    /// Write the list as CSV
    Export {
        /// Where to (default: stdout)
        file: Option<PathBuf>,
    },
    /// Add or update one subscriber
    Add {
        /// Address
        email: String,
        /// Name
        #[arg(long)]
        name: Option<String>,
        /// Language tag, e.g. fr
        #[arg(long)]
        language: Option<String>,
        /// Topic (may be repeated)
        #[arg(long, value_name = "TOPIC")]
        topic: Vec<String>,
        /// Custom field (may be repeated)
        #[arg(long, value_name = "NAME=VALUE")]
        field: Vec<String>,
    },
    /// Remove one subscriber; to stop mail for good, suppress the address instead
    Remove {
        /// Address
        email: String,
    },
}

/// `masthead suppress …`
#[derive(Debug, Subcommand)]
pub(crate) enum SuppressCommand {
    /// Never mail this address again, whatever an import says
    Add {
        /// Address
        email: String,
        /// Only for this newsletter
        #[arg(long, value_name = "NEWSLETTER")]
        newsletter: Option<String>,
        /// Why
        #[arg(long, value_enum, default_value = "manual")]
        reason: ReasonArg,
    },
    /// Lift a suppression
    Remove {
        /// Address
        email: String,
        /// Only the one for this newsletter
        #[arg(long, value_name = "NEWSLETTER")]
        newsletter: Option<String>,
    },
    /// List the suppressed addresses
    List,
}

/// Reasons that can be typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReasonArg {
    /// The reader left
    Unsubscribed,
    /// The reader called it spam
    Complaint,
    /// The mailbox does not exist
    Hard,
    /// The mailbox did not take mail for too long
    Soft,
    /// The reader asked to be forgotten
    Erased,
    /// Put there by hand
    Manual,
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

/// `masthead mjml`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  masthead mjml letter.mjml > letter.html\n  masthead mjml letter.mjml -o letter.html"
)]
pub(crate) struct MjmlArgs {
    /// The MJML file (`-` for stdin)
    pub(crate) file: PathBuf,
    /// Where to write the HTML (default: stdout)
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
