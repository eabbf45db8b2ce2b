//! The passphrase of a sealed file, which comes from another file and never from a command line.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretSlice};
use zeroize::Zeroizing;

use crate::entropy::{Entropy, NoEntropy};

/// The passphrase of a sealed file. Never printed, wiped on drop.
#[derive(Clone, Debug)]
pub struct Passphrase(SecretSlice<u8>);

impl Passphrase {
    /// Reads the first line of the file at `path`, without its line end.
    ///
    /// # Errors
    ///
    /// [`PassphraseError`]: the file cannot be read, others than its owner may read it, or its
    /// first line is empty or longer than 1024 bytes.
    pub fn from_file(path: &Path) -> Result<Self, PassphraseError> {
        let io = |source| PassphraseError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(io)?;
        let mode = file.metadata().map_err(io)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(PassphraseError::OpenToOthers { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(Vec::with_capacity(LONGEST + 3));
        file.take(LONGEST as u64 + 3).read_to_end(&mut text).map_err(io)?;
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() || line.len() > LONGEST {
            return Err(PassphraseError::Length { path: path.to_owned() });
        }
        Ok(Self::new(line))
    }

    /// Writes a new random passphrase of 128 bits to a file that does not exist yet, readable by
    /// its owner only, and returns it.
    ///
    /// # Errors
    ///
    /// [`PassphraseError::Write`], also when the file exists; [`PassphraseError::NoEntropy`].
    pub fn create_file(path: &Path, entropy: &dyn Entropy) -> Result<Self, PassphraseError> {
        let mut random = Zeroizing::new([0; 16]);
        entropy.fill(random.as_mut_slice())?;
        let text: Zeroizing<Vec<u8>> = Zeroizing::new(
            random.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(hex_digit).collect(),
        );
        let write = || -> io::Result<()> {
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(&text)?;
            file.write_all(b"\n")?;
            file.sync_all()
        };
        write().map_err(|source| PassphraseError::Write { path: path.to_owned(), source })?;
        Ok(Self::new(&text))
    }

    /// Takes the bytes as they are, from a prompt for example.
    pub fn new(bytes: &[u8]) -> Self {
        Self(SecretSlice::from(bytes.to_vec()))
    }

    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

fn hex_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 }
}

const LONGEST: usize = 1024;

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// The file cannot be read.
    #[error("the passphrase file {} cannot be read", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Others than its owner may read or change the file.
    #[error("the passphrase file {} is open to others (mode {mode:03o})", path.display())]
    OpenToOthers {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The first line is empty or longer than 1024 bytes.
    #[error("the first line of the passphrase file {} is empty or too long", path.display())]
    Length {
        /// Which file.
        path: PathBuf,
    },
    /// The file cannot be written, or exists already.
    #[error("the passphrase file {} cannot be written", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// No random bytes.
    #[error(transparent)]
    NoEntropy(#[from] NoEntropy),
}
