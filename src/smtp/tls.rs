//! TLS towards a relay, and its failures in words.

use crate::{
    domain::{
        outcome::{Action, Outcome, Phase, Scope},
        problem::Problem,
    },
    smtp::{der::is_self_signed, dialogue::refused_here},
    trust::{self, AnyCertificate},
};
use chrono::DateTime;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use rustls_platform_verifier::Verifier;
use std::{io, sync::Arc};

/// Returns the configuration of the client side: TLS 1.2 or 1.3, certificates verified against this
/// system's authorities and `extra_roots`, or, with `accept_any`, not at all.
///
/// # Errors
/// When the system has no authorities to verify against.
pub(crate) fn client_config(
    accept_any: bool,
    extra_roots: Vec<CertificateDer<'static>>,
) -> Result<Arc<ClientConfig>, Problem> {
    let provider = trust::provider();
    let inner: Arc<dyn ServerCertVerifier> = if accept_any {
        Arc::new(AnyCertificate(Arc::clone(&provider)))
    } else {
        let verifier = Verifier::new_with_extra_roots(extra_roots, Arc::clone(&provider));
        Arc::new(verifier.map_err(|error| no_trust_store(&error))?)
    };
    let config = trust::client_config(provider, Arc::new(Explaining(inner)));
    config.map(Arc::new).map_err(|error| no_trust_store(&error))
}

fn no_trust_store(error: &Error) -> Problem {
    Problem::error("smtp/no-trust-store", format!("certificates can't be verified on this system: {error}"))
        .help("install the system's certificate authorities (on Debian: `apt install ca-certificates`)")
}

/// Returns what a failed handshake comes to.
///
/// A line that broke is tried again. Everything else would fail again, and going on without protection
/// is no option: the run stops with the reason in words.
pub(crate) fn handshake_outcome(host: &str, error: &io::Error) -> Outcome {
    let Some(cause) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        let cause = match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                "the server closed the connection during the TLS handshake".to_owned()
            }
            _ => format!("the TLS handshake failed: {error}"),
        };
        return Outcome::Broken { phase: Phase::Tls, cause };
    };
    refused_here(Phase::Tls, None, explain(host, cause), (Scope::Sender, Action::Abort))
}

/// Says what is wrong with a handshake and what to do about it.
fn explain(host: &str, error: &Error) -> String {
    match error {
        Error::InvalidCertificate(fault) => explain_certificate(host, fault),
        Error::InvalidMessage(_) => format!(
            "`{host}` does not speak TLS on this port: use `smtp://` for STARTTLS (port 587), or check the port"
        ),
        Error::PeerIncompatible(_) => {
            format!("`{host}` can't do TLS 1.2 or newer ({error}): its administrator has to update it")
        }
        Error::AlertReceived(_) => format!("`{host}` ended the TLS handshake ({error})"),
        _ => format!("the TLS handshake with `{host}` failed: {error}"),
    }
}

fn explain_certificate(host: &str, fault: &CertificateError) -> String {
    use CertificateError as Fault;
    match fault {
        Fault::Expired => {
            format!("the certificate of `{host}` has expired: its administrator has to renew it")
        }
        Fault::ExpiredContext { not_after, .. } => format!(
            "the certificate of `{host}` expired on {}: its administrator has to renew it (or this \
             machine's clock is wrong)",
            day(*not_after)
        ),
        Fault::NotValidYet => {
            format!("the certificate of `{host}` is not valid yet: is this machine's clock right?")
        }
        Fault::NotValidYetContext { not_before, .. } => format!(
            "the certificate of `{host}` is valid only from {}: is this machine's clock right?",
            day(*not_before)
        ),
        Fault::NotValidForName => {
            format!("the certificate is not for `{host}`: use the host name that the provider documents")
        }
        Fault::NotValidForNameContext { presented, .. } => format!(
            "the certificate is not for `{host}` but for {}: use the host name that the provider documents",
            names(presented)
        ),
        Fault::UnknownIssuer => format!(
            "the certificate of `{host}` comes from an authority that this system does not trust: if it is your \
             own, add it to the system's certificate store"
        ),
        Fault::BadSignature => format!(
            "the certificate of `{host}` carries a signature that does not fit: somebody may be tampering \
             with the connection"
        ),
        Fault::Revoked => format!("the certificate of `{host}` was revoked: ask its administrator"),
        Fault::Other(OtherError(cause)) if cause.is::<OwnAuthority>() => format!(
            "the certificate of `{host}` is self-signed, and made as that of an authority: in that form it can't be \
             accepted even from the system's certificate store; make it anew as that of a server (for `openssl req \
             -x509`: `-addext basicConstraints=critical,CA:FALSE`) and add it to the store"
        ),
        Fault::Other(OtherError(cause)) if cause.is::<SelfSigned>() => format!(
            "the certificate of `{host}` is self-signed, so nobody vouches for it: add it to the system's \
             certificate store, or let the administrator get a real one"
        ),
        other => format!("the certificate of `{host}` can't be accepted: {other}"),
    }
}

/// Names of a certificate that a message shows at most.
const NAMES_MAX: usize = 4;

fn names(presented: &[String]) -> String {
    // rustls writes them as `DnsName("mail.example.org")`.
    let shown: Vec<String> = presented
        .iter()
        .take(NAMES_MAX)
        .map(|name| name.split('"').nth(1).unwrap_or(name))
        .map(|name| format!("`{name}`"))
        .collect();
    if shown.is_empty() { "no host at all".to_owned() } else { shown.join(", ") }
}

fn day(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| "an unknown day".to_owned(), |moment| moment.format("%-d %B %Y").to_string())
}

/// The issuer of a certificate is the certificate itself.
#[derive(Debug, thiserror::Error)]
#[error("self-signed certificate")]
struct SelfSigned;

/// The same, and it says that it is an authority's: what `openssl req -x509` makes when it is told nothing else.
#[derive(Debug, thiserror::Error)]
#[error("self-signed certificate of an authority")]
struct OwnAuthority;

/// Returns whether what is wrong is that an authority shows its own certificate (RFC 5280, 4.2.1.9).
fn is_of_authority(fault: &CertificateError) -> bool {
    // rustls hands on what its verifier says, and has no name of its own for this fault.
    matches!(fault, CertificateError::Other(OtherError(cause)) if cause.to_string() == "CaUsedAsEndEntity")
}

/// Tells a self-signed certificate from one of an unknown authority; all else is the inner verifier's.
#[derive(Debug)]
struct Explaining(Arc<dyn ServerCertVerifier>);

impl ServerCertVerifier for Explaining {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let result = self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match result {
            Err(Error::InvalidCertificate(fault))
                if is_of_authority(&fault) && is_self_signed(end_entity) =>
            {
                Err(CertificateError::Other(OtherError(Arc::new(OwnAuthority))).into())
            }
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_)))
                if is_self_signed(end_entity) =>
            {
                Err(CertificateError::Other(OtherError(Arc::new(SelfSigned))).into())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
