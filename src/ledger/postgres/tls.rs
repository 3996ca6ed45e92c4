//! TLS towards a database: verified as browsers do it, unless the address says that encrypted is enough.

use crate::ledger::{
    error::StoreErrorKind,
    postgres::{address::Protection, failure::unusable},
};
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use std::{path::Path, sync::Arc};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Returns what wraps connections.
///
/// # Errors
/// When there is nothing to verify certificates with.
pub(super) fn connector(protection: &Protection) -> Result<MakeRustlsConnect, StoreErrorKind> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match protection {
        Protection::Plain | Protection::Encrypted => Arc::new(AnyCertificate(Arc::clone(&provider))),
        Protection::Verified(None) => {
            Arc::new(Verifier::new(Arc::clone(&provider)).map_err(|error| no_roots(&error))?)
        }
        Protection::Verified(Some(path)) => {
            WebPkiServerVerifier::builder_with_provider(roots(path)?, Arc::clone(&provider))
                .build()
                .map_err(|error| no_roots(&error))?
        }
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| no_roots(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn roots(path: &Path) -> Result<Arc<RootCertStore>, StoreErrorKind> {
    let refused = |why: &dyn std::fmt::Display| unusable(&format!("`{}`: {why}", path.display()));
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| refused(&error))? {
        store.add(certificate.map_err(|error| refused(&error))?).map_err(|error| refused(&error))?;
    }
    Ok(Arc::new(store))
}

fn no_roots(error: &dyn std::fmt::Display) -> StoreErrorKind {
    unusable(&format!("certificates can't be verified on this system: {error}"))
}

/// Takes any certificate, as long as the other side has its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
