//! Arguments of the commands about subscribers and suppressions.

use clap::{Subcommand, ValueEnum};
use std::path::PathBuf;

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
