//! What was typed. What it means is settled in `settings.rs`; nothing behind `cli` sees clap.

mod doctor;
mod doubts;
mod editing;
mod lists;
mod sending;

pub(crate) use doctor::{DkimCommand, DoctorCommand};
pub(crate) use doubts::{ReconcileArgs, StatusArgs};
pub(crate) use editing::{ApproveArgs, BuildArgs, CheckArgs, ComposeArgs, MjmlArgs, NewCommand, PreviewArgs};
pub(crate) use lists::{ReasonArg, SubscribersCommand, SuppressCommand};
pub(crate) use sending::{DemoArgs, InboxArgs, SendArgs};

use clap::{Parser, Subcommand};
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
    /// Record that you approve an issue exactly as it is; any later change makes that outdated
    Approve(ApproveArgs),
    /// Write the HTML, text, .eml and web archive of issues into a folder
    Build(BuildArgs),
    /// Seal an issue, show the plan, ask, and send it; the same command resumes
    Send(SendArgs),
    /// Show where every delivery of an issue stands, and who is in doubt
    Status(StatusArgs),
    /// Settle deliveries in doubt: by the relay's log, by decision, or as the policy says
    Reconcile(ReconcileArgs),
    /// Manage the subscriber list
    #[command(subcommand)]
    Subscribers(SubscribersCommand),
    /// Manage the suppression list: addresses that must not be mailed
    #[command(subcommand)]
    Suppress(SuppressCommand),
    /// Look after what a sending needs around it: keys and DNS records
    #[command(subcommand)]
    Doctor(DoctorCommand),
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
