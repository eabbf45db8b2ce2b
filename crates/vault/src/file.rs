//! The vault in one sealed file.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::Signature;
use p256::ecdsa::signature::Signer as _;
use p256::pkcs8::EncodePublicKey as _;
use sha2::{Digest as _, Sha256};

use crate::aead::{self, SealKey, new_key};
use crate::body::{AuthorityKeys, Keys};
use crate::container::{self, Cost, Failure, Sealer};
use crate::derive::diversify;
use crate::entropy::{Entropy, NoEntropy, OsEntropy};
use crate::key::{CardKey, Generation};
use crate::passphrase::Passphrase;
use crate::port::{AuthorityId, Issuer, Shared, UseError, Vault};

/// What the keys of a vault are for. Written into its file and authenticated with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Cards of real people.
    Production,
    /// A demonstration.
    Demo,
}

impl Kind {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Production => 0,
            Self::Demo => 1,
        }
    }

    pub(crate) const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Production),
            1 => Some(Self::Demo),
            _ => None,
        }
    }
}

/// What a program that opens a vault is about to do with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Real cards: a demo vault is refused.
    Production,
    /// Anything.
    Any,
}

/// The keys of an installation in one sealed file, opened.
///
/// Several processes may have the same file open; a change by one is seen by another after
/// [`FileVault::refresh`].
pub struct FileVault {
    path: PathBuf,
    entropy: Box<dyn Entropy>,
    sealer: Sealer,
    keys: RwLock<Keys>,
}

impl FileVault {
    /// Makes a vault with new random keys, no authorities, in a file that does not exist yet;
    /// its mode is 0600.
    ///
    /// # Errors
    ///
    /// [`OpenError::Exists`] when there is a file already, which is left as it is;
    /// [`OpenError::Io`], [`OpenError::NoEntropy`], [`OpenError::Cost`].
    pub fn create(
        path: &Path,
        passphrase: &Passphrase,
        kind: Kind,
        cost: Cost,
    ) -> Result<Self, OpenError> {
        Self::create_with(path, passphrase, kind, cost, Box::new(OsEntropy))
    }

    /// As [`FileVault::create`] with another source of random bytes, for everything it will do.
    ///
    /// # Errors
    ///
    /// As [`FileVault::create`].
    pub fn create_with(
        path: &Path,
        passphrase: &Passphrase,
        kind: Kind,
        cost: Cost,
        entropy: Box<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let sealer = Sealer::new(passphrase, cost, &*entropy)?.map_err(|_| OpenError::Cost)?;
        let keys = Keys::generate(kind, &*entropy)?;
        let bytes = sealer.seal(&keys, &*entropy)?;
        let io = |source| OpenError::Io { path: path.to_owned(), source };
        let written = write_beside(path, &bytes).map_err(io)?;
        // A link, unlike a rename, never replaces what is there.
        let linked = fs::hard_link(&written, path);
        fs::remove_file(&written).map_err(io)?;
        match linked {
            Ok(()) => sync_folder(path).map_err(io)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(OpenError::Exists { path: path.to_owned() });
            }
            Err(error) => return Err(io(error)),
        }
        Ok(Self { path: path.to_owned(), entropy, sealer, keys: RwLock::new(keys) })
    }

    /// Opens the vault at `path`.
    ///
    /// # Errors
    ///
    /// By cause: [`OpenError::Io`]; [`OpenError::OpenToOthers`] when anybody but the owner may
    /// read or change the file; [`OpenError::NotAVault`]; [`OpenError::NewerVersion`];
    /// [`OpenError::Damaged`]; [`OpenError::WrongPassphrase`]; [`OpenError::DemoInProduction`].
    pub fn open(path: &Path, passphrase: &Passphrase, mode: Mode) -> Result<Self, OpenError> {
        Self::open_with(path, passphrase, mode, Box::new(OsEntropy))
    }

    /// As [`FileVault::open`] with another source of random bytes.
    ///
    /// # Errors
    ///
    /// As [`FileVault::open`].
    pub fn open_with(
        path: &Path,
        passphrase: &Passphrase,
        mode: Mode,
        entropy: Box<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let bytes = read_private(path)?;
        let (sealer, keys) =
            container::open(&bytes, passphrase).map_err(|failure| failed(failure, path))?;
        if mode == Mode::Production && keys.kind == Kind::Demo {
            return Err(OpenError::DemoInProduction { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), entropy, sealer, keys: RwLock::new(keys) })
    }

    /// Gives `authority` its first generation of keys and writes the file. Nothing changes when it
    /// has keys already. Returns its newest generation.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; the file then is as it was.
    pub fn add_authority(&self, authority: &AuthorityId) -> Result<Generation, AdminError> {
        self.change(authority, |newest| newest)
    }

    /// Gives `authority` a further generation of keys, or its first, and writes the file. Older
    /// generations stay. Returns the new one.
    ///
    /// # Errors
    ///
    /// [`AdminError`]; the file then is as it was.
    pub fn add_generation(&self, authority: &AuthorityId) -> Result<Generation, AdminError> {
        self.change(authority, |_| None)
    }

    /// Reads the file again, so that authorities and generations that another process added are
    /// there.
    ///
    /// # Errors
    ///
    /// [`AdminError::Reopen`] when the file has gone, was damaged, or got another passphrase.
    pub fn refresh(&self) -> Result<(), AdminError> {
        let fresh = self.read_again()?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What the keys are for.
    pub fn kind(&self) -> Kind {
        self.keys().kind
    }

    /// Adds a generation unless `keep` says that the newest does, under the lock that keeps two
    /// processes from losing each other's change.
    fn change(
        &self,
        authority: &AuthorityId,
        keep: fn(Option<Generation>) -> Option<Generation>,
    ) -> Result<Generation, AdminError> {
        let io = |source| AdminError::Write { path: self.path.clone(), source };
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(beside(&self.path, "lock"))
            .map_err(io)?;
        lock.lock().map_err(io)?;
        let mut fresh = self.read_again()?;
        let generations = fresh.authorities.entry(*authority).or_default();
        let newest = generations.last_key_value().map(|(generation, _)| *generation);
        let result = if let Some(kept) = keep(newest) {
            kept
        } else {
            let next = match newest {
                None => Generation::FIRST,
                Some(newest) => newest.next().ok_or(AdminError::NoMoreGenerations)?,
            };
            generations.insert(next, AuthorityKeys::generate(&*self.entropy)?);
            let bytes = self.sealer.seal(&fresh, &*self.entropy)?;
            let written = write_beside(&self.path, &bytes).map_err(io)?;
            fs::rename(&written, &self.path).map_err(io)?;
            sync_folder(&self.path).map_err(io)?;
            next
        };
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(result)
    }

    fn read_again(&self) -> Result<Keys, AdminError> {
        let read = || -> Result<Keys, OpenError> {
            let bytes = read_private(&self.path)?;
            self.sealer
                .reopen(&bytes)
                .map_err(|failure| failed(failure, &self.path))?
                .ok_or_else(|| OpenError::WrongPassphrase { path: self.path.clone() })
        };
        read().map_err(AdminError::Reopen)
    }

    fn keys(&self) -> RwLockReadGuard<'_, Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(
        &self,
        authority: &AuthorityId,
        generation: Generation,
        then: impl FnOnce(&AuthorityKeys) -> T,
    ) -> Result<T, UseError> {
        let keys = self.keys();
        let generations = keys.authorities.get(authority).ok_or(UseError::NoSuchKey)?;
        generations.get(&generation).map(then).ok_or(UseError::NoSuchKey)
    }

    fn unwrap_person(&self, wrapped: &[u8]) -> Result<SealKey, UseError> {
        let opened =
            zeroize::Zeroizing::new(aead::open(&self.keys().person_wrap, PERSON_KEY, wrapped)?);
        opened.as_slice().try_into().map(SealKey::new).map_err(|_| UseError::NotOurs)
    }
}

impl Vault for FileVault {
    fn is_demo(&self) -> bool {
        self.kind() == Kind::Demo
    }

    fn authorities(&self) -> Vec<AuthorityId> {
        self.keys().authorities.keys().copied().collect()
    }

    fn current(&self, authority: &AuthorityId) -> Result<Generation, UseError> {
        let keys = self.keys();
        let generations = keys.authorities.get(authority).ok_or(UseError::NoSuchKey)?;
        let (newest, _) = generations.last_key_value().ok_or(UseError::NoSuchKey)?;
        Ok(*newest)
    }

    fn derive(
        &self,
        authority: &AuthorityId,
        generation: Generation,
        input: &[u8],
    ) -> Result<CardKey, UseError> {
        self.with(authority, generation, |keys| diversify(keys.card_master.expose(), input))?
    }

    fn shared(
        &self,
        authority: &AuthorityId,
        generation: Generation,
        which: Shared,
    ) -> Result<CardKey, UseError> {
        self.with(authority, generation, |keys| match which {
            Shared::Meta => keys.meta.clone(),
            Shared::Uid => keys.uid.clone(),
        })
    }

    fn sign(
        &self,
        authority: &AuthorityId,
        generation: Generation,
        message: &[u8],
    ) -> Result<[u8; 64], UseError> {
        self.with(authority, generation, |keys| {
            let signature: Signature = keys.signing.sign(message);
            signature.to_bytes().into()
        })
    }

    fn issuer(&self, authority: &AuthorityId, generation: Generation) -> Result<Issuer, UseError> {
        self.with(authority, generation, |keys| issuer(authority, generation, keys))
    }

    fn issuers(&self, authority: &AuthorityId) -> Vec<Issuer> {
        let keys = self.keys();
        let generations = keys.authorities.get(authority).into_iter().flatten();
        generations.map(|(generation, keys)| issuer(authority, *generation, keys)).collect()
    }

    fn lookup(&self, domain: &str, value: &[u8]) -> Result<[u8; 32], UseError> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.keys().lookup.as_slice())
            .expect("HMAC takes any length");
        // The length stands before the domain, so that no domain and value run into another pair.
        mac.update(&u64::try_from(domain.len()).expect("a length fits 64 bits").to_be_bytes());
        mac.update(domain.as_bytes());
        mac.update(value);
        Ok(mac.finalize().into_bytes().into())
    }

    fn new_person_key(&self) -> Result<Vec<u8>, UseError> {
        let key = new_key(&*self.entropy)?;
        Ok(aead::seal(&self.keys().person_wrap, &*self.entropy, PERSON_KEY, key.as_slice())?)
    }

    fn seal(&self, wrapped: &[u8], aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, UseError> {
        let key = self.unwrap_person(wrapped)?;
        Ok(aead::seal(&key, &*self.entropy, aad, plaintext)?)
    }

    fn open(&self, wrapped: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UseError> {
        aead::open(&self.unwrap_person(wrapped)?, aad, sealed)
    }

    fn seal_blob(&self, aad: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, UseError> {
        Ok(aead::seal(&self.keys().blob, &*self.entropy, aad, plaintext)?)
    }

    fn open_blob(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, UseError> {
        aead::open(&self.keys().blob, aad, sealed)
    }
}

impl fmt::Debug for FileVault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileVault").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

fn issuer(authority: &AuthorityId, generation: Generation, keys: &AuthorityKeys) -> Issuer {
    let spki = keys
        .signing
        .verifying_key()
        .to_public_key_der()
        .expect("a P-256 key has a DER form")
        .into_vec();
    let kid = *Sha256::digest(&spki).first_chunk().expect("8 of 32 bytes");
    Issuer { authority: *authority, generation, kid, spki }
}

fn read_private(path: &Path) -> Result<Vec<u8>, OpenError> {
    let io = |source| OpenError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(io)?;
    let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(OpenError::OpenToOthers { path: path.to_owned(), mode });
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

/// Writes a complete, durable file beside `path` and returns its name. One fixed name would let
/// two writers mix; the process id keeps them apart and a leftover is written over.
fn write_beside(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let temporary = beside(path, &format!("new.{}", std::process::id()));
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(temporary)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn failed(failure: Failure, path: &Path) -> OpenError {
    let path = path.to_owned();
    match failure {
        Failure::NotAVault => OpenError::NotAVault { path },
        Failure::NewerVersion(version) => OpenError::NewerVersion { path, version },
        Failure::Damaged | Failure::Cost => OpenError::Damaged { path },
        Failure::WrongPassphrase => OpenError::WrongPassphrase { path },
    }
}

/// Says what the sealed bytes are, so that no other value passes for a person's key.
const PERSON_KEY: &[u8] = b"congvu/person-key/1";

/// Why a vault was not made or not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file cannot be read or written.
    #[error("the vault {} cannot be read or written", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// There is a file at this place; it was left as it is.
    #[error("there is a file at {} already", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Others than its owner may read or change the file.
    #[error("the vault {} is open to others (mode {mode:03o})", path.display())]
    OpenToOthers {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is something else.
    #[error("{} is not a vault", path.display())]
    NotAVault {
        /// Which file.
        path: PathBuf,
    },
    /// A later release wrote the file.
    #[error("the vault {} is of format {version}, newer than this release", path.display())]
    NewerVersion {
        /// Which file.
        path: PathBuf,
        /// The format.
        version: u16,
    },
    /// The file is cut short or altered.
    #[error("the vault {} is cut short or altered", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
    },
    /// The file is whole, and this is not its passphrase.
    #[error("this is not the passphrase of the vault {}", path.display())]
    WrongPassphrase {
        /// Which file.
        path: PathBuf,
    },
    /// The vault is of a demonstration, and real cards were to be made.
    #[error("the vault {} holds demonstration keys", path.display())]
    DemoInProduction {
        /// Which file.
        path: PathBuf,
    },
    /// The cost is outside what this release computes (8 KiB to 1 GiB, 1 to 64 passes, 1 to 16
    /// lanes).
    #[error("the cost of the passphrase is out of range")]
    Cost,
    /// No random bytes.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}

/// Why the keys were not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The file does not open any more.
    #[error("the vault does not open again")]
    Reopen(#[source] OpenError),
    /// The file cannot be replaced.
    #[error("the vault {} cannot be replaced", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The authority has used up its 255 generations.
    #[error("the authority has used up its 255 generations")]
    NoMoreGenerations,
    /// No random bytes.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}
