//! History: append-only, chained by hashes, one chain an authority.
//!
//! A row holds ids, field names and, where personal values matter, their ciphertext under the
//! person's key. The chain covers the ciphertext, so erasing a key leaves the chain whole.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use wire::{Actor, AuthorityId, CardId, EventId, PersonId, RequestId};

/// What a decision adds to history. The store gives it its place in the chain.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Draft {
    /// Identity.
    pub id: EventId,
    /// What happened, such as `card.locked`.
    pub action: &'static str,
    /// The person concerned.
    pub person: Option<PersonId>,
    /// The request concerned.
    pub request: Option<RequestId>,
    /// The card concerned.
    pub card: Option<CardId>,
    /// Facts without personal values, as JSON.
    pub detail: String,
    /// Personal values, sealed under the person's key.
    pub sealed: Option<Vec<u8>>,
}

/// A row of history in its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Row {
    /// Whose chain.
    pub authority: AuthorityId,
    /// Its number in the chain, from 1 without gaps.
    pub seq: i64,
    /// Hash of the row before; zeros for the first.
    pub prev: [u8; 32],
    /// Hash of this row.
    pub hash: [u8; 32],
    /// Identity.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What happened.
    pub action: String,
    /// The person concerned.
    pub person: Option<PersonId>,
    /// The request concerned.
    pub request: Option<RequestId>,
    /// The card concerned.
    pub card: Option<CardId>,
    /// Facts without personal values, as JSON.
    pub detail: String,
    /// Personal values, sealed under the person's key.
    pub sealed: Option<Vec<u8>>,
}

/// Every [`Row::action`] that this release writes, for a catalogue to prove itself complete.
pub const ACTIONS: [&str; 32] = [
    "authority.added",
    "authority.renamed",
    "person.added",
    "person.changed",
    "person.looked",
    "person.erased",
    "request.drafted",
    "request.submitted",
    "request.checked",
    "request.approved",
    "request.returned",
    "request.rejected",
    "request.queued",
    "request.production_begun",
    "request.requeued",
    "request.fulfilled",
    "request.cancelled",
    "card.begun",
    "card.claim_renewed",
    "card.claim_moved",
    "card.record_attached",
    "card.read_back",
    "card.spoilage",
    "card.unmakeable",
    "card.readied",
    "card.spoiled",
    "card.cancelled",
    "card.activated",
    "card.locked",
    "card.unlocked",
    "card.revoked",
    "card.expired",
];

/// The end of a chain.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Head {
    /// Number of the last row; 0 for an empty chain.
    pub seq: i64,
    /// Its hash; zeros for an empty chain.
    pub hash: [u8; 32],
}

/// The chain does not hold together.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Broken {
    /// A number is missing or comes twice.
    #[error("row {expected} of the history is missing")]
    Gap {
        /// The number that should have come.
        expected: i64,
    },
    /// A row does not follow the one before.
    #[error("row {seq} of the history does not follow the row before it")]
    Link {
        /// Its number.
        seq: i64,
    },
    /// A row was changed.
    #[error("row {seq} of the history was changed")]
    Row {
        /// Its number.
        seq: i64,
    },
    /// Rows at the end are gone, or there are more than were counted.
    #[error("the history should end at row {expected}")]
    Head {
        /// The number of the last row, as counted.
        expected: i64,
    },
}

impl Row {
    /// The row that `draft` becomes after `head`.
    pub fn after(
        head: &Head,
        draft: Draft,
        authority: AuthorityId,
        at: Timestamp,
        actor: Actor,
    ) -> Self {
        let mut row = Self {
            authority,
            seq: head.seq + 1,
            prev: head.hash,
            hash: [0; 32],
            id: draft.id,
            at,
            actor,
            action: draft.action.to_owned(),
            person: draft.person,
            request: draft.request,
            card: draft.card,
            detail: draft.detail,
            sealed: draft.sealed,
        };
        row.hash = row.computed_hash();
        row
    }

    /// The end of the chain once this row stands there.
    pub const fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }

    /// SHA-256 over a version label and every field but the hash itself.
    ///
    /// Fixed-size fields as they are, instants as microseconds (8 bytes, big-endian), ids as 16
    /// bytes after a byte that says whether there is one, texts and ciphertext after their length
    /// (8 bytes, big-endian).
    pub fn computed_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"congvu history 1\0");
        hash.update(self.authority.0.as_bytes());
        hash.update(self.seq.to_be_bytes());
        hash.update(self.prev);
        hash.update(self.id.0.as_bytes());
        hash.update(self.at.as_microsecond().to_be_bytes());
        text(&mut hash, self.actor.as_str().as_bytes());
        text(&mut hash, self.action.as_bytes());
        id(&mut hash, self.person.map(|person| person.0));
        id(&mut hash, self.request.map(|request| request.0));
        id(&mut hash, self.card.map(|card| card.0));
        text(&mut hash, self.detail.as_bytes());
        hash.update([u8::from(self.sealed.is_some())]);
        text(&mut hash, self.sealed.as_deref().unwrap_or_default());
        hash.finalize().into()
    }
}

fn id(hash: &mut Sha256, id: Option<Uuid>) {
    hash.update([u8::from(id.is_some())]);
    hash.update(id.unwrap_or_default().as_bytes());
}

fn text(hash: &mut Sha256, text: &[u8]) {
    hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(text);
}

/// Walks a chain from its beginning, page by page.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    head: Head,
}

impl Walk {
    /// Takes the next row.
    ///
    /// # Errors
    ///
    /// [`Broken`] names the first row that does not hold.
    pub fn step(&mut self, row: &Row) -> Result<(), Broken> {
        let expected = self.head.seq + 1;
        if row.seq != expected {
            return Err(Broken::Gap { expected });
        }
        if row.prev != self.head.hash {
            return Err(Broken::Link { seq: row.seq });
        }
        if row.hash != row.computed_hash() {
            return Err(Broken::Row { seq: row.seq });
        }
        self.head = row.head();
        Ok(())
    }

    /// Ends the walk where the chain is said to end.
    ///
    /// # Errors
    ///
    /// [`Broken::Head`] when it ends elsewhere.
    pub fn finish(self, head: &Head) -> Result<Head, Broken> {
        if self.head == *head { Ok(self.head) } else { Err(Broken::Head { expected: head.seq }) }
    }

    /// Where the walk stands.
    pub const fn head(&self) -> Head {
        self.head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(len: u128) -> Vec<Row> {
        let mut head = Head::default();
        (0..len)
            .map(|at| {
                let draft = Draft {
                    id: EventId(Uuid::from_u128(at)),
                    action: "card.locked",
                    person: None,
                    request: None,
                    card: Some(CardId(Uuid::from_u128(7))),
                    detail: "{}".to_owned(),
                    sealed: Some(vec![1, 2, 3]),
                };
                let actor = "officer".parse().unwrap();
                let authority = AuthorityId(Uuid::nil());
                let row = Row::after(&head, draft, authority, Timestamp::UNIX_EPOCH, actor);
                head = row.head();
                row
            })
            .collect()
    }

    fn walk(rows: &[Row], head: &Head) -> Result<Head, Broken> {
        let mut walk = Walk::default();
        for row in rows {
            walk.step(row)?;
        }
        walk.finish(head)
    }

    #[test]
    fn whole_chain_holds() {
        let rows = chain(5);
        let head = rows[4].head();
        assert_eq!(walk(&rows, &head), Ok(head));
    }

    #[test]
    fn changed_row_is_named() {
        let good = chain(5);
        let head = good[4].head();
        let changes: [fn(&mut Row); 8] = [
            |row| row.detail.push(' '),
            |row| row.sealed = None,
            |row| row.sealed = Some(vec![1, 2]),
            |row| row.actor = "other".parse().unwrap(),
            |row| row.card = None,
            |row| row.person = Some(PersonId(Uuid::nil())),
            |row| row.at = Timestamp::from_microsecond(1).unwrap(),
            |row| row.action = "card.unlocked".to_owned(),
        ];
        for change in changes {
            let mut rows = good.clone();
            change(&mut rows[2]);
            assert_eq!(walk(&rows, &head), Err(Broken::Row { seq: 3 }));
            rows[2].hash = rows[2].computed_hash();
            assert_eq!(walk(&rows, &head), Err(Broken::Link { seq: 4 }));
        }
    }

    #[test]
    fn missing_rows_are_noticed() {
        let good = chain(5);
        let head = good[4].head();
        let mut rows = good.clone();
        rows.remove(1);
        assert_eq!(walk(&rows, &head), Err(Broken::Gap { expected: 2 }));
        assert_eq!(walk(&good[..4], &head), Err(Broken::Head { expected: 5 }));
    }

    /// Frozen: a later release must compute the same hash for the rows of this one.
    #[test]
    fn hash_of_a_row_is_frozen() {
        let hash = chain(1)[0].hash.iter().fold(String::new(), |mut hex, byte| {
            std::fmt::Write::write_fmt(&mut hex, format_args!("{byte:02x}")).unwrap();
            hex
        });
        insta::assert_snapshot!(hash);
    }
}
