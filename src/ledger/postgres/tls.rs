//! TLS towards a database: verified as browsers do it, unless the address says that encrypted is enough.

use crate::{
    ledger::{
        error::StoreErrorKind,
        postgres::{address::Protection, failure::unusable},
    },
    trust::{self, AnyCertificate},
};
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use std::{path::Path, sync::Arc};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Returns what wraps connections.
///
/// # Errors
/// When there is nothing to verify certificates with.
pub(super) fn connector(protection: &Protection) -> Result<MakeRustlsConnect, StoreErrorKind> {
    let provider = trust::provider();
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
    let config = trust::client_config(provider, verifier).map_err(|error| no_roots(&error))?;
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
