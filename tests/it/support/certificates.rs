//! Certificates for servers on this machine, good ones and bad ones.

#![expect(clippy::unwrap_used, reason = "a test that can't go on stops, and says where")]

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// Authorities made so far.
static AUTHORITIES: AtomicU32 = AtomicU32::new(0);

/// What a server shows, and whom a client has to trust for it.
pub(crate) struct Identity {
    /// For the server.
    pub(crate) config: Arc<ServerConfig>,
    /// The authority, in DER.
    pub(crate) root: CertificateDer<'static>,
}

/// How a certificate is.
#[derive(Clone, Copy)]
pub(crate) enum Quality {
    /// Signed by the authority for `localhost` and 127.0.0.1.
    Good,
    /// Good once.
    Expired,
    /// For `mail.example.org`.
    OtherName,
    /// Signed by nobody but itself.
    SelfSigned,
    /// That, and made as an authority's.
    OwnAuthority,
}

/// Makes a certificate and its authority.
pub(crate) fn identity(quality: Quality) -> Identity {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Two authorities of one name would make a wrong signature of an unknown issuer.
    let serial = AUTHORITIES.fetch_add(1, Ordering::Relaxed);
    authority.distinguished_name.push(DnType::CommonName, format!("authority {serial} for tests"));
    let root = authority.self_signed(&authority_key).unwrap().der().clone();
    let issuer = Issuer::new(authority, authority_key);

    let names = match quality {
        Quality::OtherName => vec!["mail.example.org".to_owned()],
        _ => vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
    };
    let mut params = CertificateParams::new(names).unwrap();
    if matches!(quality, Quality::Expired) {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2001, 2, 3);
    }
    if matches!(quality, Quality::OwnAuthority) {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = match quality {
        Quality::SelfSigned | Quality::OwnAuthority => params.self_signed(&key).unwrap(),
        _ => params.signed_by(&key, &issuer).unwrap(),
    };
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    Identity { config: Arc::new(config), root }
}
