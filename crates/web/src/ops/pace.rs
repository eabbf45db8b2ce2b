//! How often one network may ask what anybody may ask: fast at first, then slower, then not.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lru::LruCache;
use tokio::time::Instant;

/// What one network may do in a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Budget {
    /// How many may come at once.
    pub burst: u32,
    /// The time in which one more is earned.
    pub each: Duration,
    /// The longest that one is held back; what would wait longer is refused.
    pub patience: Duration,
}

impl Default for Budget {
    /// 30 at once, then one every two seconds; held back up to six seconds.
    fn default() -> Self {
        Self { burst: 30, each: Duration::from_secs(2), patience: Duration::from_secs(6) }
    }
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Turn {
    /// It is answered after this time.
    After(Duration),
    /// It is not answered; after this time one is.
    Refused(Duration),
}

/// Keeps the networks apart and remembers how far ahead of its budget each is.
#[derive(Debug)]
pub(crate) struct Pace {
    budget: Budget,
    /// The instant at which a network has earned all that it took. The one that asked longest ago
    /// is forgotten first, so the map is bounded, and who asks often is not forgotten.
    ahead: Mutex<LruCache<IpAddr, Instant>>,
}

impl Pace {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { budget, ahead: Mutex::new(LruCache::new(NETWORKS)) }
    }

    /// Takes one from the budget of a network.
    pub(crate) fn take(&self, from: IpAddr, now: Instant) -> Turn {
        let free = self.budget.each * self.budget.burst;
        let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let from = network(from);
        let earned = ahead.get(&from).copied().unwrap_or(now).max(now) + self.budget.each;
        let over = (earned - now).saturating_sub(free);
        if over > self.budget.patience {
            return Turn::Refused(over.saturating_sub(self.budget.patience));
        }
        ahead.put(from, earned);
        Turn::After(over)
    }
}

/// One household or office: an IPv4 address, or the first 64 bits of an IPv6 one.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)).into(),
        four @ IpAddr::V4(_) => four,
    }
}

/// The networks that are remembered: about two megabytes.
const NETWORKS: NonZeroUsize = NonZeroUsize::new(16_384).expect("it is not zero");

/// Holds an answer back for as long as the budget says.
#[expect(clippy::disallowed_methods, reason = "slowing down whoever asks too often is the purpose")]
pub(crate) async fn hold(wait: Duration) {
    tokio::time::sleep(wait).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn pace() -> Pace {
        Pace::new(Budget {
            burst: 3,
            each: Duration::from_secs(2),
            patience: Duration::from_secs(4),
        })
    }

    #[test]
    fn a_burst_is_free_then_each_waits_longer_then_it_ends() {
        let (pace, now) = (pace(), Instant::now());
        let waits: Vec<_> = (0..7).map(|_| pace.take(HERE, now)).collect();
        let after = |seconds| Turn::After(Duration::from_secs(seconds));
        assert_eq!(waits[..5], [after(0), after(0), after(0), after(2), after(4)]);
        // Being refused costs nothing: whoever keeps asking is not shut out for ever.
        assert_eq!(waits[5..], [Turn::Refused(Duration::from_secs(2)); 2]);
    }

    #[test]
    fn time_gives_back_what_was_taken() {
        let (pace, now) = (pace(), Instant::now());
        for _ in 0..5 {
            pace.take(HERE, now);
        }
        let later = now + Duration::from_secs(10);
        assert_eq!(pace.take(HERE, later), Turn::After(Duration::ZERO));
    }

    #[test]
    fn networks_do_not_share_a_budget_and_addresses_of_one_do() {
        let (pace, now) = (pace(), Instant::now());
        for _ in 0..3 {
            pace.take("2001:db8::1".parse().unwrap(), now);
        }
        let same = pace.take("2001:db8::ffff:2".parse().unwrap(), now);
        assert_eq!(same, Turn::After(Duration::from_secs(2)));
        assert_eq!(pace.take("2001:db8:0:1::1".parse().unwrap(), now), Turn::After(Duration::ZERO));
        for _ in 0..3 {
            pace.take(HERE, now);
        }
        let mapped = pace.take("::ffff:127.0.0.1".parse().unwrap(), now);
        assert_eq!(mapped, Turn::After(Duration::from_secs(2)));
    }

    #[test]
    fn the_memory_for_networks_is_bounded() {
        let (pace, now) = (pace(), Instant::now());
        for number in 0..u32::try_from(NETWORKS.get()).unwrap() + 100 {
            pace.take(IpAddr::V4(number.into()), now);
        }
        assert_eq!(pace.ahead.lock().unwrap().len(), NETWORKS.get());
    }
}
