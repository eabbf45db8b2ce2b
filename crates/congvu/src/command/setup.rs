//! `init`, `station add`, `config check`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use registry::office::By;
use registry::ports::Clock as _;
use vault::{Cost, FileVault, Kind, OsEntropy, Passphrase};

use crate::cli::{Init, StationAdd};
use crate::config::Config;
use crate::explain::Doing as _;
use crate::home::Home;
use crate::out::Out;
use crate::site::{Site, SystemClock};
use crate::{Ended, Refusal, system};

/// Creates vault, database and the first authority.
pub(crate) async fn init(out: Out, mut home: Home, wanted: &Init) -> anyhow::Result<Ended> {
    if home.vault_file().exists() {
        let path = home.dir.display().to_string();
        return Err(Refusal::of("refused-installed", &[("path", &path)]).into());
    }
    let today = SystemClock.today();
    if home.profile()?.agencies().open(today).all(|(code, _)| code != wanted.authority) {
        let date = today.strftime("%d/%m/%Y").to_string();
        let args = [("code", &*wanted.authority), ("date", &*date)];
        return Err(Refusal::of("refused-agency", &args).into());
    }
    match &wanted.passphrase_file {
        Some(file) => home.config.vault.passphrase_file = std::path::absolute(file)?,
        // Beside the vault it protects nothing: for a demonstration only.
        None if !wanted.demo => return Err(Refusal::of("refused-no-passphrase", &[]).into()),
        None => {}
    }
    Home::make_private(&home.dir)?;
    if let Some(file) = &wanted.passphrase_file {
        let text = toml::to_string(&home.config).expect("the configuration is plain data");
        let path = home.dir.join(Config::FILE);
        std::fs::write(&path, text).doing_at("doing-write", &path)?;
        out.note("init-config", &[("file", &file.display().to_string())]);
    }
    let kind = if wanted.demo { Kind::Demo } else { Kind::Production };
    create_vault(&home, kind)?;
    let by = By::from("system".parse::<wire::Actor>()?);
    let site = Site::open(&home).await?;
    site.add_authority(&wanted.authority, &by).await?;
    add_token(&home, &home.config.station.name)?;
    out.data(&serde_json::json!({ "data": home.dir, "authority": wanted.authority }), || {
        out.say("init-done", &[("path", &home.dir.display().to_string())])
    });
    Ok(Ended::Done)
}

/// Makes the vault, and its passphrase file where there is none.
pub(crate) fn create_vault(home: &Home, kind: Kind) -> anyhow::Result<FileVault> {
    Home::make_private(&home.dir)?;
    let file = home.passphrase_file();
    let passphrase = if file.exists() {
        Passphrase::from_file(&file)?
    } else {
        Passphrase::create_file(&file, &OsEntropy)?
    };
    Ok(FileVault::create(&home.vault_file(), &passphrase, kind, Cost::STANDARD)?)
}

/// Registers a station: makes its token.
pub(crate) fn add_station(out: Out, home: &Home, wanted: &StationAdd) -> anyhow::Result<Ended> {
    home.must_exist()?;
    let file = home.token_file(wanted.name.as_str());
    if file.exists() {
        let name = wanted.name.as_str();
        return Err(Refusal::of("refused-station", &[("name", name)]).into());
    }
    add_token(home, wanted.name.as_str())?;
    let path = file.display().to_string();
    out.data(&serde_json::json!({ "station": wanted.name, "token_file": file }), || {
        out.say("station-added", &[("name", wanted.name.as_str()), ("path", &path)])
    });
    Ok(Ended::Done)
}

/// Writes a random token for `station`, readable by the owner only, unless it has one.
pub(crate) fn add_token(home: &Home, station: &str) -> anyhow::Result<()> {
    Home::make_private(&home.tokens())?;
    let mut token = zeroize::Zeroizing::new([0; 32]);
    system::random(token.as_mut_slice());
    let path = home.token_file(station);
    if path.exists() {
        return Ok(());
    }
    // Whole or not at all: a torn token would let nobody in.
    let temporary = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(hex::encode(*token).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, &path)
    };
    Ok(write().doing_at("doing-write", &path)?)
}

/// Says which values are in force. A bad file was refused before this is reached.
pub(crate) fn config(out: Out, home: &Home) -> anyhow::Result<Ended> {
    home.profile()?;
    let text = toml::to_string(&home.config).expect("the configuration is plain data");
    out.data(&home.config, || text.trim_end().to_owned());
    let path = home.dir.join(Config::FILE);
    let key = if path.exists() { "config-ok" } else { "config-defaults" };
    out.note(key, &[("path", &path.display().to_string())]);
    Ok(Ended::Done)
}
