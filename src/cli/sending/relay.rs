//! From settings and options to the way out.

use crate::{
    cli::{Failure, output::Output, sending::oauth::OauthTokens, settings},
    content::{source::SourceText, workspace_file},
    domain::{
        address::EmailAddress,
        broadcast::SealedContent,
        problem::{Problem, Severity},
        settings::{Rate, RelayProfile, RelaySettings},
    },
    runner::report::RunEnd,
    smtp::{
        login::TokenSource,
        transport::{SmtpTransport, TransportOptions},
    },
    workspace::Workspace,
};
use std::sync::Arc;

/// What was typed about the relay.
#[derive(Clone, Copy, Default)]
pub(crate) struct RelayOptions<'a> {
    pub(crate) url: Option<&'a str>,
    pub(crate) rate: Option<&'a str>,
    pub(crate) connections: Option<u16>,
}

/// Returns the relay that is meant: the one typed, else the one of masthead.yaml, with the options typed.
///
/// # Errors
/// When there is none, or an option makes no sense.
pub(crate) fn settle(workspace: &Workspace, options: RelayOptions<'_>) -> Result<RelaySettings, Failure> {
    let mut relay = match options.url {
        Some(url) => typed(url)?,
        None => workspace.settings.relay.clone().ok_or_else(no_relay)?,
    };
    if let Some(rate) = options.rate {
        relay.rate = Some(parse_rate(rate)?);
    }
    if let Some(connections) = options.connections {
        relay.connections = usize::from(connections);
    }
    relay.hello_name.get_or_insert_with(settings::host_name);
    Ok(relay)
}

/// Reads a rate that was typed.
///
/// # Errors
/// When it is none.
pub(crate) fn parse_rate(typed: &str) -> Result<Rate, Failure> {
    Rate::parse(typed).ok_or_else(|| {
        let problem = Problem::error("cli/bad-rate", format!("`{typed}` is not a rate"));
        Failure::usage(problem.help("write it as 10/s, 600/min, 1000/h or 10000/day"))
    })
}

/// Reads a URL by the rules of masthead.yaml.
///
/// # Errors
/// When it is no relay.
pub(crate) fn typed(url: &str) -> Result<RelaySettings, Failure> {
    let quoted = serde_json::to_string(url).unwrap_or_default();
    let source = SourceText::new("--relay", &format!("relay: {{ url: {quoted} }}\n"));
    let (settings, mut problems) = workspace_file::parse(&source);
    problems.0.iter_mut().for_each(|problem| problem.place = None);
    problems.or_value(settings.relay)?.ok_or_else(no_relay)
}

fn no_relay() -> Failure {
    let problem = Problem::error("cli/no-relay", "no relay is configured: there is nowhere to send to");
    let help = "name it in masthead.yaml (`relay: { url: \"smtps://user@mail.example.org\", password: { env: … } }`), or try \
                `masthead inbox` and `--relay smtp://127.0.0.1:2525`, or write files with `--outbox DIR`";
    problem.help(help).into()
}

/// Opens the way to a relay; nothing is connected yet, and no token asked for.
///
/// # Errors
/// When its password isn't where it should be, or the settings would send in the clear.
pub(crate) fn transport(
    output: Output,
    workspace: &Workspace,
    relay: &RelaySettings,
) -> Result<SmtpTransport, Failure> {
    transport_with(output, workspace, relay, TransportOptions::default())
}

/// As [`transport`], with other patience.
///
/// # Errors
/// As [`transport`].
pub(crate) fn transport_with(
    output: Output,
    workspace: &Workspace,
    relay: &RelaySettings,
    options: TransportOptions,
) -> Result<SmtpTransport, Failure> {
    let password = relay
        .password
        .as_ref()
        .map(|source| settings::secret(&workspace.root, source, "the relay's password"))
        .transpose()?;
    let tokens = relay.oauth.clone().map(|oauth| {
        let tokens = OauthTokens::new(oauth, relay.profile, workspace.root.clone(), output);
        Arc::new(tokens) as Arc<dyn TokenSource>
    });
    let options = TransportOptions { tokens, ..options };
    Ok(SmtpTransport::with_options(relay.clone(), password, options)?)
}

/// Returns how the web is asked, where a command asks it.
pub(crate) fn web_tls() -> ureq::tls::TlsConfig {
    crate::cli::sending::oauth::web_tls()
}

/// Says of what ended a run what it means at this kind of relay, where that is known.
pub(crate) fn explain(ended: &mut RunEnd, profile: RelayProfile) {
    if let RunEnd::CouldNotSend(problem) | RunEnd::MessageRefused(problem) = ended
        && let Some(hint) = profile.hint(&problem.message)
    {
        problem.help = Some(format!("{hint}. The queue is kept, the same command goes on"));
    }
}

/// Returns what is to be known of a relay before it gets an issue.
pub(crate) fn notes(
    workspace: &Workspace,
    relay: Option<&RelaySettings>,
    recipients: u64,
    content: &SealedContent,
) -> Vec<Problem> {
    let Some(relay) = relay else { return Vec::new() };
    let mut notes = Vec::new();
    if let Some(day) = relay.recipients_per_day.map(u64::from).filter(|day| recipients > *day) {
        let message =
            format!("{recipients} recipients are more than the {day} that this relay takes in a day");
        let help = format!(
            "the rest stays queued, and the same command goes on the next day (`recipients_per_day` in masthead.yaml, from \
             the profile `{}`)",
            relay.profile.as_str()
        );
        notes.push(Problem::warning("send/relay-limit", message).help(help));
    }
    let from = content.variants.first().map(|variant| &variant.digest.from.address);
    if let Some(from) = from {
        notes.extend(replaced_sender(relay, from));
    }
    notes.extend(replaced_fields(relay, workspace.settings.signing.is_some()));
    notes
}

/// Warns of a relay that may put another sender into the message.
pub(crate) fn replaced_sender(relay: &RelaySettings, from: &EmailAddress) -> Option<Problem> {
    let user = relay.user.as_deref()?;
    let is_own = EmailAddress::parse(user).is_ok_and(|user| user.canonical() == from.canonical());
    (relay.profile.replaces_unknown_senders() && !is_own).then(|| {
        let message = "this relay puts the account's own address into `From`, unless it knows the newsletter's as one of \
                       its aliases";
        Problem::warning("send/relay-rewrites", message).help(
            "add the address to the account under *Send mail as*, or send as the account itself; a changed `From` breaks the \
             DKIM signature",
        )
    })
}

/// Tells of header fields that a relay replaces.
pub(crate) fn replaced_fields(relay: &RelaySettings, is_signing: bool) -> Option<Problem> {
    (!relay.rewrites.is_empty()).then(|| {
        let fields = relay.rewrites.join(", ");
        let signature = if is_signing { "; our DKIM signature leaves them out" } else { "" };
        let mut problem =
            Problem::warning("send/relay-rewrites", format!("this relay replaces {fields}{signature}"));
        problem.severity = Severity::Info;
        problem.help("`rewrites` in masthead.yaml says otherwise, where that is so")
    })
}
