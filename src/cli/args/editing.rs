//! Arguments of the commands that make and look at issues.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `masthead new …`
#[derive(Debug, Subcommand)]
pub(crate) enum NewCommand {
    /// A newsletter: newsletters/NAME with its settings
    #[command(
        after_help = "Examples:\n  masthead new newsletter \"River Watch\" --workspace .\n  masthead new newsletter \"River Watch\" --from \"River Watch <news@example.org>\" --language en --language fr"
    )]
    Newsletter {
        /// Its name; the folder's name is made from it
        name: String,
        /// The folder's name, when it can't be made from the name
        #[arg(long, value_name = "FOLDER")]
        slug: Option<String>,
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
    after_help = "Examples:\n  masthead preview                  the newest issue of the only newsletter\n  masthead preview starsom/2022-04 --port 8080\n  masthead preview starsom --to subscribers.csv     as the readers of this list get it\n  masthead preview --editor 'idea://open?file={path}&line={line}'"
)]
pub(crate) struct PreviewArgs {
    /// Which issue: starsom/2022-04, or starsom for the newest
    pub(crate) issue: Option<String>,
    /// Choose readers from this CSV file instead of the list in the ledger
    #[arg(long, value_name = "CSV")]
    pub(crate) to: Option<PathBuf>,
    /// Send tests over this relay instead of the one in masthead.yaml, e.g. `smtp://127.0.0.1:2525`
    #[arg(long, value_name = "URL")]
    pub(crate) relay: Option<String>,
    /// Link that opens a file in your editor (default: `MASTHEAD_EDITOR`, else Visual Studio Code)
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) editor: Option<String>,
    /// Serve on this port of 127.0.0.1 (0: any free one)
    #[arg(long, default_value_t = 4400)]
    pub(crate) port: u16,
}

/// `masthead check`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  masthead check                        the newest issue of all\n  masthead check starsom/2022-04\n  masthead check starsom --online      also fetch links and pictures\n  masthead check starsom --rule L003   only what this rule says\n  masthead check --explain L003        what the rule is for\n\nErrors stop a send, unless the issue file waives them: waive: [{ rule, reason, by }]."
)]
pub(crate) struct CheckArgs {
    /// Which issue: starsom/2022-04, or starsom for the newest
    pub(crate) issue: Option<String>,
    /// Show only what this rule says (may be repeated)
    #[arg(long, value_name = "ID")]
    pub(crate) rule: Vec<String>,
    /// Say what a rule is for and what to do about it
    #[arg(long, value_name = "ID", conflicts_with_all = ["issue", "rule", "online"])]
    pub(crate) explain: Option<String>,
    /// Also fetch links and pictures from the web (nothing that is a reader's own)
    #[arg(long)]
    pub(crate) online: bool,
}

/// `masthead approve`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  masthead approve starsom/2022-04                        as git knows you\n  masthead approve starsom --as \"Reviewer One <one@example.org>\"\n  masthead approve starsom --list                        who approved, and whose approval is outdated\n  masthead approve starsom --withdraw\n\nThe record stands beside the issue, in 2022-04.approvals.yaml: commit it with the issue."
)]
pub(crate) struct ApproveArgs {
    /// Which issue: starsom/2022-04, or starsom for the newest
    pub(crate) issue: String,
    /// Who approves, when not the person that git knows: a name, or `Name <address>`
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) person: Option<String>,
    /// Take the approval back
    #[arg(long, conflicts_with = "list")]
    pub(crate) withdraw: bool,
    /// Show who approved, and whose approval is outdated by which change
    #[arg(long, conflicts_with = "person")]
    pub(crate) list: bool,
}

/// `masthead build`
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  masthead build starsom/2022-04            into dist/starsom/2022-04\n  masthead build                            all issues of all newsletters\n  masthead build starsom -o public --for anna@example.org\n\nThe same files give the same bytes on any machine."
)]
pub(crate) struct BuildArgs {
    /// Which issue: starsom/2022-04, or starsom for the newest (default: all)
    pub(crate) issue: Option<String>,
    /// Where to write
    #[arg(long, short = 'o', value_name = "DIR", default_value = "dist")]
    pub(crate) output: PathBuf,
    /// Make the .eml files for this reader of the list instead of a made-up one
    #[arg(long = "for", value_name = "ADDRESS")]
    pub(crate) reader: Option<String>,
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
