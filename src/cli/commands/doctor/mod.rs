//! `masthead doctor`: looks whether all that a sending needs around it is in order.
//!
//! It sends no mail and changes nothing. What it did not look at it says.

mod dns;
mod keys;
mod relay;

use crate::{
    cli::{
        Desk, Done, Exit, Failure,
        args::{DoctorArgs, DoctorCommand},
        commands::store,
        output::{Dress, Output},
        sending::{
            dkim,
            relay::{self as ways, RelayOptions},
        },
        settings,
    },
    domain::problem::{Problem, Severity},
    workspace::Workspace,
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::time::Duration;
use ureq::{Agent, config::Config};

/// How long a web server may take to say what time it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// A clock may be off by so many seconds: signatures, leases and dates bear that.
const SKEW_MAX: i64 = 60;

/// What one look came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    Good,
    Warning,
    Bad,
    NotChecked,
}

/// One thing that was looked at, or not.
#[derive(Clone, Debug, Serialize)]
struct Look {
    what: &'static str,
    standing: Standing,
    message: String,
    help: Option<String>,
}

impl Look {
    fn good(what: &'static str, message: impl Into<String>) -> Self {
        Self { what, standing: Standing::Good, message: message.into(), help: None }
    }

    fn warning(what: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what, standing: Standing::Warning, message: message.into(), help: Some(help.into()) }
    }

    fn bad(what: &'static str, message: impl Into<String>) -> Self {
        Self { what, standing: Standing::Bad, message: message.into(), help: None }
    }

    fn not_checked(what: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what, standing: Standing::NotChecked, message: message.into(), help: Some(help.into()) }
    }

    fn of(what: &'static str, problem: Problem) -> Self {
        let standing = match problem.severity {
            Severity::Error => Standing::Bad,
            Severity::Warning => Standing::Warning,
            Severity::Info => Standing::Good,
        };
        Self { what, standing, message: problem.message, help: problem.help }
    }

    fn failed(what: &'static str, failure: Failure) -> Self {
        let first = failure.problems.0.into_iter().next();
        first.map_or_else(|| Self::bad(what, "it could not be looked at"), |problem| Self::of(what, problem))
    }
}

pub(crate) fn run(desk: &Desk, args: DoctorArgs) -> Done {
    match args.command {
        Some(DoctorCommand::Dkim(command)) => keys::run(desk, command),
        None => look_at_everything(desk, &args),
    }
}

fn look_at_everything(desk: &Desk, args: &DoctorArgs) -> Done {
    let name_server = dns::typed(args.dns.as_deref())?;
    let mut workspace = settings::bare_workspace(desk)?;
    let mut looks = Vec::new();
    let options = RelayOptions { url: args.relay.as_deref(), ..RelayOptions::default() };
    match ways::settle(&workspace, options) {
        Ok(relay) => {
            workspace.settings.relay = Some(relay.clone());
            looks.extend(relay::looks(desk, &workspace, &relay)?);
        }
        Err(failure) => looks.push(Look::failed("relay", failure)),
    }
    looks.push(ledger(&workspace));
    looks.push(signing(&workspace));
    looks.extend(dns::looks(desk, &workspace, name_server));
    looks.extend(addresses(&workspace));
    looks.push(clock(desk, &workspace));
    for look in &looks {
        tell(desk.output, look);
    }
    let is_bad = looks.iter().any(|look| look.standing == Standing::Bad);
    Ok(if is_bad { Exit::Problems } else { Exit::Done })
}

fn tell(output: Output, look: &Look) {
    if output.json {
        return output.object(look);
    }
    let (word, dress) = match look.standing {
        Standing::Good => ("good", Dress::Good),
        Standing::Warning => ("look", Dress::Careful),
        Standing::Bad => ("bad", Dress::Bad),
        Standing::NotChecked => ("not checked", Dress::Faint),
    };
    output.data(&format!(
        "{:<11}  {:<11}  {}",
        output.dress(dress, word),
        look.what,
        crate::cli::output::visible(&look.message)
    ));
    if let Some(help) = &look.help {
        output.data(&format!("{:26}{}", "", crate::cli::output::visible(help)));
    }
}

/// Opening the ledger sets and tests what makes its word durable; it is not made for that.
fn ledger(workspace: &Workspace) -> Look {
    const WHAT: &str = "ledger";
    let shown = &workspace.settings.ledger;
    if !store::exists(workspace) {
        return Look::not_checked(
            WHAT,
            format!("there is no `{shown}` yet"),
            "the first import or send makes it",
        );
    }
    let opened = store::open(workspace).and_then(|mut ledger| store::asked(ledger.broadcasts()));
    match opened {
        Ok(broadcasts) => Look::good(
            WHAT,
            format!(
                "`{shown}` opens with its durable settings (WAL, synchronous=FULL); {} sealed",
                broadcasts.len()
            ),
        ),
        Err(failure) => Look::failed(WHAT, failure),
    }
}

fn signing(workspace: &Workspace) -> Look {
    const WHAT: &str = "signing";
    let Some(signing) = &workspace.settings.signing else {
        let help =
            "`masthead doctor dkim new --domain example.org` makes a key; a relay may sign by itself instead";
        return Look::warning(WHAT, "nobody signs the messages (DKIM)", help);
    };
    match dkim::key(workspace, signing) {
        Ok(key) => Look::good(WHAT, format!("the key of {} works ({} bits)", signing.domain, key.bits())),
        Err(failure) => Look::failed(WHAT, failure),
    }
}

fn addresses(workspace: &Workspace) -> Vec<Look> {
    let mut looks = Vec::new();
    let settings = &workspace.settings;
    if settings.public_url.is_none() {
        let help = "set `public_url`: large receivers want one-click unsubscribing";
        looks.push(Look::warning("addresses", "there is no public address for unsubscribing", help));
    }
    if settings.bounce_address.is_none() {
        let help = "set `bounces: { address: … }`; until then reports go to the sender";
        looks.push(Look::warning("addresses", "bounces have no address of their own", help));
    }
    looks
}

/// Compares this machine's clock with that of the public address, which says the time with every answer.
fn clock(desk: &Desk, workspace: &Workspace) -> Look {
    const WHAT: &str = "clock";
    let asked = workspace.settings.public_url.as_deref().and_then(|url| Some((url, date_of(url)?)));
    let Some((url, theirs)) = asked else {
        let help = "`timedatectl` says whether this machine keeps its clock in step";
        return Look::not_checked(WHAT, "nobody was there to compare the clock with", help);
    };
    let off = (crate::cli::now(desk) - theirs).num_seconds();
    if off.abs() <= SKEW_MAX {
        return Look::good(WHAT, format!("agrees with {url} (within {SKEW_MAX} s)"));
    }
    let help = "keep it in step (NTP): dates, signatures and login tokens go by it";
    Look::warning(WHAT, format!("this machine's clock is {} s off from {url}", off.abs()), help)
}

fn date_of(url: &str) -> Option<DateTime<Utc>> {
    let config = Config::builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        .tls_config(ways::web_tls())
        .user_agent("masthead-doctor")
        .build();
    let response = Agent::new_with_config(config).head(url).call().ok()?;
    let date = response.headers().get("date")?.to_str().ok()?;
    DateTime::parse_from_rfc2822(date).ok().map(|date| date.with_timezone(&Utc))
}
