//! One installation, opened: registry, vault, profile and the clock they share.

use std::sync::Arc;

use access::{Gate, Machine};
use anyhow::Context as _;
use jiff::Timestamp;
use profile::Profile;
use registry::authority::Authority;
use registry::office::{By, Office, Ports, Terms};
use registry::ports::{Clock, Ids, Store};
use store::SqliteStore;
use uuid::Uuid;
use vault::FileVault;
use wire::{Actor, AuthorityId};

use crate::home::Home;
use crate::keys::VaultKeys;
use crate::{Refusal, system};

/// Everything that a command or the server works with.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) office: Office,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Arc<FileVault>,
    pub(crate) profile: Arc<Profile>,
    pub(crate) ports: Ports,
    /// Accounts, sessions, drafts and runs are beside the registry in one database.
    pub(crate) database: SqliteStore,
    /// Whether everything here is invented.
    pub(crate) demo: bool,
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Site(..)")
    }
}

impl Site {
    /// Opens the installation in `home`.
    pub(crate) async fn open(home: &Home) -> anyhow::Result<Self> {
        home.must_exist()?;
        let vault = Arc::new(home.vault()?);
        let profile = Arc::new(home.profile()?);
        let database = SqliteStore::open(&home.database())
            .await
            .with_context(|| format!("cannot open the database {}", home.database().display()))?;
        let store: Arc<dyn Store> = Arc::new(database.clone());
        let photos = store::PhotoFolder::open(&home.photos())
            .with_context(|| format!("cannot use the folder {}", home.photos().display()))?;
        let ports = Ports {
            store: Arc::clone(&store),
            keys: Arc::new(VaultKeys(Arc::clone(&vault) as Arc<dyn vault::Vault>)),
            photos: Arc::new(photos),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        };
        let office = Office::new(ports.clone(), Arc::clone(&profile), Terms::default());
        let demo = vault.kind() == vault::Kind::Demo;
        Ok(Self { office, store, vault, profile, ports, database, demo })
    }

    /// Sign-in and sessions of this installation.
    pub(crate) fn gate(&self) -> Gate {
        let machine = Machine { now: Box::new(system::now), random: Box::new(system::random) };
        let keys = VaultKeys(Arc::clone(&self.vault) as Arc<dyn vault::Vault>);
        Gate::new(
            Arc::new(self.database.clone()),
            Arc::new(keys),
            access::Terms::default(),
            machine,
        )
    }

    /// All authorities that are managed here.
    pub(crate) async fn authorities(&self) -> anyhow::Result<Vec<Authority>> {
        Ok(self.store.authorities().await?)
    }

    /// Makes the authority with this level-1 code, and its keys, if there is none.
    pub(crate) async fn add_authority(&self, code: &str, by: &By) -> anyhow::Result<AuthorityId> {
        let today = SystemClock.today();
        let open = self.profile.agencies().open(today).find(|(known, _)| *known == code);
        let Some((_, name)) = open else {
            let date = today.strftime("%d/%m/%Y").to_string();
            return Err(Refusal::of("refused-agency", &[("code", code), ("date", &date)]).into());
        };
        let id = self.office.ensure_authority(code, name, by).await?;
        self.vault.add_authority(id.0.as_bytes())?;
        Ok(id)
    }
}

/// Who acts, as the command line says.
pub(crate) fn by(actor: Option<&Actor>) -> Result<By, Refusal> {
    let actor = actor.cloned().ok_or_else(|| Refusal::of("refused-nobody", &[]))?;
    Ok(By::from(actor))
}

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        system::now()
    }
}

/// Identities and chance from the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SystemIds;

impl Ids for SystemIds {
    fn uuid(&self) -> Uuid {
        system::new_id()
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        system::random(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}
