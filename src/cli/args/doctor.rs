//! Arguments of `doctor`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `masthead doctor`
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  masthead doctor                    relay, login, certificate, ledger, signing, DNS, clock\n  masthead doctor --relay smtps://news@mail.example.org\n  masthead doctor --json             one object for each thing that was looked at\n  masthead doctor dkim new --domain example.org\n\nIt sends no mail. It connects to the relay, logs in and leaves."
)]
pub(crate) struct DoctorArgs {
    /// What to do (default: look at everything)
    #[command(subcommand)]
    pub(crate) command: Option<DoctorCommand>,
    /// Look at this relay instead of the one in masthead.yaml
    #[arg(long, value_name = "URL")]
    pub(crate) relay: Option<String>,
    /// Ask this name server instead of the system's
    #[arg(long, value_name = "IP[:PORT]")]
    pub(crate) dns: Option<String>,
}

/// `masthead doctor …`
#[derive(Debug, Subcommand)]
pub(crate) enum DoctorCommand {
    /// Keys that sign the mail (DKIM)
    #[command(subcommand)]
    Dkim(DkimCommand),
}

/// `masthead doctor dkim …`
#[derive(Debug, Subcommand)]
pub(crate) enum DkimCommand {
    /// Make a key, and show the DNS record to publish and the lines for masthead.yaml
    #[command(
        after_help = "Examples:\n  masthead doctor dkim new --domain example.org\n  masthead doctor dkim new --domain example.org --selector s2     the next key, beside the old one"
    )]
    New {
        /// The domain that answers for the mail: the one of the sender's address
        #[arg(long)]
        domain: String,
        /// Names the key; a new key wants a new name
        #[arg(long, default_value = "s1")]
        selector: String,
        /// An Ed25519 key; large providers still take its signatures for broken
        #[arg(long)]
        ed25519: bool,
        /// Where to keep the key (default: keys/SELECTOR.pem in the workspace)
        #[arg(long, short = 'o', value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Show the DNS record of the key that masthead.yaml names
    #[command(after_help = "Example:\n  masthead doctor dkim show")]
    Show,
}
