//! Access tokens: asked from a command, a file or the provider, kept in memory as long as they are good.

use crate::{
    cli::{clock::SystemClock, output::Output, settings},
    domain::{
        settings::{OauthSettings, RelayProfile, SecretSource},
        time::Clock,
    },
    smtp::login::{TokenFault, TokenSource},
    trust,
};
use serde_json::Value;
use std::{
    fmt,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use ureq::{
    Agent, Error,
    config::Config,
    tls::{RootCerts, TlsConfig, TlsProvider},
};

/// How long the provider may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Octets of an answer that are read.
const OCTETS_MAX: u64 = 64 * 1_024;

/// A token is renewed this long before its end, so that none ends in the middle of a login.
const EARLY: Duration = Duration::from_mins(5);

/// Whoever gives a token without its end is asked anew after this time.
const ASK_AGAIN: Duration = Duration::from_mins(5);

/// Seconds that a token lasts when the provider does not say.
const LIFE_SECONDS: u64 = 3_600;

/// How the refresh token is called towards people.
const REFRESH_TOKEN: &str = "the refresh token";

/// Characters of an error that are shown.
const WORDS_MAX: usize = 300;

/// Gives the tokens that the settings describe.
pub(crate) struct OauthTokens {
    settings: OauthSettings,
    profile: RelayProfile,
    root: PathBuf,
    clock: SystemClock,
    /// Hears of a new refresh token that could not be kept.
    output: Output,
    kept: Mutex<Option<Kept>>,
    /// The refresh token that the provider gave last, where it could not be put where it belongs.
    renewed: Mutex<Option<String>>,
}

/// A token and until when it is given away.
struct Kept {
    token: String,
    until: Duration,
}

impl fmt::Debug for OauthTokens {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never derived: it holds a token.
        out.write_str("OauthTokens(•••)")
    }
}

impl OauthTokens {
    /// Returns a source that has not asked anybody yet; paths are relative to `root`.
    pub(crate) fn new(settings: OauthSettings, profile: RelayProfile, root: PathBuf, output: Output) -> Self {
        let (kept, renewed) = (Mutex::default(), Mutex::default());
        Self { settings, profile, root, clock: SystemClock::new(), output, kept, renewed }
    }

    fn fetch(&self) -> Result<Kept, TokenFault> {
        let now = self.clock.monotonic();
        match &self.settings {
            OauthSettings::Token(source) => {
                let token = self.secret(source, "the access token")?;
                Ok(Kept { token, until: now + ASK_AGAIN })
            }
            OauthSettings::Exchange { .. } => {
                let Granted { token, life } = self.exchange()?;
                // A short life is used to its half.
                let until = now + life.saturating_sub(EARLY).max(life / 2);
                Ok(Kept { token, until })
            }
        }
    }

    fn secret(&self, source: &SecretSource, what: &str) -> Result<String, TokenFault> {
        settings::secret(&self.root, source, what).map_err(|problem| {
            let help = problem.help.map(|help| format!(" ({help})")).unwrap_or_default();
            TokenFault::Refused(format!("{}{help}", problem.message))
        })
    }

    /// Asks the provider for a token (RFC 6749, 6 and 4.4).
    fn exchange(&self) -> Result<Granted, TokenFault> {
        let OauthSettings::Exchange { client_id, client_secret, refresh_token, token_url, scope } =
            &self.settings
        else {
            return Err(TokenFault::Refused("nobody is named who gives access tokens".to_owned()));
        };
        let client_secret = client_secret
            .as_ref()
            .map(|source| self.secret(source, "the client secret of the application"))
            .transpose()?;
        let source = refresh_token.as_ref();
        let refresh_token = source.map(|source| self.refresh_token(source)).transpose()?;
        let scope = scope.as_deref().or(self.profile.token_scope(refresh_token.is_some()));
        let mut form = vec![("client_id", client_id.as_str())];
        form.extend(client_secret.as_deref().map(|secret| ("client_secret", secret)));
        form.extend(scope.map(|scope| ("scope", scope)));
        match &refresh_token {
            Some(token) => form.extend([("grant_type", "refresh_token"), ("refresh_token", token)]),
            None => form.push(("grant_type", "client_credentials")),
        }
        let secrets = [client_secret.as_deref(), refresh_token.as_deref()];
        let (granted, renewed) = ask(token_url, &form).map_err(|fault| masked(fault, &secrets))?;
        if let (Some(source), Some(renewed)) = (source, renewed)
            && Some(&renewed) != refresh_token.as_ref()
        {
            self.keep(source, renewed);
        }
        Ok(granted)
    }

    /// Returns the refresh token: the one given last in this run when it could not be kept, else the one that is kept.
    fn refresh_token(&self, source: &SecretSource) -> Result<String, TokenFault> {
        let renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        renewed.map_or_else(|| self.secret(source, REFRESH_TOKEN), Ok)
    }

    /// Puts a new refresh token where the old one was: some providers end the old one (RFC 6749, 6).
    fn keep(&self, source: &SecretSource, renewed: String) {
        let kept = settings::replace_secret(&self.root, source, &renewed, REFRESH_TOKEN);
        let is_kept = kept.unwrap_or_else(|problem| {
            self.output.problem(&problem);
            false
        });
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = (!is_kept).then_some(renewed);
    }
}

/// An access token and how long it lasts.
struct Granted {
    token: String,
    life: Duration,
}

impl TokenSource for OauthTokens {
    fn token(&self, refused: Option<&str>) -> Result<String, TokenFault> {
        // The lock is held while asking: many sessions that begin at once need one token, not one each.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.monotonic();
        let good = kept.as_ref().filter(|kept| now < kept.until && refused != Some(kept.token.as_str()));
        if let Some(good) = good {
            return Ok(good.token.clone());
        }
        let fresh = self.fetch()?;
        Ok(kept.insert(fresh).token.clone())
    }
}

/// Takes secrets out of what a provider says: some repeat what they were sent.
fn masked(fault: TokenFault, secrets: &[Option<&str>]) -> TokenFault {
    let mask = |text: String| {
        let secrets = secrets.iter().flatten().filter(|secret| !secret.is_empty());
        secrets.fold(text, |text, secret| text.replace(*secret, "•••"))
    };
    match fault {
        TokenFault::OutOfReach(text) => TokenFault::OutOfReach(mask(text)),
        TokenFault::Refused(text) => TokenFault::Refused(mask(text)),
    }
}

/// Returns how the web is asked: certificates verified against this system's authorities.
pub(super) fn web_tls() -> TlsConfig {
    TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(trust::provider())
        .build()
}

fn agent() -> Agent {
    let config = Config::builder()
        .tls_config(web_tls())
        .http_status_as_error(false)
        // A form with secrets goes where the settings say, and nowhere else.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(PATIENCE))
        .user_agent("masthead")
        .build();
    Agent::new_with_config(config)
}

/// Returns what the provider grants, with a new refresh token when it gives one.
fn ask(url: &str, form: &[(&str, &str)]) -> Result<(Granted, Option<String>), TokenFault> {
    let host = url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or(url);
    let mut response = agent()
        .post(url)
        .header("accept", "application/json")
        .send_form(form.iter().copied())
        .map_err(|error| not_reached(host, &error))?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(OCTETS_MAX).read_to_string();
    let answer: Value = body.ok().and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default();
    if status >= 500 || status == 429 {
        return Err(TokenFault::OutOfReach(format!("`{host}` gives no access token now (HTTP {status})")));
    }
    let token = answer.get("access_token").and_then(Value::as_str).filter(|_| status == 200);
    let Some(token) = token else { return Err(refused(host, status, &answer)) };
    let life = answer.get("expires_in").and_then(seconds).unwrap_or(LIFE_SECONDS);
    let renewed = answer.get("refresh_token").and_then(Value::as_str);
    let renewed = renewed.filter(|token| !token.is_empty()).map(str::to_owned);
    Ok((Granted { token: token.to_owned(), life: Duration::from_secs(life) }, renewed))
}

/// Some providers write the number as text.
fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn not_reached(host: &str, error: &Error) -> TokenFault {
    let why = match error {
        Error::HostNotFound => "there is no such host".to_owned(),
        Error::Timeout(_) => format!("no answer in {} s", PATIENCE.as_secs()),
        other => other.to_string(),
    };
    TokenFault::OutOfReach(format!("`{host}` can't be asked for an access token: {why}"))
}

/// Says why the provider gives no token, and what to do (RFC 6749, 5.2).
fn refused(host: &str, status: u16, answer: &Value) -> TokenFault {
    let field = |name: &str| {
        let text = answer.get(name).and_then(Value::as_str).unwrap_or_default();
        // Microsoft puts trace numbers on further lines.
        text.lines().next().unwrap_or_default().chars().take(WORDS_MAX).collect::<String>()
    };
    let (error, description) = (field("error"), field("error_description"));
    let advice = match error.as_str() {
        "invalid_grant" => {
            "the refresh token has expired or was called back: make a new one, as docs/relays.md shows"
        }
        "invalid_client" => "`client_id` or `client_secret` is wrong, or the secret has expired",
        "unauthorized_client" => {
            "the application may not ask for tokens in this way: look at its registration"
        }
        "invalid_scope" => {
            "the application has not been allowed to send mail: look at `scope` and its permissions"
        }
        _ => "look at `token_url`, `client_id` and the application's registration",
    };
    let shown =
        [error, description].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
    let shown = if shown.is_empty() { format!("HTTP {status}") } else { shown };
    TokenFault::Refused(format!("`{host}` gives no access token ({shown}): {advice}"))
}

#[cfg(test)]
mod tests;
