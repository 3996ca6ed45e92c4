//! The private key.

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;

/// Bits below which receivers ignore a signature (RFC 8301, 3.2), and below which ours should not be.
const BITS_MIN: usize = 1_024;

/// Which kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA with 2048 bits: what everybody can verify.
    Rsa,
    /// Ed25519 (RFC 8463): short, but large receivers still take its signatures for broken.
    Ed25519,
}

/// Why a key can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is no PEM file with a private key.
    #[error("it holds no `PRIVATE KEY` in PEM form")]
    NotPem,
    /// What stands in it is no key that we know.
    #[error("it is neither an RSA nor an Ed25519 private key: {0}")]
    Unknown(String),
    /// The key is so short that receivers ignore it.
    #[error("the key has {0} bits; receivers ignore fewer than 1024, and 2048 are usual")]
    TooShort(usize),
    /// This machine couldn't make a key.
    #[error("no key could be made")]
    NotMade,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A private key that signs; it can't be printed.
pub struct DkimKey {
    pair: Pair,
    random: SystemRandom,
}

impl fmt::Debug for DkimKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "DkimKey({})", self.algorithm())
    }
}

impl DkimKey {
    /// Reads a PEM file: `PRIVATE KEY` (PKCS #8; RSA or Ed25519) or `RSA PRIVATE KEY` (PKCS #1).
    ///
    /// # Errors
    /// When it holds no such key, or one that is too short.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let der = |label: &str| pem_body(pem, label).and_then(|text| STANDARD.decode(text).ok());
        let pair = if let Some(der) = der("RSA PRIVATE KEY") {
            Pair::Rsa(RsaKeyPair::from_der(&der).map_err(|error| KeyError::Unknown(error.to_string()))?)
        } else if let Some(der) = der("PRIVATE KEY") {
            match (RsaKeyPair::from_pkcs8(&der), Ed25519KeyPair::from_pkcs8(&der)) {
                (Ok(pair), _) => Pair::Rsa(pair),
                (_, Ok(pair)) => Pair::Ed25519(pair),
                (Err(error), Err(_)) => return Err(KeyError::Unknown(error.to_string())),
            }
        } else {
            return Err(KeyError::NotPem);
        };
        let key = Self { pair, random: SystemRandom::new() };
        match key.bits() {
            bits if bits < BITS_MIN && key.kind() == KeyKind::Rsa => Err(KeyError::TooShort(bits)),
            _ => Ok(key),
        }
    }

    /// Makes a new key.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn generate(kind: KeyKind) -> Result<Self, KeyError> {
        let pair = match kind {
            KeyKind::Rsa => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::NotMade)?),
            KeyKind::Ed25519 => Pair::Ed25519(Ed25519KeyPair::generate().map_err(|_| KeyError::NotMade)?),
        };
        Ok(Self { pair, random: SystemRandom::new() })
    }

    /// Returns the key as a PEM file (PKCS #8). The caller keeps it from other eyes.
    ///
    /// # Errors
    /// When the key can't be written so.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let der = match &self.pair {
            Pair::Rsa(pair) => {
                pair.as_der().map(|der: aws_lc_rs::encoding::Pkcs8V1Der<'_>| der.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => {
                pair.as_der().map(|der: aws_lc_rs::encoding::Pkcs8V1Der<'_>| der.as_ref().to_vec())
            }
        };
        let text = STANDARD.encode(der.map_err(|_| KeyError::NotMade)?);
        let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
        for line in text.as_bytes().chunks(64) {
            pem.extend(line.iter().map(|octet| char::from(*octet)));
            pem.push('\n');
        }
        pem.push_str("-----END PRIVATE KEY-----\n");
        Ok(pem)
    }

    /// Returns which kind of key it is.
    pub fn kind(&self) -> KeyKind {
        match self.pair {
            Pair::Rsa(_) => KeyKind::Rsa,
            Pair::Ed25519(_) => KeyKind::Ed25519,
        }
    }

    /// Returns its length in bits: the modulus of RSA, 256 for Ed25519.
    pub fn bits(&self) -> usize {
        match &self.pair {
            Pair::Rsa(pair) => pair.public_modulus_len() * 8,
            Pair::Ed25519(_) => 256,
        }
    }

    /// Returns what `a=` says.
    pub(super) fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "rsa-sha256",
            Pair::Ed25519(_) => "ed25519-sha256",
        }
    }

    /// Returns the public key as `p=` of its record wants it (RFC 6376, 3.6.1; RFC 8463, 4.2), base64.
    pub(super) fn public(&self) -> Option<String> {
        let octets = match &self.pair {
            Pair::Rsa(pair) => {
                let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> = pair.public_key().as_der().ok()?;
                der.as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        };
        Some(STANDARD.encode(octets))
    }

    /// Returns the signature over the header octets, base64.
    pub(super) fn sign(&self, header: &[u8]) -> String {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                // PKCS #1 v1.5 draws no randomness, and the room fits: signing can't fail.
                pair.sign(&RSA_PKCS1_SHA256, &self.random, header, &mut signature)
                    .expect("a key that could be read can sign");
                STANDARD.encode(signature)
            }
            Pair::Ed25519(pair) => {
                let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, header);
                STANDARD.encode(pair.sign(hash.as_ref()))
            }
        }
    }
}

/// Returns the base64 between the marks of a label, without white space.
fn pem_body(pem: &str, label: &str) -> Option<String> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    Some(body.split_whitespace().collect())
}
