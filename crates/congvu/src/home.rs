//! The data folder of one installation, and what is opened from it.

use std::path::{Path, PathBuf};

use profile::Profile;
use vault::{FileVault, Mode, Passphrase};

use crate::cli::Global;
use crate::config::Config;
use crate::explain::{Doing as _, Refusal};

/// A data folder with its configuration.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    pub(crate) dir: PathBuf,
    pub(crate) config: Config,
    mode: Mode,
}

impl Home {
    /// The folder that the command line, the environment or the default names.
    pub(crate) fn open(global: &Global) -> anyhow::Result<Self> {
        let dir = match &global.data {
            Some(dir) => dir.clone(),
            None => default_dir()?,
        };
        let config = Config::read(&dir)?;
        let mode = if global.production { Mode::Production } else { Mode::Any };
        Ok(Self { dir, config, mode })
    }

    /// Whether this is real operation.
    pub(crate) fn is_production(&self) -> bool {
        self.mode == Mode::Production
    }

    /// Where the database is.
    pub(crate) fn database(&self) -> PathBuf {
        self.dir.join("congvu.db")
    }

    pub(crate) fn photos(&self) -> PathBuf {
        self.dir.join("photos")
    }

    pub(crate) fn vault_file(&self) -> PathBuf {
        self.dir.join(&self.config.vault.file)
    }

    pub(crate) fn passphrase_file(&self) -> PathBuf {
        self.dir.join(&self.config.vault.passphrase_file)
    }

    /// The token of a station.
    pub(crate) fn token_file(&self, station: &str) -> PathBuf {
        self.tokens().join(format!("{station}.token"))
    }

    pub(crate) fn tokens(&self) -> PathBuf {
        self.dir.join("stations")
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.dir.join("station").join("journal")
    }

    pub(crate) fn spool(&self) -> PathBuf {
        self.dir.join(&self.config.station.spool)
    }

    pub(crate) fn tray(&self) -> PathBuf {
        self.dir.join("tray")
    }

    pub(crate) fn sample(&self) -> PathBuf {
        self.dir.join("sample")
    }

    /// Where the server of this folder writes its address when it starts.
    pub(crate) fn address_file(&self) -> PathBuf {
        self.dir.join("server.address")
    }

    /// Where the tray's holder writes the socket of the private `pcscd`.
    pub(crate) fn pcscd_file(&self) -> PathBuf {
        self.tray().join("pcscd.socket")
    }

    /// The socket on which the tray takes orders.
    pub(crate) fn tray_socket(&self) -> PathBuf {
        self.tray().join("control")
    }

    /// The address of the server that this machine's station works for.
    pub(crate) fn server(&self) -> String {
        let here = || std::fs::read_to_string(self.address_file()).ok();
        self.config
            .station
            .server
            .clone()
            .or_else(here)
            .unwrap_or_else(|| format!("http://{}", self.config.server.listen))
    }

    /// Opens the vault; a demonstration's is refused in production.
    pub(crate) fn vault(&self) -> anyhow::Result<FileVault> {
        let passphrase = Passphrase::from_file(&self.passphrase_file())?;
        Ok(FileVault::open(&self.vault_file(), &passphrase, self.mode)?)
    }

    /// The regulation in force here.
    pub(crate) fn profile(&self) -> anyhow::Result<Profile> {
        let Some(file) = &self.config.profile.file else { return Ok(Profile::qd838()) };
        let path = self.dir.join(file);
        let text = std::fs::read_to_string(&path).doing_at("doing-read", &path)?;
        Ok(Profile::from_toml(&text).doing_at("doing-profile", &path)?)
    }

    /// Fails with what to do where nothing was initialised.
    pub(crate) fn must_exist(&self) -> anyhow::Result<()> {
        if !self.vault_file().is_file() {
            let path = self.dir.display().to_string();
            return Err(Refusal::of("refused-no-installation", &[("path", &path)]).into());
        }
        Ok(())
    }

    /// Whether `dir` is the folder that commands use when none is named.
    pub(crate) fn is_default(dir: &Path) -> bool {
        default_dir().is_ok_and(|default| default == dir)
    }

    /// Makes `folder` with access for its owner only.
    pub(crate) fn make_private(folder: &Path) -> anyhow::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        let mut builder = std::fs::DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(folder);
        Ok(made.doing_at("doing-create", folder)?)
    }
}

fn default_dir() -> anyhow::Result<PathBuf> {
    let share = std::env::var_os("XDG_DATA_HOME").filter(|path| !path.is_empty());
    if let Some(share) = share {
        return Ok(PathBuf::from(share).join("congvu"));
    }
    let home = std::env::var_os("HOME").ok_or_else(|| Refusal::of("refused-no-home", &[]))?;
    Ok(PathBuf::from(home).join(".local/share/congvu"))
}
