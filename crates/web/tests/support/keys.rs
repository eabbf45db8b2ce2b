//! Real sealing with keys that lie open: a "wrapped" key is the key itself.

use std::sync::Mutex;

use access::{SealedSecret, Secrets, SecretsError};
use async_trait::async_trait;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use registry::ports::{Domain, Keys, KeysError, LookupHash};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

pub(crate) struct TestKeys(Mutex<ChaCha20Rng>);

impl TestKeys {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
    }

    fn new_key(&self) -> Vec<u8> {
        let mut key = vec![0; 32];
        self.0.lock().unwrap().fill(key.as_mut_slice());
        key
    }

    fn sealed(&self, key: &[u8], aad: &[u8], msg: &[u8]) -> Vec<u8> {
        let mut nonce = [0; 24];
        self.0.lock().unwrap().fill(&mut nonce);
        let cipher = XChaCha20Poly1305::new_from_slice(key).unwrap();
        let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg, aad }).unwrap();
        [nonce.as_slice(), &sealed].concat()
    }
}

fn opened(key: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, msg) = sealed.split_first_chunk::<24>()?;
    let cipher = XChaCha20Poly1305::new_from_slice(key).unwrap();
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad }).ok().map(Zeroizing::new)
}

#[async_trait]
impl Keys for TestKeys {
    async fn lookup(&self, domain: Domain, value: &str) -> Result<LookupHash, KeysError> {
        let keyed = ["test key", domain.label(), value].join("\0");
        Ok(LookupHash(Sha256::digest(keyed).into()))
    }

    async fn new_person_key(&self) -> Result<Vec<u8>, KeysError> {
        Ok(self.new_key())
    }

    async fn seal(&self, key: &[u8], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, KeysError> {
        Ok(self.sealed(key, aad, msg))
    }

    async fn open(
        &self,
        key: &[u8],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeysError> {
        opened(key, aad, sealed).ok_or(KeysError::DoesNotOpen)
    }
}

#[async_trait]
impl Secrets for TestKeys {
    async fn seal(&self, context: &[u8], plain: &[u8]) -> Result<SealedSecret, SecretsError> {
        let key = self.new_key();
        let sealed = self.sealed(&key, context, plain);
        Ok(SealedSecret { key, sealed })
    }

    async fn open(
        &self,
        context: &[u8],
        secret: &SealedSecret,
    ) -> Result<Zeroizing<Vec<u8>>, SecretsError> {
        opened(&secret.key, context, &secret.sealed).ok_or(SecretsError::DoesNotOpen)
    }

    async fn hash(&self, value: &[u8]) -> Result<[u8; 32], SecretsError> {
        Ok(Sha256::digest([b"test key\0", value].concat()).into())
    }
}
