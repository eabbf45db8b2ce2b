//! The gate: sign-in, sessions, accounts.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use tracing::{info, warn};
use wire::{Actor, AuthorityId};
use zeroize::Zeroizing;

use crate::account::{
    Account, AccountError, Credentials, NewAccount, PasswordHash, SealedSecret, full_name,
};
use crate::password;
use crate::ports::{Failures, SaveError, Secrets, SecretsError, Store, StoreError, StoredSession};
use crate::session::{Session, SessionToken, TokenHash};
use crate::throttle;
use crate::totp;

/// How long sessions last and how fast somebody may guess.
#[derive(Clone, Debug)]
pub struct Terms {
    /// A session ends when it was not used for so long.
    pub idle: SignedDuration,
    /// A session ends so long after it began, however much it is used.
    pub whole: SignedDuration,
    /// Failures older than this are forgotten.
    pub window: SignedDuration,
    /// Failures for one name that cost no waiting.
    pub name_failures: u32,
    /// Failures from one network that cost no waiting: more, because an office shares an address.
    pub network_failures: u32,
    /// The longest wait between two tries.
    pub longest_wait: Duration,
    /// Passwords that are hashed at once; each takes 19 MiB.
    pub at_once: usize,
    /// Sign-ins that may wait for that.
    pub in_line: usize,
    /// Who stands beside the code in the holder's authenticator.
    pub issuer: String,
}

impl Default for Terms {
    /// 30 minutes idle, 10 hours in all; 5 failures for a name and 25 from a network in 15
    /// minutes, then waits up to 5 minutes; two hashes at once.
    fn default() -> Self {
        Self {
            idle: SignedDuration::from_mins(30),
            whole: SignedDuration::from_hours(10),
            window: SignedDuration::from_mins(15),
            name_failures: 5,
            network_failures: 25,
            longest_wait: Duration::from_mins(5),
            at_once: 2,
            in_line: 64,
            issuer: "congvu".to_owned(),
        }
    }
}

/// What the gate asks of the machine.
#[expect(missing_debug_implementations, reason = "functions have nothing to show")]
pub struct Machine {
    /// The current instant.
    pub now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Fills a buffer with bytes that nobody can guess.
    pub random: Box<Fill>,
}

/// See [`Machine::random`].
pub type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// Somebody came in.
#[derive(Debug)]
pub struct Signed {
    /// What the browser shows from now on.
    pub token: SessionToken,
    /// Who it is.
    pub account: Account,
}

/// Somebody did not come in.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// Name, password or code are wrong, or the account is disabled: never which.
    #[error("name, password or code are wrong")]
    Wrong,
    /// Too many failures: this try was not looked at.
    #[error("too many failures; the next try is looked at in {} s", wait.as_secs())]
    TooMany {
        /// How long until one is.
        wait: Duration,
    },
    /// Nobody can be let in right now.
    #[error("nobody can sign in right now")]
    Unavailable(#[from] Error),
}

/// Something that the gate stands on failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error("accounts and sessions cannot be read right now")]
    Store(#[from] StoreError),
    /// The keeper of secrets.
    #[error("the secrets of accounts cannot be used right now")]
    Secrets(#[from] SecretsError),
    /// A hash could not be computed: memory, or the program is ending.
    #[error("a password cannot be compared right now")]
    Hash,
}

/// Lets people in, and knows them again.
pub struct Gate {
    store: Arc<dyn Store>,
    secrets: Arc<dyn Secrets>,
    machine: Machine,
    terms: Terms,
    hashing: Arc<Semaphore>,
    line: Semaphore,
    decoy: OnceCell<Decoy>,
}

/// What stands in for the account of a name that nobody bears, so that refusing it takes as long.
struct Decoy {
    password: PasswordHash,
    totp: SealedSecret,
}

/// By what failures are counted.
struct Counted {
    name: [u8; 32],
    network: [u8; 32],
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("terms", &self.terms).finish_non_exhaustive()
    }
}

impl Gate {
    /// A gate over these ports.
    pub fn new(
        store: Arc<dyn Store>,
        secrets: Arc<dyn Secrets>,
        terms: Terms,
        machine: Machine,
    ) -> Self {
        let hashing = Arc::new(Semaphore::new(terms.at_once.max(1)));
        let line = Semaphore::new(terms.at_once.max(1) + terms.in_line);
        Self { store, secrets, machine, terms, hashing, line, decoy: OnceCell::new() }
    }

    /// Signs somebody in: a new session, whatever the browser held before.
    ///
    /// `network` is the address of the browser; addresses of one IPv6 network of 64 bits count as
    /// one. A refusal for a name that nobody bears takes the same work and counts the same. A code
    /// is accepted once: of two sign-ins at the same time with one code, one is refused.
    ///
    /// # Errors
    ///
    /// [`Denied`], as its variants say.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &str,
        code: &str,
        network: IpAddr,
    ) -> Result<Signed, Denied> {
        let Ok(_place) = self.line.try_acquire() else {
            warn!("a sign-in was turned away: too many wait already");
            return Err(Denied::TooMany { wait: LINE_WAIT });
        };
        // Held until the failure is noted, so that guesses sent at once do not overtake the count.
        let turn = self.turn().await?;
        let now = (self.machine.now)();
        let name = name.trim().to_lowercase();
        let counted = self.counted(&name, network).await?;
        let (failures, wait) = self.failures(&counted, now).await?;
        if let Some(wait) = wait {
            warn!(failures, wait_s = wait.as_secs(), "a sign-in was refused: too many failures");
            return Err(Denied::TooMany { wait });
        }
        let decoy = self.decoy(&turn).await?;
        let account = match name.parse::<Actor>() {
            Ok(name) => self.store.account(&name).await.map_err(Error::from)?,
            Err(_) => None,
        };
        let (hash, sealed, context) = match &account {
            Some(account) => (&account.password, &account.totp, context(&account.name)),
            None => (&decoy.password, &decoy.totp, DECOY.to_vec()),
        };
        let is_password = self.is_password(password, hash.clone(), &turn).await?;
        let secret = self.secrets.open(&context, sealed).await.map_err(Error::from)?;
        let step = totp::step_of(&secret, code, now);
        let known = account.as_ref().map(|account| account.name.clone());
        let entering = account.filter(|_| is_password).zip(step).filter(|(account, step)| {
            !account.disabled && account.last_step.is_none_or(|last| last < *step)
        });
        let account = match entering {
            Some((account, step)) => self.use_code(account, step).await?,
            None => None,
        };
        let Some(account) = account else {
            self.note_failure(&counted, now).await?;
            let failures = failures + 1;
            if let Some(account) = known {
                warn!(%account, failures, "a sign-in was denied");
            } else {
                // What was typed may be a password in the wrong field.
                warn!(failures, "a sign-in was denied: no such account");
            }
            return Err(Denied::Wrong);
        };
        self.store.clear_failures(&counted.name).await.map_err(Error::from)?;
        let token = self.new_token();
        let session = StoredSession {
            token: TokenHash::of(token.as_str()).expect("a new token is well-formed"),
            account: account.name.clone(),
            started: now,
            seen: now,
        };
        self.store.start_session(&session).await.map_err(Error::from)?;
        info!(account = %account.name, role = %account.role, "signed in");
        Ok(Signed { token, account })
    }

    /// Who shows this token; nobody for one that is unknown, has ended, or is no token at all.
    ///
    /// The account is read each time: what was changed or disabled counts at once.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn session(&self, token: &str) -> Result<Option<Session>, Error> {
        let Some(hash) = TokenHash::of(token) else { return Ok(None) };
        let Some(stored) = self.store.session(&hash).await? else { return Ok(None) };
        let now = (self.machine.now)();
        let idle_until = stored.seen + self.terms.idle;
        let ends = stored.started + self.terms.whole;
        let account = self.store.account(&stored.account).await?;
        let account = account.filter(|account| !account.disabled);
        let Some(account) = account.filter(|_| now < idle_until && now < ends) else {
            self.store.end_session(&hash).await?;
            info!(account = %stored.account, "a session ended");
            return Ok(None);
        };
        if now.duration_since(stored.seen) >= TOUCH {
            self.store.touch_session(&hash, now).await?;
        }
        let idle_until = (now + self.terms.idle).min(ends);
        Ok(Some(Session { account, started: stored.started, idle_until, ends }))
    }

    /// Ends a session; one that is not there is passed over.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn sign_out(&self, token: &str) -> Result<(), Error> {
        let Some(hash) = TokenHash::of(token) else { return Ok(()) };
        if let Some(stored) = self.store.session(&hash).await? {
            self.store.end_session(&hash).await?;
            info!(account = %stored.account, "signed out");
        }
        Ok(())
    }

    /// A token of nobody: what the form of the sign-in page is bound to before there is a session
    /// (see [`crate::csrf`]).
    pub fn anonymous(&self) -> SessionToken {
        self.new_token()
    }

    /// Forgets what has ended: sessions and failures. To be called now and then.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn sweep(&self) -> Result<(), Error> {
        let now = (self.machine.now)();
        self.store.sweep_sessions(now - self.terms.idle, now - self.terms.whole).await?;
        self.store.sweep_failures(now - self.terms.window).await?;
        Ok(())
    }

    /// How long sessions last and how fast somebody may guess.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// All accounts, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn accounts(&self) -> Result<Vec<Account>, Error> {
        Ok(self.store.accounts().await?)
    }

    /// Makes an account with a generated password and secret.
    ///
    /// # Errors
    ///
    /// [`AccountError::Exists`], [`AccountError::FullName`], and when a port fails.
    pub async fn create(&self, new: NewAccount) -> Result<Credentials, AccountError> {
        let (password, secret) = self.new_secrets();
        self.create_known(new, &password, secret.as_slice()).await
    }

    /// Makes an account whose password and secret somebody else chose: for a demonstration, where
    /// everybody knows them. The secret has at least 16 bytes; 20 are usual.
    ///
    /// # Errors
    ///
    /// As [`Gate::create`].
    pub async fn create_known(
        &self,
        new: NewAccount,
        password: &str,
        secret: &[u8],
    ) -> Result<Credentials, AccountError> {
        let NewAccount { name, full_name: given, role, authority, person } = new;
        let full_name = full_name(&given)?;
        if self.store.account(&name).await?.is_some() {
            return Err(AccountError::Exists);
        }
        let (hash, totp) = self.sealed(&name, password, secret).await?;
        let account = Account {
            name,
            full_name,
            role,
            authority,
            person,
            password: hash,
            totp,
            last_step: None,
            disabled: false,
            version: 0,
        };
        match self.store.save_account(&account).await {
            Err(SaveError::Conflict) => return Err(AccountError::Exists),
            saved => saved?,
        }
        let of = authority.map(|AuthorityId(id)| id);
        info!(account = %account.name, role = %role, authority = ?of, "an account was made");
        Ok(self.credentials(&account.name, password, secret))
    }

    /// Gives an account a new password and secret and ends its sessions. A disabled one stays so.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`], [`AccountError::Conflict`], and when a port fails.
    pub async fn reset(&self, name: &Actor) -> Result<Credentials, AccountError> {
        let account = self.known(name).await?;
        let (password, secret) = self.new_secrets();
        let (hash, totp) = self.sealed(name, &password, secret.as_slice()).await?;
        let account = Account { password: hash, totp, last_step: None, ..account };
        self.store.save_account(&account).await?;
        self.store.end_sessions_of(name).await?;
        let key = self.secrets.hash(&named(name.as_str())).await?;
        self.store.clear_failures(&key).await?;
        info!(account = %name, "an account got a new password and secret");
        Ok(self.credentials(name, &password, secret.as_slice()))
    }

    /// Keeps an account from signing in and ends its sessions. May be repeated.
    ///
    /// # Errors
    ///
    /// [`AccountError::Unknown`], [`AccountError::Conflict`], and when a port fails.
    pub async fn disable(&self, name: &Actor) -> Result<(), AccountError> {
        self.able(name, false).await?;
        self.store.end_sessions_of(name).await?;
        Ok(())
    }

    /// Lets a disabled account sign in again. May be repeated.
    ///
    /// # Errors
    ///
    /// As [`Gate::disable`].
    pub async fn enable(&self, name: &Actor) -> Result<(), AccountError> {
        self.able(name, true).await
    }

    async fn able(&self, name: &Actor, able: bool) -> Result<(), AccountError> {
        let account = self.known(name).await?;
        if account.disabled == able {
            self.store.save_account(&Account { disabled: !able, ..account }).await?;
            let what = if able { "enabled" } else { "disabled" };
            info!(account = %name, "an account was {what}");
        }
        Ok(())
    }

    async fn known(&self, name: &Actor) -> Result<Account, AccountError> {
        self.store.account(name).await?.ok_or(AccountError::Unknown)
    }

    fn new_secrets(&self) -> (Zeroizing<String>, Zeroizing<[u8; totp::SECRET_LEN]>) {
        let mut random = Zeroizing::new([0; 16]);
        (self.machine.random)(random.as_mut_slice());
        let mut secret = Zeroizing::new([0; totp::SECRET_LEN]);
        (self.machine.random)(secret.as_mut_slice());
        (password::generate(&random), secret)
    }

    async fn sealed(
        &self,
        name: &Actor,
        password: &str,
        secret: &[u8],
    ) -> Result<(PasswordHash, SealedSecret), AccountError> {
        let turn = self.turn().await.map_err(|_| AccountError::Hash)?;
        let hash = self.hashed(password, &turn).await.map_err(|_| AccountError::Hash)?;
        Ok((hash, self.secrets.seal(&context(name), secret).await?))
    }

    fn credentials(&self, name: &Actor, password: &str, secret: &[u8]) -> Credentials {
        Credentials {
            name: name.clone(),
            password: Zeroizing::new(password.to_owned()),
            secret: totp::base32(secret),
            uri: totp::uri(&self.terms.issuer, name.as_str(), secret),
        }
    }

    /// The account after its code was used; none when it changed meanwhile, which is how a second
    /// use of one code at the same time ends.
    async fn use_code(&self, account: Account, step: u64) -> Result<Option<Account>, Error> {
        let account = Account { last_step: Some(step), ..account };
        match self.store.save_account(&account).await {
            Ok(()) => Ok(Some(Account { version: account.version + 1, ..account })),
            Err(SaveError::Conflict) => Ok(None),
            Err(SaveError::Store(error)) => Err(error.into()),
        }
    }

    async fn counted(&self, name: &str, network: IpAddr) -> Result<Counted, Error> {
        let name = self.secrets.hash(&named(name)).await?;
        let network = self.secrets.hash(&net(network)).await?;
        Ok(Counted { name, network })
    }

    /// The failures for the name, and how long has to be waited for it or for the network.
    async fn failures(
        &self,
        counted: &Counted,
        now: Timestamp,
    ) -> Result<(u32, Option<Duration>), Error> {
        let since = now - self.terms.window;
        let longest = self.terms.longest_wait;
        let wait = |failures: Failures, free| throttle::wait(failures, free, longest, now);
        let of_name = self.store.failures(&counted.name, since).await?;
        let of_network = self.store.failures(&counted.network, since).await?;
        let waits = [
            wait(of_name, self.terms.name_failures),
            wait(of_network, self.terms.network_failures),
        ];
        Ok((of_name.count, waits.into_iter().flatten().max()))
    }

    async fn note_failure(&self, counted: &Counted, now: Timestamp) -> Result<(), Error> {
        self.store.add_failure(&counted.name, now).await?;
        self.store.add_failure(&counted.network, now).await?;
        Ok(())
    }

    fn new_token(&self) -> SessionToken {
        let mut random = Zeroizing::new([0; 32]);
        (self.machine.random)(random.as_mut_slice());
        SessionToken::new(&random)
    }

    async fn turn(&self) -> Result<Turn, Error> {
        let turn = Arc::clone(&self.hashing).acquire_owned().await;
        turn.map(Arc::new).map_err(|_| Error::Hash)
    }

    async fn decoy(&self, turn: &Turn) -> Result<&Decoy, Error> {
        self.decoy
            .get_or_try_init(|| async {
                let (password, secret) = self.new_secrets();
                let password = self.hashed(&password, turn).await?;
                let totp = self.secrets.seal(DECOY, secret.as_slice()).await?;
                Ok(Decoy { password, totp })
            })
            .await
    }

    async fn hashed(&self, password: &str, turn: &Turn) -> Result<PasswordHash, Error> {
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let mut salt = [0; 16];
        (self.machine.random)(&mut salt);
        blocking(turn, move || password::hash(&password, &salt)).await?.ok_or(Error::Hash)
    }

    async fn is_password(
        &self,
        password: &str,
        hash: PasswordHash,
        turn: &Turn,
    ) -> Result<bool, Error> {
        let fits = password.len() <= password::LONGEST;
        let given = if fits { password } else { "" };
        let given = Zeroizing::new(given.as_bytes().to_vec());
        Ok(blocking(turn, move || password::is(&given, &hash)).await? && fits)
    }
}

/// The right to hash. The hashing itself holds it too, because it goes on when its caller is gone.
type Turn = Arc<OwnedSemaphorePermit>;

async fn blocking<T: Send + 'static>(
    turn: &Turn,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let turn = Arc::clone(turn);
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    });
    done.await.map_err(|_| Error::Hash)
}

/// Where the secret of an account belongs. Never changes.
fn context(name: &Actor) -> Vec<u8> {
    [b"account.totp\0", name.as_str().as_bytes()].concat()
}

fn named(name: &str) -> Vec<u8> {
    [b"name\0", name.as_bytes()].concat()
}

fn net(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(address) => [b"network\0".as_slice(), &address.octets()].concat(),
        IpAddr::V6(address) => {
            let octets = address.octets();
            let (network, _) = octets.split_at(8);
            [b"network\0", network].concat()
        }
    }
}

const DECOY: &[u8] = b"account.decoy";

/// A session's last use is written at most so often.
const TOUCH: SignedDuration = SignedDuration::from_secs(60);

/// What is said to whom the line turns away.
const LINE_WAIT: Duration = Duration::from_secs(5);
