//! SCRAM-SHA-256 (RFC 5802, RFC 7677), the client's side without channel binding.

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
    hmac,
    pbkdf2::{self, PBKDF2_HMAC_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use icu::normalizer::ComposingNormalizer;
use std::num::NonZeroU32;

/// Rounds that a server must ask for at least (RFC 7677, 4): fewer would let it guess the password.
const ROUNDS_MIN: u32 = 4_096;

/// Rounds that a server may ask for: half a second of work, not half a day.
const ROUNDS_MAX: u32 = 1_000_000;

/// What can be wrong with a server's side of SCRAM.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::smtp::dialogue) enum ScramFault {
    /// A message that can't be read.
    #[error("its SCRAM message makes no sense")]
    Malformed,
    /// The nonce does not begin with ours.
    #[error("its SCRAM message is not an answer to ours: somebody may be tampering with the connection")]
    ForeignNonce,
    /// Too few rounds, or far too many.
    #[error("it asks for {0} rounds of hashing; between 4,096 and 1,000,000 make sense")]
    Rounds(u32),
    /// The server says what is wrong.
    #[error("it refuses the login: {0}")]
    Refused(String),
    /// The server does not know the password.
    #[error("it could not prove that it knows the password: it may not be the server you mean")]
    NotProven,
}

/// One login.
pub(super) struct ScramClient {
    password: String,
    nonce: String,
    /// The client's first message without its header.
    bare: String,
    step: Step,
}

enum Step {
    /// Our first message is out.
    First,
    /// Our proof is out; this is what the server has to show.
    Proof(hmac::Tag),
    /// The server knows the password.
    Proven,
}

impl ScramClient {
    /// Begins a login; `nonce` must be fresh and without comma.
    pub(super) fn new(user: &str, password: &str, nonce: &str) -> Self {
        let user = prepared(user).replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={user},r={nonce}");
        Self { password: prepared(password), nonce: nonce.to_owned(), bare, step: Step::First }
    }

    /// Returns the first message.
    pub(super) fn first(&self) -> String {
        format!("n,,{}", self.bare)
    }

    /// Answers the server.
    pub(super) fn answer(&mut self, challenge: &[u8]) -> Result<String, ScramFault> {
        let challenge = std::str::from_utf8(challenge).map_err(|_| ScramFault::Malformed)?;
        match &self.step {
            Step::First => self.prove(challenge),
            Step::Proof(expected) => {
                if let Some(why) = field(challenge, "e=") {
                    return Err(ScramFault::Refused(why.chars().filter(|c| !c.is_control()).collect()));
                }
                let shown = field(challenge, "v=").and_then(|shown| STANDARD.decode(shown).ok());
                let shown = shown.ok_or(ScramFault::Malformed)?;
                verify_slices_are_equal(expected.as_ref(), &shown).map_err(|_| ScramFault::NotProven)?;
                self.step = Step::Proven;
                Ok(String::new())
            }
            Step::Proven => Err(ScramFault::Malformed),
        }
    }

    /// Returns whether the server has shown that it knows the password.
    pub(super) fn is_proven(&self) -> Result<(), ScramFault> {
        match self.step {
            Step::Proven => Ok(()),
            Step::First | Step::Proof(_) => Err(ScramFault::NotProven),
        }
    }

    fn prove(&mut self, server_first: &str) -> Result<String, ScramFault> {
        // RFC 5802, 5.1: an extension that must be understood comes first.
        let nonce = server_first.strip_prefix("r=").and_then(|rest| rest.split(',').next());
        let nonce = nonce.ok_or(ScramFault::Malformed)?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err(ScramFault::ForeignNonce);
        }
        let salt = field(server_first, "s=").and_then(|salt| STANDARD.decode(salt).ok());
        let salt = salt.ok_or(ScramFault::Malformed)?;
        let rounds = field(server_first, "i=").and_then(|rounds| rounds.parse::<u32>().ok());
        let rounds = rounds.ok_or(ScramFault::Malformed)?;
        let is_sound = (ROUNDS_MIN..=ROUNDS_MAX).contains(&rounds);
        let rounds = NonZeroU32::new(rounds).filter(|_| is_sound).ok_or(ScramFault::Rounds(rounds))?;
        let mut salted = [0; 32];
        pbkdf2::derive(PBKDF2_HMAC_SHA256, rounds, &salt, self.password.as_bytes(), &mut salted);
        // `biws` is "n,," in base64: no channel binding.
        let without_proof = format!("c=biws,r={nonce}");
        let all = format!("{},{server_first},{without_proof}", self.bare);
        let client_key = mac(&salted, b"Client Key");
        let signature = mac(digest(&SHA256, client_key.as_ref()).as_ref(), all.as_bytes());
        let proof: Vec<u8> = client_key.as_ref().iter().zip(signature.as_ref()).map(|(a, b)| a ^ b).collect();
        self.step = Step::Proof(mac(mac(&salted, b"Server Key").as_ref(), all.as_bytes()));
        Ok(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }
}

fn mac(key: &[u8], octets: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), octets)
}

/// Returns the value of a field such as `s=`.
fn field<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.split(',').find_map(|part| part.strip_prefix(name))
}

/// RFC 5802, 2.2: names and passwords are compared in one form, so that it does not matter how a keyboard wrote them.
fn prepared(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    // RFC 4013, 2.1: odd spaces become plain ones.
    let spaced: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    ComposingNormalizer::new_nfkc().normalize(&spaced).into_owned()
}
