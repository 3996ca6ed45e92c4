//! Logging in (SASL, RFC 4422 and RFC 4954): which mechanism, and what it answers.

mod bearer;
mod scram;

use crate::smtp::dialogue::profile::{Login, LoginSecret};
use base64::{Engine, engine::general_purpose::STANDARD};
use bearer::{explained, oauth_bearer, xoauth2};
use scram::{ScramClient, ScramFault};

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// RFC 7677: neither side shows the password, and the server proves that it knows it.
    ScramSha256,
    /// RFC 7628.
    OauthBearer,
    /// What Google and Microsoft had before RFC 7628.
    Xoauth2,
    /// RFC 4616.
    Plain,
    /// Never a standard, and still around.
    Login,
}

/// From the best to the last resort.
const PREFERENCE: [Mechanism; 5] =
    [Mechanism::ScramSha256, Mechanism::OauthBearer, Mechanism::Xoauth2, Mechanism::Plain, Mechanism::Login];

impl Mechanism {
    /// Returns its name in EHLO and AUTH.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::OauthBearer => "OAUTHBEARER",
            Self::Xoauth2 => "XOAUTH2",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }

    fn takes(self, secret: &LoginSecret) -> bool {
        let is_for_tokens = matches!(self, Self::OauthBearer | Self::Xoauth2);
        is_for_tokens == matches!(secret, LoginSecret::Token(_))
    }

    /// Returns those that a server offers and that this login can use, the best first.
    pub(super) fn usable(offered: &[String], login: &Login) -> Vec<Self> {
        let is_offered = |mechanism: &Self| offered.iter().any(|name| name == mechanism.as_str());
        PREFERENCE.into_iter().filter(|m| m.takes(&login.secret)).filter(is_offered).collect()
    }
}

/// Why a login can't go on; the server is not to be trusted with more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum SaslFault {
    /// Something came that the mechanism has no place for.
    #[error("what it asks makes no sense in a {0} login")]
    OutOfStep(&'static str),
    /// SCRAM found something wrong.
    #[error(transparent)]
    Scram(#[from] ScramFault),
}

/// One login under way.
pub(super) struct Exchange {
    mechanism: Mechanism,
    login: Login,
    host: String,
    port: u16,
    scram: Option<ScramClient>,
    /// Answers given so far.
    answers: u32,
    /// What a server said of a token that it does not take.
    explanation: Option<String>,
}

impl Exchange {
    /// Begins a login at a host.
    pub(super) fn new(mechanism: Mechanism, login: Login, host: &str, port: u16) -> Self {
        let scram = match (&login.secret, mechanism) {
            (LoginSecret::Password(password), Mechanism::ScramSha256) => {
                Some(ScramClient::new(&login.user, password, &login.nonce))
            }
            _ => None,
        };
        Self { mechanism, login, host: host.to_owned(), port, scram, answers: 0, explanation: None }
    }

    /// Returns the mechanism.
    pub(super) fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// Returns what may travel with the command, in base64; `None` when the server speaks first.
    pub(super) fn initial(&mut self) -> Option<String> {
        let first = self.first()?;
        self.answers = 1;
        Some(STANDARD.encode(first))
    }

    /// Forgets that an initial response was asked for: it did not fit, and follows the first 334.
    pub(super) fn hold_back(&mut self) {
        self.answers = 0;
    }

    fn first(&self) -> Option<String> {
        let user = &self.login.user;
        match (&self.login.secret, self.mechanism) {
            // RFC 4616: no authorisation identity, then name and password.
            (LoginSecret::Password(password), Mechanism::Plain) => Some(format!("\0{user}\0{password}")),
            (LoginSecret::Token(token), Mechanism::Xoauth2) => Some(xoauth2(user, token)),
            (LoginSecret::Token(token), Mechanism::OauthBearer) => {
                Some(oauth_bearer(user, token, &self.host, self.port))
            }
            _ => self.scram.as_ref().map(ScramClient::first),
        }
    }

    /// Returns the answer to a 334, in base64.
    pub(super) fn answer(&mut self, challenge: &str) -> Result<String, SaslFault> {
        self.answers += 1;
        let out_of_step = SaslFault::OutOfStep(self.mechanism.as_str());
        if let (1, Some(first)) = (self.answers, self.first()) {
            return Ok(STANDARD.encode(first));
        }
        let challenge = STANDARD.decode(challenge.trim()).unwrap_or_default();
        match (self.mechanism, self.answers, &self.login.secret) {
            // The server did not see what travelled with the command.
            (Mechanism::Plain, 2, _) => self.first().map(|first| STANDARD.encode(first)).ok_or(out_of_step),
            (Mechanism::Login, 1, _) => Ok(STANDARD.encode(&self.login.user)),
            (Mechanism::Login, 2, LoginSecret::Password(password)) => Ok(STANDARD.encode(password)),
            // The token is not taken. The refusal itself comes after an answer that says nothing.
            (Mechanism::Xoauth2, 2, _) => {
                self.explanation = explained(&challenge);
                Ok(String::new())
            }
            (Mechanism::OauthBearer, 2, _) => {
                self.explanation = explained(&challenge);
                // RFC 7628, 3.2.3.
                Ok(STANDARD.encode("\u{1}"))
            }
            (Mechanism::ScramSha256, _, _) => match &mut self.scram {
                Some(scram) => Ok(STANDARD.encode(scram.answer(&challenge)?)),
                None => Err(out_of_step),
            },
            _ => Err(out_of_step),
        }
    }

    /// Looks whether a 235 may be believed: with SCRAM the server must have proven itself by then.
    pub(super) fn accepted(&self) -> Result<(), SaslFault> {
        match &self.scram {
            Some(scram) => Ok(scram.is_proven()?),
            None => Ok(()),
        }
    }

    /// Returns what a server says, with what it told before of a token, and without our secrets.
    pub(super) fn in_words(&self, text: &str) -> String {
        let explained = match &self.explanation {
            Some(explanation) => format!("{text} ({explanation})"),
            None => text.to_owned(),
        };
        self.without_secrets(&explained)
    }

    /// Some servers repeat what they did not like.
    fn without_secrets(&self, text: &str) -> String {
        let secret = self.login.secret.expose();
        let mut forms = vec![secret.to_owned(), STANDARD.encode(secret)];
        forms.extend(self.first().map(|first| STANDARD.encode(first)));
        forms
            .iter()
            .filter(|form| !form.is_empty())
            .fold(text.to_owned(), |text, form| text.replace(form, "•••"))
    }
}

#[cfg(test)]
mod tests;
