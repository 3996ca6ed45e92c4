//! What a login needs at the moment it is made: a password, or an access token that is still good.

use crate::{
    domain::{
        outcome::{Action, Outcome, Phase, Scope},
        problem::Problem,
        settings::RelaySettings,
    },
    smtp::dialogue::{LoginSecret, refused_here},
};
use aws_lc_rs::rand;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use std::{fmt, sync::Arc};

/// Why there is no access token. Neither may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Asking again may help: the provider can't be reached.
    #[error("{0}")]
    OutOfReach(String),
    /// Asking again would come to the same.
    #[error("{0}")]
    Refused(String),
}

/// Gives access tokens, and keeps them as long as they are good.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// Returns a token; a fresh one when `refused` is the one that it would give. May wait for a network.
    ///
    /// # Errors
    /// When there is none to be had.
    fn token(&self, refused: Option<&str>) -> Result<String, TokenFault>;
}

/// How we prove who we are.
pub(crate) enum Credentials {
    /// Not at all.
    Nobody,
    /// With a password.
    Password(String),
    /// With access tokens.
    Tokens(Arc<dyn TokenSource>),
}

impl Credentials {
    /// Joins what the settings say with what was fetched for them.
    ///
    /// # Errors
    /// When the login is half there, or can't be sent.
    pub(crate) fn settle(
        settings: &RelaySettings,
        password: Option<String>,
        tokens: Option<Arc<dyn TokenSource>>,
    ) -> Result<Self, Problem> {
        let Some(user) = &settings.user else { return Ok(Self::Nobody) };
        let credentials = match (password, tokens) {
            (_, Some(tokens)) => Self::Tokens(tokens),
            (Some(password), None) => Self::Password(password),
            (None, None) => {
                let text = format!("there is a user but no password for `{}`", settings.host);
                return Err(Problem::error("smtp/password-missing", text).help(
                    "say with `password` where it comes from: an environment variable, a file or a command; or log in \
                     with `oauth`",
                ));
            }
        };
        let has_nul = matches!(&credentials, Self::Password(password) if password.contains('\0'));
        // RFC 4616, 2: NUL separates the parts; RFC 7628, 3.1: ^A does.
        if has_nul || user.contains(['\0', '\u{1}']) || user.is_empty() {
            return Err(Problem::error("smtp/login-malformed", "user name or password can't be sent")
                .help("the user name must not be empty, and neither may contain a NUL character"));
        }
        Ok(credentials)
    }

    /// Returns the secret for a session that begins now; `stale` is a token that was refused.
    ///
    /// # Errors
    /// When no token is to be had.
    pub(crate) async fn secret(&self, stale: Option<&str>) -> Result<Option<LoginSecret>, Outcome> {
        let tokens = match self {
            Self::Nobody => return Ok(None),
            Self::Password(password) => return Ok(Some(LoginSecret::Password(password.clone()))),
            Self::Tokens(tokens) => Arc::clone(tokens),
        };
        let stale = stale.map(str::to_owned);
        // The source may run a command or ask a server, and must not hold up other sessions meanwhile.
        let asked = tokio::task::spawn_blocking(move || tokens.token(stale.as_deref())).await;
        match asked {
            Ok(Ok(token)) if is_token(&token) => Ok(Some(LoginSecret::Token(token))),
            Ok(Ok(_)) => Err(no_token("what was given as an access token is none".to_owned())),
            Ok(Err(TokenFault::Refused(why))) => Err(no_token(why)),
            Ok(Err(TokenFault::OutOfReach(cause))) => Err(Outcome::Broken { phase: Phase::Auth, cause }),
            Err(_) => {
                let cause = "the search for an access token was cut off".to_owned();
                Err(Outcome::Broken { phase: Phase::Auth, cause })
            }
        }
    }
}

/// RFC 6750, 2.1: what may stand in a bearer token.
fn is_token(text: &str) -> bool {
    let is_lawful = |octet: u8| octet.is_ascii_alphanumeric() || b"-._~+/=|".contains(&octet);
    !text.is_empty() && text.bytes().all(is_lawful)
}

fn no_token(why: String) -> Outcome {
    refused_here(Phase::Auth, None, why, (Scope::Sender, Action::Abort))
}

/// Returns whether a server did not take the login itself (RFC 4954, 6).
pub(crate) fn is_refused_login(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused { phase: Phase::Auth, reply, .. } if reply.code == 535)
}

/// Returns characters that nobody can foresee.
pub(crate) fn nonce() -> String {
    let mut octets = [0; 18];
    rand::fill(&mut octets).expect("the system gives random numbers");
    STANDARD_NO_PAD.encode(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_tokens_go_to_a_server() {
        assert!(is_token("ya29.A0_x-y~z+/=="));
        for refused in ["", "a b", "a\u{1}auth=", "a\r\nMAIL", "{\"access_token\":1}"] {
            assert!(!is_token(refused), "{refused:?}");
        }
    }

    #[test]
    fn nonces_differ_and_have_no_comma() {
        let (one, other) = (nonce(), nonce());
        assert_ne!(one, other);
        assert!(!one.contains(',') && one.len() == 24);
    }
}
