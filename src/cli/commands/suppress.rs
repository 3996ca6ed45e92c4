//! `masthead suppress`: who must not be mailed.

use crate::{
    cli::{
        Desk, Done, Exit,
        args::{ReasonArg, SuppressCommand},
        commands::{address, store},
        settings,
    },
    domain::suppression::SuppressionReason,
};

/// The scope that means every newsletter.
const EVERYWHERE: &str = "*";

impl From<ReasonArg> for SuppressionReason {
    fn from(typed: ReasonArg) -> Self {
        match typed {
            ReasonArg::Unsubscribed => Self::Unsubscribed,
            ReasonArg::Complaint => Self::Complaint,
            ReasonArg::Hard => Self::Hard,
            ReasonArg::Soft => Self::Soft,
            ReasonArg::Erased => Self::Erased,
            ReasonArg::Manual => Self::Manual,
        }
    }
}

pub(crate) fn run(desk: &Desk, command: SuppressCommand) -> Done {
    let workspace = settings::bare_workspace(desk)?;
    let mut store = store::open(&workspace)?;
    match command {
        SuppressCommand::Add { email, newsletter, reason } => {
            let email = address(&email)?;
            // A complaint or an erasure is about the person, not about one list.
            let reason = SuppressionReason::from(reason);
            let everywhere = matches!(reason, SuppressionReason::Complaint | SuppressionReason::Erased);
            let scope = newsletter.filter(|_| !everywhere).unwrap_or_else(|| EVERYWHERE.into());
            let is_new =
                store::asked(store.suppress(&email, &scope, reason, "command line", crate::cli::now(desk)))?;
            let what = if is_new { "is suppressed now" } else { "was suppressed already" };
            desk.output.talk(&format!("{email} {what} ({}, {})", reason.as_str(), shown_scope(&scope)));
        }
        SuppressCommand::Remove { email, newsletter } => {
            let email = address(&email)?;
            let scope = newsletter.unwrap_or_else(|| EVERYWHERE.into());
            if !store::asked(store.lift_suppression(&email, &scope))? {
                desk.output.talk(&format!("{email} is not suppressed for {}", shown_scope(&scope)));
                return Ok(Exit::Problems);
            }
            desk.output.talk(&format!("{email} may be mailed again ({})", shown_scope(&scope)));
        }
        SuppressCommand::List => {
            for entry in store::asked(store.suppressions())? {
                if desk.output.json {
                    desk.output.object(&entry);
                    continue;
                }
                let who = entry.address.as_deref().unwrap_or("(address erased)");
                let evidence = entry.evidence.as_deref().unwrap_or("");
                let since = entry.since.format("%Y-%m-%d %H:%M");
                desk.output.data(&format!(
                    "{since}  {:<12}  {:<14}  {who}  {evidence}",
                    entry.reason.as_str(),
                    entry.scope
                ));
            }
        }
    }
    Ok(Exit::Done)
}

fn shown_scope(scope: &str) -> String {
    if scope == EVERYWHERE { "all newsletters".into() } else { format!("newsletter {scope}") }
}
