//! Sign-in and sessions over the store that ships.
#![expect(clippy::unwrap_used, reason = "helpers of tests stop at the first trouble, as tests do")]

use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::ports::StoredSession;
use access::{
    AccountError, Credentials, Denied, Gate, Machine, NewAccount, Role, SealedSecret, Secrets,
    SecretsError, Signed, Store, Terms, TokenHash, code_at,
};
use async_trait::async_trait;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use jiff::Timestamp;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use sha2::{Digest as _, Sha256};
use store::SqliteStore;
use wire::Actor;
use zeroize::Zeroizing;

const SECRET: &[u8; 20] = b"12345678901234567890";
const PASSWORD: &str = "mật khẩu thử";
const HOME: &str = "192.0.2.1";

/// A gate with the parts of it that tests turn.
struct Bench {
    gate: Gate,
    store: Arc<SqliteStore>,
    second: Arc<AtomicI64>,
}

impl Bench {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.second.load(Ordering::SeqCst)).unwrap()
    }

    fn forward(&self, seconds: i64) {
        self.second.fetch_add(seconds, Ordering::SeqCst);
    }

    fn code(&self) -> String {
        code_at(SECRET, self.now())
    }

    async fn enter(&self, name: &str, password: &str, code: &str) -> Result<Signed, Denied> {
        self.enter_from(name, password, code, HOME).await
    }

    async fn enter_from(
        &self,
        name: &str,
        password: &str,
        code: &str,
        network: &str,
    ) -> Result<Signed, Denied> {
        self.gate.sign_in(name, password, code, network.parse::<IpAddr>().unwrap()).await
    }

    /// Signs in with everything right, in a step of its own.
    async fn signed_in(&self, name: &str) -> Signed {
        self.forward(60);
        self.enter(name, PASSWORD, &self.code()).await.unwrap()
    }
}

async fn bench() -> Bench {
    bench_with(Terms::default()).await
}

async fn bench_with(terms: Terms) -> Bench {
    let store = Arc::new(SqliteStore::in_memory().await.unwrap());
    let second = Arc::new(AtomicI64::new(1_795_000_000));
    let gate = gate(&store, &second, terms);
    gate.create_known(new("hr.lan", Role::Hr), PASSWORD, SECRET).await.unwrap();
    Bench { gate, store, second }
}

fn gate(store: &Arc<SqliteStore>, second: &Arc<AtomicI64>, terms: Terms) -> Gate {
    let clock = Arc::clone(second);
    let random = Mutex::new(ChaCha20Rng::seed_from_u64(838));
    let machine = Machine {
        now: Box::new(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap()),
        random: Box::new(move |buffer| random.lock().unwrap().fill_bytes(buffer)),
    };
    let store = Arc::clone(store) as Arc<dyn Store>;
    Gate::new(store, Arc::new(TestSecrets), terms, machine)
}

fn new(name: &str, role: Role) -> NewAccount {
    NewAccount {
        name: actor(name),
        full_name: " Nguyễn Thị Lan ".to_owned(),
        role,
        authority: None,
        person: None,
    }
}

fn actor(name: &str) -> Actor {
    name.parse().unwrap()
}

fn is_wrong(denied: &Result<Signed, Denied>) -> bool {
    matches!(denied, Err(Denied::Wrong))
}

fn wait_s(denied: &Result<Signed, Denied>) -> Option<u64> {
    match denied {
        Err(Denied::TooMany { wait }) => Some(wait.as_secs()),
        _ => None,
    }
}

#[tokio::test]
async fn who_knows_password_and_code_comes_in_and_is_known_again() {
    let bench = bench().await;
    let signed = bench.enter(" HR.Lan ", PASSWORD, &bench.code()).await.unwrap();
    assert_eq!(signed.account.full_name, "Nguyễn Thị Lan");
    let session = bench.gate.session(signed.token.as_str()).await.unwrap().unwrap();
    assert_eq!(session.account, signed.account);
    assert_eq!(session.started, bench.now());
    assert_eq!(session.idle_until.duration_since(session.started).as_mins(), 30);
    assert_eq!(session.ends.duration_since(session.started).as_hours(), 10);
}

#[tokio::test]
async fn every_wrong_part_gives_the_same_answer() {
    let bench = bench().await;
    let right = bench.code();
    let long = "x".repeat(1 << 20);
    let wrong = [
        ("hr.lan", "wrong", right.as_str()),
        ("hr.lan", PASSWORD, "000000"),
        ("hr.lan", PASSWORD, ""),
        ("hr.lan", "", &right),
        ("nobody", PASSWORD, &right),
        ("không phải tên", PASSWORD, &right),
        ("", "", ""),
        ("hr.lan", &long, &right),
        (&long, PASSWORD, &right),
    ];
    let mut answers = Vec::new();
    for (number, (name, password, code)) in wrong.into_iter().enumerate() {
        let network = format!("198.51.100.{number}");
        let denied = bench.enter_from(name, password, code, &network).await;
        assert!(is_wrong(&denied), "{number}: {denied:?}");
        answers.push(denied.unwrap_err().to_string());
        bench
            .store
            .clear_failures(&TestSecrets.hash(b"name\0hr.lan").await.unwrap())
            .await
            .unwrap();
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert!(bench.enter("hr.lan", PASSWORD, &right).await.is_ok());
}

#[tokio::test]
async fn a_name_that_nobody_bears_is_slowed_down_like_one_that_somebody_does() {
    let bench = bench().await;
    let mut waits = Vec::new();
    for name in ["hr.lan", "nobody", "không phải tên"] {
        let mut seen = Vec::new();
        for number in 0..8 {
            let network = format!("198.51.100.{number}");
            let denied = bench.enter_from(name, "wrong", "000000", &network).await;
            seen.push(wait_s(&denied));
        }
        waits.push(seen);
    }
    let expected = [None, None, None, None, None, Some(2), Some(2), Some(2)];
    assert!(waits.iter().all(|seen| seen == &expected), "{waits:?}");
}

#[tokio::test]
async fn waits_grow_to_five_minutes_and_what_is_not_looked_at_does_not_count() {
    let bench = bench_with(Terms { network_failures: 1000, ..Terms::default() }).await;
    let mut waits = Vec::new();
    for _ in 0..200 {
        let denied = bench.enter("hr.lan", "wrong", "000000").await;
        match wait_s(&denied) {
            Some(wait) => {
                waits.push(wait);
                bench.forward(i64::try_from(wait).unwrap());
            }
            None => assert!(is_wrong(&denied), "{denied:?}"),
        }
        if waits.len() == 8 {
            break;
        }
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256]);
}

#[tokio::test]
async fn the_right_password_does_not_end_the_wait() {
    let bench = bench().await;
    for _ in 0..5 {
        assert!(is_wrong(&bench.enter("hr.lan", "wrong", "000000").await));
    }
    let early = bench.enter("hr.lan", PASSWORD, &bench.code()).await;
    assert_eq!(wait_s(&early), Some(2));
    bench.forward(2);
    assert!(bench.enter("hr.lan", PASSWORD, &bench.code()).await.is_ok());
}

#[tokio::test]
async fn success_clears_the_failures_of_the_name() {
    let bench = bench().await;
    for _ in 0..4 {
        assert!(is_wrong(&bench.enter("hr.lan", "wrong", "000000").await));
    }
    bench.signed_in("hr.lan").await;
    for _ in 0..5 {
        assert!(is_wrong(&bench.enter("hr.lan", "wrong", "000000").await));
    }
}

#[tokio::test]
async fn failures_are_forgotten_after_their_window() {
    let bench = bench().await;
    for _ in 0..5 {
        assert!(is_wrong(&bench.enter("hr.lan", "wrong", "000000").await));
    }
    assert!(wait_s(&bench.enter("hr.lan", "wrong", "000000").await).is_some());
    bench.forward(15 * 60 + 1);
    bench.gate.sweep().await.unwrap();
    for _ in 0..5 {
        assert!(is_wrong(&bench.enter("hr.lan", "wrong", "000000").await));
    }
}

#[tokio::test]
async fn one_network_that_tries_many_names_is_slowed_down_and_success_does_not_help_it() {
    let terms = Terms { network_failures: 3, ..Terms::default() };
    let bench = bench_with(terms).await;
    for name in ["a", "b", "c"] {
        // One network of IPv6: 64 bits.
        let address = format!("2001:db8:0:1::{name}");
        assert!(bench.enter_from("hr.lan", PASSWORD, &bench.code(), &address).await.is_ok());
        assert!(is_wrong(&bench.enter_from(name, "x", "0", &address).await));
        bench.forward(60);
    }
    bench.forward(-58);
    let slowed = bench.enter_from("hr.lan", PASSWORD, "", "2001:db8:0:1:ffff::1").await;
    assert_eq!(wait_s(&slowed), None, "the wait since the last failure is over");
    let slowed = bench.enter_from("d", "x", "0", "2001:db8:0:1:ffff::1").await;
    assert_eq!(wait_s(&slowed), Some(4));
    assert!(is_wrong(&bench.enter_from("d", "x", "0", "2001:db8:0:2::1").await));
    let mapped = bench.enter_from("e", "x", "0", "::ffff:192.0.2.7").await;
    assert!(is_wrong(&mapped));
}

#[tokio::test]
async fn a_code_is_accepted_once_and_none_before_it_afterwards() {
    let bench = bench().await;
    let before = bench.code();
    bench.forward(30);
    let code = bench.code();
    assert!(bench.enter("hr.lan", PASSWORD, &code).await.is_ok());
    assert!(is_wrong(&bench.enter("hr.lan", PASSWORD, &code).await));
    assert!(is_wrong(&bench.enter("hr.lan", PASSWORD, &before).await));
    bench.forward(30);
    assert!(is_wrong(&bench.enter("hr.lan", PASSWORD, &code).await));
    assert!(bench.enter("hr.lan", PASSWORD, &bench.code()).await.is_ok());
}

#[tokio::test]
async fn of_many_sign_ins_at_once_with_one_code_one_comes_in() {
    let terms = Terms { name_failures: 1000, network_failures: 1000, ..Terms::default() };
    let bench = Arc::new(bench_with(terms).await);
    let code = bench.code();
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (bench, code) = (Arc::clone(&bench), code.clone());
        tries.spawn(async move { bench.enter("hr.lan", PASSWORD, &code).await.is_ok() });
    }
    let came_in = tries.join_all().await.into_iter().filter(|came_in| *came_in).count();
    assert_eq!(came_in, 1);
}

#[tokio::test]
async fn guesses_at_once_do_not_overtake_the_count() {
    let bench = Arc::new(bench().await);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let bench = Arc::clone(&bench);
        tries.spawn(async move { is_wrong(&bench.enter("hr.lan", "wrong", "000000").await) });
    }
    let looked_at = tries.join_all().await.into_iter().filter(|wrong| *wrong).count();
    // Two are hashed at once: one may be under way while the other is counted.
    assert!((5..=6).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn whom_the_line_has_no_room_for_is_told_to_come_back() {
    let terms = Terms {
        in_line: 2,
        at_once: 1,
        name_failures: 1000,
        network_failures: 1000,
        ..Terms::default()
    };
    let bench = Arc::new(bench_with(terms).await);
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let bench = Arc::clone(&bench);
        tries.spawn(async move { wait_s(&bench.enter("hr.lan", "wrong", "000000").await) });
    }
    let answers = tries.join_all().await;
    assert!(answers.iter().filter(|wait| **wait == Some(5)).count() >= 10, "{answers:?}");
    assert!(answers.iter().filter(|wait| wait.is_none()).count() >= 3, "{answers:?}");
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle() {
    let bench = bench().await;
    let signed = bench.signed_in("hr.lan").await;
    for _ in 0..3 {
        bench.forward(29 * 60);
        assert!(bench.gate.session(signed.token.as_str()).await.unwrap().is_some());
    }
    bench.forward(30 * 60);
    assert!(bench.gate.session(signed.token.as_str()).await.unwrap().is_none());
    bench.forward(-60);
    assert!(bench.gate.session(signed.token.as_str()).await.unwrap().is_none(), "it is gone");
}

#[tokio::test]
async fn a_session_ends_after_ten_hours_however_busy() {
    let bench = bench().await;
    let signed = bench.signed_in("hr.lan").await;
    let mut used = 0;
    for _ in 0..100 {
        bench.forward(20 * 60);
        let Some(session) = bench.gate.session(signed.token.as_str()).await.unwrap() else { break };
        assert!(session.idle_until <= session.ends);
        used += 1;
    }
    assert_eq!(used, 29, "twenty minutes apart, the thirtieth is too late");
}

#[tokio::test]
async fn use_is_written_at_most_once_a_minute() {
    let bench = bench().await;
    let signed = bench.signed_in("hr.lan").await;
    let started = bench.now();
    let hash = TokenHash::of(signed.token.as_str()).unwrap();
    let mut seen = Vec::new();
    for _ in 0..4 {
        bench.forward(40);
        bench.gate.session(signed.token.as_str()).await.unwrap().unwrap();
        let stored = Store::session(&*bench.store, &hash).await.unwrap().unwrap();
        seen.push(stored.seen.duration_since(started).as_secs());
    }
    assert_eq!(seen, [0, 80, 80, 160]);
}

#[tokio::test]
async fn signing_out_ends_this_session_and_no_other() {
    let bench = bench().await;
    let (one, two) = (bench.signed_in("hr.lan").await, bench.signed_in("hr.lan").await);
    for _ in 0..2 {
        bench.gate.sign_out(one.token.as_str()).await.unwrap();
    }
    bench.gate.sign_out("not a token").await.unwrap();
    assert!(bench.gate.session(one.token.as_str()).await.unwrap().is_none());
    assert!(bench.gate.session(two.token.as_str()).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_no_token_is_nobody() {
    let bench = bench().await;
    let anonymous = bench.gate.anonymous();
    for token in ["", "x", anonymous.as_str()] {
        assert!(bench.gate.session(token).await.unwrap().is_none());
    }
    assert_ne!(anonymous.as_str(), bench.gate.anonymous().as_str());
}

#[tokio::test]
async fn the_token_is_kept_nowhere() {
    let bench = bench().await;
    let signed = bench.signed_in("hr.lan").await;
    let hash = TokenHash::of(signed.token.as_str()).unwrap();
    let StoredSession { token, .. } = Store::session(&*bench.store, &hash).await.unwrap().unwrap();
    assert_eq!(token, hash);
    let shown = format!("{signed:?} {:?}", bench.gate);
    assert!(!shown.contains(signed.token.as_str()), "{shown}");
    assert!(!shown.contains("argon2"), "{shown}");
}

#[tokio::test]
async fn a_session_outlives_a_restart() {
    let bench = bench().await;
    let signed = bench.signed_in("hr.lan").await;
    let again = gate(&bench.store, &bench.second, Terms::default());
    assert!(again.session(signed.token.as_str()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_its_refusal_looks_like_any_other() {
    let bench = bench().await;
    let signed = bench.signed_in("hr.lan").await;
    for _ in 0..2 {
        bench.gate.disable(&actor("hr.lan")).await.unwrap();
    }
    assert!(bench.gate.session(signed.token.as_str()).await.unwrap().is_none());
    bench.forward(60);
    assert!(is_wrong(&bench.enter("hr.lan", PASSWORD, &bench.code()).await));
    bench.gate.enable(&actor("hr.lan")).await.unwrap();
    bench.signed_in("hr.lan").await;
}

#[tokio::test]
async fn a_reset_ends_sessions_and_the_old_password_and_the_waiting() {
    let bench = bench().await;
    let signed = bench.signed_in("hr.lan").await;
    for _ in 0..5 {
        assert!(is_wrong(&bench.enter("hr.lan", "wrong", "000000").await));
    }
    let made = bench.gate.reset(&actor("hr.lan")).await.unwrap();
    assert!(bench.gate.session(signed.token.as_str()).await.unwrap().is_none());
    bench.forward(60);
    assert!(is_wrong(&bench.enter("hr.lan", PASSWORD, &bench.code()).await));
    let code = code_at(&secret_of(&made), bench.now());
    assert!(bench.enter("hr.lan", &made.password, &code).await.is_ok());
}

/// The secret as an authenticator would read it from the address.
fn secret_of(made: &Credentials) -> Vec<u8> {
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for letter in made.secret.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|l| *l == letter).unwrap();
        bits = bits << 5 | u32::try_from(value).unwrap();
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 0xFF).unwrap());
        }
    }
    out
}

#[tokio::test]
async fn a_new_account_comes_in_with_what_it_was_given() {
    let bench = bench().await;
    let made = bench.gate.create(new("bao-ve.01", Role::Guard)).await.unwrap();
    let code = code_at(&secret_of(&made), bench.now());
    let signed = bench.enter("bao-ve.01", &made.password, &code).await.unwrap();
    assert_eq!(signed.account.role, Role::Guard);
    assert!(made.uri.starts_with("otpauth://totp/congvu:bao-ve.01?secret="), "{}", *made.uri);
    assert!(made.uri.contains(made.secret.as_str()));
    let shown = format!("{made:?}");
    assert!(!shown.contains(made.password.as_str()) && !shown.contains(made.secret.as_str()));
    let other = bench.gate.create(new("bao-ve.02", Role::Guard)).await.unwrap();
    assert_ne!(made.password, other.password);
    assert_ne!(made.secret, other.secret);
    let names: Vec<_> = bench.gate.accounts().await.unwrap();
    let names: Vec<_> = names.iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["bao-ve.01", "bao-ve.02", "hr.lan"]);
}

#[tokio::test]
async fn an_account_that_cannot_be_made_or_changed_says_why() {
    let bench = bench().await;
    let taken = bench.gate.create(new("hr.lan", Role::Guard)).await;
    assert!(matches!(taken, Err(AccountError::Exists)), "{taken:?}");
    for full_name in ["", "  ", "a\nb", &"ă".repeat(101)] {
        let named = NewAccount { full_name: full_name.to_owned(), ..new("x", Role::Hr) };
        let refused = bench.gate.create(named).await;
        assert!(matches!(refused, Err(AccountError::FullName)), "{full_name:?}: {refused:?}");
    }
    let nobody = actor("nobody");
    assert!(matches!(bench.gate.reset(&nobody).await, Err(AccountError::Unknown)));
    assert!(matches!(bench.gate.disable(&nobody).await, Err(AccountError::Unknown)));
    assert!(matches!(bench.gate.enable(&nobody).await, Err(AccountError::Unknown)));
}

#[tokio::test]
async fn a_store_that_fails_lets_nobody_in() {
    let bench = bench().await;
    let signed = bench.signed_in("hr.lan").await;
    bench.forward(60);
    bench.store.close().await;
    let denied = bench.enter("hr.lan", PASSWORD, &bench.code()).await;
    assert!(matches!(denied, Err(Denied::Unavailable(_))), "{denied:?}");
    assert!(bench.gate.session(signed.token.as_str()).await.is_err());
    let made = bench.gate.create(new("x", Role::Hr)).await;
    assert!(matches!(made, Err(AccountError::Store(_))), "{made:?}");
}

#[tokio::test]
async fn a_secret_moved_to_another_account_does_not_open() {
    let bench = bench().await;
    bench
        .gate
        .create_known(new("thief", Role::Guard), PASSWORD, b"a secret of the thief")
        .await
        .unwrap();
    let thief = bench.store.account(&actor("thief")).await.unwrap().unwrap();
    let victim = bench.store.account(&actor("hr.lan")).await.unwrap().unwrap();
    let moved = access::Account { totp: thief.totp, ..victim };
    bench.store.save_account(&moved).await.unwrap();
    let denied = bench.enter("hr.lan", PASSWORD, &bench.code()).await;
    assert!(matches!(denied, Err(Denied::Unavailable(_))), "{denied:?}");
}

/// An unknown name has to cost a hash, or the time tells that nobody bears it. A hash takes tens of
/// milliseconds and everything else a few, so a factor of three leaves room for a busy machine.
#[tokio::test]
async fn refusing_a_name_that_nobody_bears_takes_as_long() {
    let terms = Terms { name_failures: 1000, network_failures: 1000, ..Terms::default() };
    let bench = bench_with(terms).await;
    let mut fastest = Vec::new();
    for name in ["hr.lan", "nobody", "không phải tên"] {
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let began = std::time::Instant::now();
            assert!(is_wrong(&bench.enter(name, "wrong", "000000").await));
            best = best.min(began.elapsed());
        }
        fastest.push(best);
    }
    let (least, most) = (fastest.iter().min().unwrap(), fastest.iter().max().unwrap());
    assert!(*most < *least * 3, "{fastest:?}");
}

#[test]
fn the_log_names_accounts_but_nothing_that_was_typed() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (typed_password, typed_code) = ("h0i-kín-đáo", "424242");
    tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let bench = bench().await;
            assert!(is_wrong(&bench.enter("m4tkhau-vao-o-ten", typed_password, typed_code).await));
            assert!(is_wrong(&bench.enter("hr.lan", typed_password, typed_code).await));
            let signed = bench.signed_in("hr.lan").await;
            bench.gate.sign_out(signed.token.as_str()).await.unwrap();
            let made = bench.gate.reset(&actor("hr.lan")).await.unwrap();
            let text = log.text();
            let token = signed.token.as_str();
            for secret in [token, made.password.as_str(), made.secret.as_str(), PASSWORD] {
                assert!(!text.contains(secret), "{text}");
            }
        });
    });
    let text = log.text();
    for typed in ["m4tkhau-vao-o-ten", typed_password, typed_code] {
        assert!(!text.contains(typed), "{text}");
    }
    for said in [
        "a sign-in was denied: no such account failures=1",
        "a sign-in was denied account=hr.lan failures=1",
        "signed in account=hr.lan role=hr",
        "signed out account=hr.lan",
        "an account got a new password and secret account=hr.lan",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Secrets under one fixed key; the nonce is a hash of what is sealed.
struct TestSecrets;

impl TestSecrets {
    fn cipher() -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new_from_slice(&[9; 32]).unwrap()
    }
}

#[async_trait]
impl Secrets for TestSecrets {
    async fn seal(&self, aad: &[u8], msg: &[u8]) -> Result<SealedSecret, SecretsError> {
        let digest: [u8; 32] = Sha256::digest([aad, msg].concat()).into();
        let key = digest.first_chunk::<24>().unwrap();
        let payload = Payload { msg, aad };
        let sealed = Self::cipher().encrypt(&XNonce::from(*key), payload).unwrap();
        Ok(SealedSecret { key: key.to_vec(), sealed })
    }

    async fn open(
        &self,
        aad: &[u8],
        secret: &SealedSecret,
    ) -> Result<Zeroizing<Vec<u8>>, SecretsError> {
        let nonce = <[u8; 24]>::try_from(secret.key.as_slice()).unwrap();
        let payload = Payload { msg: &secret.sealed, aad };
        let opened = Self::cipher().decrypt(&XNonce::from(nonce), payload);
        opened.map(Zeroizing::new).map_err(|_| SecretsError::DoesNotOpen)
    }

    async fn hash(&self, value: &[u8]) -> Result<[u8; 32], SecretsError> {
        Ok(Sha256::digest(["test key".as_bytes(), value].concat()).into())
    }
}
