//! The DKIM key, from where the settings say it is.

use crate::{
    cli::{Failure, settings},
    dkim::{DkimIdentity, DkimKey, DkimSigner},
    domain::{
        problem::{Place, Problem},
        settings::{SecretSource, SigningSettings},
    },
    workspace::Workspace,
};

/// Returns who signs the messages of this workspace, `None` when nobody does.
///
/// # Errors
/// When the key isn't there, others can read it, or it is no key.
pub(crate) fn signer(workspace: &Workspace) -> Result<Option<DkimSigner>, Failure> {
    let Some(signing) = &workspace.settings.signing else { return Ok(None) };
    let identity = DkimIdentity {
        domain: signing.domain.clone(),
        selector: signing.selector.clone(),
        rewritten: workspace.settings.relay.as_ref().map(|relay| relay.rewrites.clone()).unwrap_or_default(),
    };
    Ok(Some(DkimSigner::new(identity, key(workspace, signing)?)))
}

/// Reads the key that the settings name.
///
/// # Errors
/// As [`signer`].
pub(crate) fn key(workspace: &Workspace, signing: &SigningSettings) -> Result<DkimKey, Failure> {
    let pem = settings::secret(&workspace.root, &signing.key, "the DKIM key")?;
    DkimKey::from_pem(&pem).map_err(|error| {
        let problem = Problem::error("cli/dkim-key", format!("the DKIM key can't be used: {error}"))
            .help("`masthead doctor dkim new` makes one, with the DNS record to publish");
        match &signing.key {
            SecretSource::File(path) => problem.at(Place::file(path)).into(),
            SecretSource::Env(_) | SecretSource::Command(_) => problem.into(),
        }
    })
}
