//! Looks at the relay: reaches it, protects the line, logs in, and leaves without sending anything.

use crate::{
    cli::{
        Desk, Failure,
        commands::doctor::{Look, Standing},
        sending::relay as ways,
    },
    delivery::ports::{Session, Transport},
    domain::{
        outcome::{Outcome, Phase},
        settings::{Protection, RelayProfile, RelaySettings},
    },
    smtp::{session::SmtpSession, timeouts::Timeouts, transport::TransportOptions},
    workspace::Workspace,
};
use chrono::DateTime;
use std::time::Duration;

/// How long a relay may take for one answer here; a person waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Days before its end at which a certificate is worth a word.
const DAYS_WISE: i64 = 14;

/// Looks at the relay and at what its settings say.
///
/// # Errors
/// When the system gives no threads.
pub(super) fn looks(desk: &Desk, workspace: &Workspace, relay: &RelaySettings) -> Result<Vec<Look>, Failure> {
    let mut looks = vec![limits(relay)];
    let is_signing = workspace.settings.signing.is_some();
    looks.extend(ways::replaced_fields(relay, is_signing).map(|problem| Look::of("relay", problem)));
    let timeouts = Timeouts { greeting: PATIENCE, ..Timeouts::default() };
    let options = TransportOptions { timeouts, ..TransportOptions::default() };
    let transport = match ways::transport_with(desk.output, workspace, relay, options) {
        Ok(transport) => transport,
        Err(failure) => {
            looks.push(Look::failed("relay", failure));
            return Ok(looks);
        }
    };
    let runtime = crate::cli::commands::runtime()?;
    looks.extend(runtime.block_on(async {
        let mut looks = vec![hello_name(relay).await];
        match transport.connect().await {
            Ok(session) => {
                looks.extend(opened(desk, relay, &session));
                session.quit().await;
            }
            Err(outcome) => looks.push(not_opened(relay, &transport.name(), &outcome)),
        }
        looks
    }));
    Ok(looks)
}

fn limits(relay: &RelaySettings) -> Look {
    let mut words = vec![format!("{} connections", relay.connections)];
    words.extend(relay.rate.map(|rate| format!("at most {rate}")));
    words.extend(relay.recipients_per_day.map(|day| format!("{day} recipients a day")));
    words.extend(relay.message_octets_max.map(|octets| format!("messages up to {} MB", octets / 1_000_000)));
    words.push(format!("{} messages a connection", relay.messages_per_connection));
    let profile = match relay.profile {
        RelayProfile::Generic => "no profile".to_owned(),
        known => format!("profile `{}` ({})", known.as_str(), known.title()),
    };
    Look::good("relay", format!("{profile}: {}", words.join(", ")))
}

/// RFC 5321, 4.1.4: the name that we give should lead to an address.
async fn hello_name(relay: &RelaySettings) -> Look {
    const WHAT: &str = "own name";
    let name = relay.hello_name.clone().unwrap_or_default();
    let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name.as_str(), 0))).await;
    match found.ok().and_then(Result::ok).and_then(|mut addresses| addresses.next()) {
        Some(_) => Look::good(WHAT, format!("`{name}` is found in DNS")),
        None => Look::warning(
            WHAT,
            format!("`{name}`, the name that we give the relay, is not found in DNS"),
            "set `hello_name` to this machine's full public name; most relays that want a login don't mind",
        ),
    }
}

fn opened(desk: &Desk, relay: &RelaySettings, session: &SmtpSession) -> Vec<Look> {
    let capabilities = session.capabilities();
    let mut looks = vec![protection(desk, relay, session)];
    let offered = capabilities.auth_mechanisms.join(", ");
    let offered = if offered.is_empty() { "none".to_owned() } else { offered };
    looks.push(match (&relay.user, relay.oauth.is_some()) {
        (Some(user), true) => {
            Look::good("login", format!("`{user}` was let in with an OAuth token (offered: {offered})"))
        }
        (Some(user), false) => {
            Look::good("login", format!("`{user}` was let in with a password (offered: {offered})"))
        }
        (None, _) => Look::good("login", format!("none is configured (offered: {offered})")),
    });
    let has = |is_offered, name| if is_offered { Some(name) } else { None };
    let extensions: Vec<&str> = [
        has(capabilities.pipelining, "PIPELINING"),
        has(capabilities.smtputf8, "SMTPUTF8"),
        has(capabilities.dsn, "DSN"),
        has(capabilities.size, "SIZE"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let size =
        capabilities.size_octets_max.map(|octets| format!("; messages up to {} MB", octets / 1_000_000));
    let words = if extensions.is_empty() { "no extensions".to_owned() } else { extensions.join(", ") };
    looks.push(Look::good("relay", format!("it offers {words}{}", size.unwrap_or_default())));
    looks.push(Look::not_checked(
        "relay",
        "whether it takes this newsletter's sender, and lets mail through to readers: nothing was sent",
        "`masthead send ISSUE --test you@example.org` sends one message",
    ));
    looks
}

fn protection(desk: &Desk, relay: &RelaySettings, session: &SmtpSession) -> Look {
    const WHAT: &str = "TLS";
    let Some(end) = session.certificate_ends_at().and_then(|end| DateTime::from_timestamp(end, 0)) else {
        let words = "the line is not protected";
        return match relay.protection {
            Protection::Plain if relay.allow_plaintext => {
                Look::warning(WHAT, words, "`allow_plaintext` says that this is meant")
            }
            _ => Look::good(WHAT, format!("{words}; it does not leave this machine")),
        };
    };
    let left = (end - crate::cli::now(desk)).num_days();
    let words = format!("the certificate is good until {} ({left} days)", end.format("%Y-%m-%d"));
    match (relay.accept_invalid_certificates, left < DAYS_WISE) {
        (true, _) => {
            Look::warning(WHAT, "the certificate was not verified", "`accept_invalid_certificates` says so")
        }
        (false, true) => {
            Look::warning(WHAT, words, "the relay's administrator should renew it before a sending")
        }
        (false, false) => Look::good(WHAT, words),
    }
}

fn not_opened(relay: &RelaySettings, name: &str, outcome: &Outcome) -> Look {
    let (phase, words) = match outcome {
        Outcome::Refused { phase, reply, .. } => (*phase, reply.to_string()),
        Outcome::Broken { phase, cause } => (*phase, cause.clone()),
        Outcome::InDoubt { cause } | Outcome::Stumbled { cause } => (Phase::Connect, cause.clone()),
        Outcome::Accepted { .. } => (Phase::Connect, "it answered out of turn".to_owned()),
    };
    let what = match phase {
        Phase::Tls => "TLS",
        Phase::Auth => "login",
        _ => "relay",
    };
    let help = relay.profile.hint(&words).map(str::to_owned);
    Look { what, standing: Standing::Bad, message: format!("{name}: {words}"), help }
}
