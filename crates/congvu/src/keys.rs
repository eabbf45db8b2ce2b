//! The vault as the registry's keys.

use std::sync::Arc;

use async_trait::async_trait;
use registry::ports::{Domain, Keys, KeysError, LookupHash};
use vault::{UseError, Vault};
use zeroize::Zeroizing;

/// Lends the registry what it may use of a vault: look-up hashes and people's keys.
#[derive(Clone, Debug)]
pub(crate) struct VaultKeys(pub(crate) Arc<dyn Vault>);

#[async_trait]
impl Keys for VaultKeys {
    async fn lookup(&self, domain: Domain, value: &str) -> Result<LookupHash, KeysError> {
        self.0.lookup(domain.label(), value.as_bytes()).map(LookupHash).map_err(failed)
    }

    async fn new_person_key(&self) -> Result<Vec<u8>, KeysError> {
        self.0.new_person_key().map_err(failed)
    }

    async fn seal(
        &self,
        wrapped: &[u8],
        context: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, KeysError> {
        self.0.seal(wrapped, context, plain).map_err(failed)
    }

    async fn open(
        &self,
        wrapped: &[u8],
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeysError> {
        self.0.open(wrapped, context, sealed).map(Zeroizing::new).map_err(failed)
    }
}

fn failed(error: UseError) -> KeysError {
    match error {
        UseError::NotOurs => KeysError::DoesNotOpen,
        other => KeysError::Unavailable(Box::new(other)),
    }
}
