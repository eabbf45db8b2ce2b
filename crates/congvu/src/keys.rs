//! The vault as the keys of the registry and as the keeper of accounts' secrets.

use std::sync::Arc;

use access::{SealedSecret, Secrets, SecretsError};
use async_trait::async_trait;
use registry::ports::{Domain, Keys, KeysError, LookupHash};
use vault::{UseError, Vault};
use zeroize::Zeroizing;

/// Lends what may be used of a vault: look-up hashes and keys of people, drafts and accounts.
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

#[async_trait]
impl Secrets for VaultKeys {
    async fn seal(&self, context: &[u8], plain: &[u8]) -> Result<SealedSecret, SecretsError> {
        let key = self.0.new_person_key().map_err(secret_failed)?;
        let sealed = self.0.seal(&key, context, plain).map_err(secret_failed)?;
        Ok(SealedSecret { key, sealed })
    }

    async fn open(
        &self,
        context: &[u8],
        secret: &SealedSecret,
    ) -> Result<Zeroizing<Vec<u8>>, SecretsError> {
        let opened = self.0.open(&secret.key, context, &secret.sealed);
        opened.map(Zeroizing::new).map_err(secret_failed)
    }

    async fn hash(&self, value: &[u8]) -> Result<[u8; 32], SecretsError> {
        self.0.lookup("sign-in", value).map_err(secret_failed)
    }
}

fn secret_failed(error: UseError) -> SecretsError {
    match error {
        UseError::NotOurs => SecretsError::DoesNotOpen,
        other => SecretsError::Unavailable(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use vault::{Cost, FileVault, Kind, Passphrase};

    use super::*;

    fn keys() -> (tempfile::TempDir, VaultKeys) {
        let dir = tempfile::tempdir().unwrap();
        let (path, passphrase) = (dir.path().join("vault.sealed"), Passphrase::new(b"test"));
        let vault =
            FileVault::create(&path, &passphrase, Kind::Demo, Cost::DANGER_TEST_ONLY).unwrap();
        (dir, VaultKeys(Arc::new(vault)))
    }

    #[tokio::test]
    async fn a_secret_opens_where_it_was_sealed_and_nowhere_else() {
        let (_dir, keys) = keys();
        let mut sealed = Secrets::seal(&keys, b"hr", b"secret").await.unwrap();
        assert_eq!(*Secrets::open(&keys, b"hr", &sealed).await.unwrap(), b"secret");
        let elsewhere = Secrets::open(&keys, b"guard", &sealed).await;
        assert!(matches!(elsewhere, Err(SecretsError::DoesNotOpen)), "{elsewhere:?}");
        sealed.key = Secrets::seal(&keys, b"hr", b"secret").await.unwrap().key;
        let other_key = Secrets::open(&keys, b"hr", &sealed).await;
        assert!(matches!(other_key, Err(SecretsError::DoesNotOpen)), "{other_key:?}");
    }

    #[tokio::test]
    async fn a_hash_is_the_vaults_own_and_meets_no_other() {
        let ((_dir, one), (_other_dir, other)) = (keys(), keys());
        let hash = one.hash(b"hr").await.unwrap();
        assert_eq!(one.hash(b"hr").await.unwrap(), hash);
        assert_ne!(one.hash(b"guard").await.unwrap(), hash);
        assert_ne!(other.hash(b"hr").await.unwrap(), hash);
        assert_ne!(one.lookup(Domain::PersonalId, "hr").await.unwrap().0, hash);
    }
}
