//! The configuration file, `congvu.toml` in the data folder.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Everything an installation may set. Each value has a default; an unknown key is an error.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) vault: Vault,
    pub(crate) profile: Profile,
    pub(crate) station: Station,
    pub(crate) artwork: Artwork,
    pub(crate) record: Record,
}

/// The HTTP server.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Server {
    /// Address to listen on. Only this machine, until the server speaks TLS.
    pub(crate) listen: SocketAddr,
}

/// The sealed key file.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Vault {
    /// The file, relative to the data folder.
    pub(crate) file: PathBuf,
    /// The file that holds its passphrase; never the passphrase itself.
    pub(crate) passphrase_file: PathBuf,
}

/// The regulation as data.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Profile {
    /// A profile file in place of the one of Decision 838/QĐ-BNV that is built in.
    pub(crate) file: Option<PathBuf>,
}

/// The personalisation station on this machine.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Station {
    /// The account that the station acts as.
    pub(crate) name: String,
    /// The server's address; unset means the one that `server.listen` names.
    pub(crate) server: Option<String>,
    /// Resolution of the printer in dots per inch: 300 or 600.
    pub(crate) dpi: u16,
    /// Folder that takes the finished faces, relative to the data folder.
    pub(crate) spool: PathBuf,
}

/// Official artwork; a neutral drawing stands in where none is given.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Artwork {
    /// The national emblem, SVG or PNG.
    pub(crate) emblem: Option<PathBuf>,
    /// The national emblem in yellow for the back, SVG or PNG.
    pub(crate) back_emblem: Option<PathBuf>,
    /// The logo of agencies that bear no emblem, SVG or PNG.
    pub(crate) logo: Option<PathBuf>,
}

/// The signed record on the chip.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Record {
    /// Where status lists are published; the authority's code follows.
    pub(crate) status_uri: String,
}

impl Default for Record {
    fn default() -> Self {
        Self { status_uri: "https://congvu.invalid/s/".into() }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8380)) }
    }
}

impl Default for Vault {
    fn default() -> Self {
        Self { file: "vault.sealed".into(), passphrase_file: "vault.passphrase".into() }
    }
}

impl Default for Station {
    fn default() -> Self {
        Self { name: "tram-01".into(), server: None, dpi: 300, spool: "faces".into() }
    }
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file is there but cannot be read.
    #[error("cannot read {path}")]
    Read {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    /// The file is no configuration; the cause names line and key.
    #[error("{path} is not a valid configuration")]
    Parse {
        path: PathBuf,
        #[source]
        cause: Box<toml::de::Error>,
    },
    /// A value cannot be used.
    #[error("{path}: {key} cannot be used")]
    Value {
        path: PathBuf,
        key: &'static str,
        /// What it may be: a message of the catalogue.
        rule: &'static str,
    },
}

impl Config {
    /// The name of the file in the data folder.
    pub(crate) const FILE: &'static str = "congvu.toml";

    /// Reads the file in `data`; all defaults where there is none.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the file and the line or key.
    pub(crate) fn read(data: &Path) -> Result<Self, ConfigError> {
        let path = data.join(Self::FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(cause) => return Err(ConfigError::Read { path, cause }),
        };
        let config: Self = toml::from_str(&text)
            .map_err(|cause| ConfigError::Parse { path: path.clone(), cause: Box::new(cause) })?;
        config.checked(&path)
    }

    fn checked(self, path: &Path) -> Result<Self, ConfigError> {
        let wrong = |rule, key| Err(ConfigError::Value { path: path.to_owned(), key, rule });
        if !matches!(self.station.dpi, 300 | 600) {
            return wrong("config-dpi", "station.dpi");
        }
        if self.station.name.parse::<wire::Actor>().is_err() {
            return wrong("cause-account", "station.name");
        }
        if !self.server.listen.ip().is_loopback() {
            return wrong("config-listen", "server.listen");
        }
        if !self.record.status_uri.starts_with("https://") || self.record.status_uri.len() > 64 {
            return wrong("config-status-uri", "record.status_uri");
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(Config::FILE), text).unwrap();
        Config::read(folder.path())
    }

    #[test]
    fn no_file_means_defaults() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Config::read(folder.path()).unwrap().station.dpi, 300);
    }

    #[test]
    fn unknown_key_is_named() {
        let error = read("[server]\nlissten = '127.0.0.1:1'\n").unwrap_err();
        let ConfigError::Parse { cause, .. } = error else { panic!("{error}") };
        assert!(cause.to_string().contains("lissten"), "{cause}");
    }

    #[test]
    fn values_out_of_range_are_named() {
        for (text, key) in [
            ("[station]\ndpi = 72", "station.dpi"),
            ("[station]\nname = 'Trạm 1'", "station.name"),
            ("[server]\nlisten = '0.0.0.0:80'", "server.listen"),
            ("[record]\nstatus_uri = 'http://x/'", "record.status_uri"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }

    /// The file with every key at its default, as the manual shows it.
    #[test]
    fn default_configuration() {
        insta::assert_snapshot!(toml::to_string(&Config::default()).unwrap());
    }
}
