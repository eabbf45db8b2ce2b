//! Authorities, and people from staff lists.

use std::collections::{HashMap, HashSet};

use profile::{PersonalId, Staff};
use serde_json::json;
use wire::{AuthorityId, PersonId};

use super::{By, Error, Office, hex, photo_context, settle};
use crate::Refused;
use crate::authority::{Authority, DatedCode, FIRST_STATUS_SLOTS};
use crate::history::Draft;
use crate::person::{Details, Person};
use crate::photo::Portrait;
use crate::ports::{Domain, LookupHash, People};
use crate::view::{Change, Load};

/// An accepted row of a staff list.
#[derive(Clone, Debug)]
pub struct StaffEntry {
    /// What the list says.
    pub staff: Staff,
    /// The pictures; none leaves those that are known as they are.
    pub photo: Option<Photo>,
}

/// The pictures of one person, as intake prepared them.
#[derive(Clone, Debug)]
pub struct Photo {
    /// SHA-256 of the original file: the same file again is no change.
    pub original_sha256: [u8; 32],
    /// What was made of it.
    pub portrait: Portrait,
}

/// What to do with people whom the list describes differently.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OnChange {
    /// Leave them; the difference is a proposal.
    Propose,
    /// Take the list's word.
    Apply,
}

impl Office {
    /// The authority that bears this agency code, made if there is none. May be repeated; a
    /// different name is taken over.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], or [`Error::Busy`] when others keep changing it.
    pub async fn ensure_authority(
        &self,
        code: &str,
        name: &str,
        by: &By,
    ) -> Result<AuthorityId, Error> {
        settle!(self.try_ensure_authority(code, name, by))
    }

    async fn try_ensure_authority(
        &self,
        code: &str,
        name: &str,
        by: &By,
    ) -> Result<AuthorityId, Error> {
        let known = self.ports.store.authority_by_code(code).await?;
        let (action, authority) = match known {
            Some(known) if known.name == name => return Ok(known.id),
            Some(known) => ("authority.renamed", Authority { name: name.to_owned(), ..known }),
            None => {
                let id = AuthorityId(self.ports.ids.uuid());
                let codes =
                    vec![DatedCode { code: code.to_owned(), from: self.ports.clock.today() }];
                let name = name.to_owned();
                let status_slots = FIRST_STATUS_SLOTS;
                ("authority.added", Authority { id, version: 0, name, codes, status_slots })
            }
        };
        let id = authority.id;
        let mut change = self.changeset(id, by);
        change.history.push(self.draft(action, &json!({ "code": code, "name": name })));
        change.managing = Some(authority);
        self.commit(change).await?;
        Ok(id)
    }

    /// Takes accepted rows of a staff list into the registry, matched by personal id number.
    ///
    /// A row says something new, something known, or something else; loading the same twice
    /// changes nothing. Commits every 500 people: after a failure the rows before it stand, and
    /// loading again goes on. A long list is handed over in pieces, because the pictures of all
    /// `entries` are in memory.
    ///
    /// # Errors
    ///
    /// [`Refused::UnknownAuthority`]; [`Error`] of store, vault and photo store.
    pub async fn load(
        &self,
        authority: AuthorityId,
        entries: Vec<StaffEntry>,
        on_change: OnChange,
        by: &By,
    ) -> Result<Load, Error> {
        if self.ports.store.authority(authority).await?.is_none() {
            return Err(Refused::UnknownAuthority.into());
        }
        let mut load = Load::default();
        let mut seen = HashSet::with_capacity(entries.len());
        let mut piece = Vec::with_capacity(PIECE);
        for (place, entry) in entries.into_iter().enumerate() {
            let hash = self.personal_hash(&entry.staff.personal_id).await?;
            if seen.insert(hash) {
                piece.push((hash, entry));
            } else {
                load.repeated.push(place);
            }
            if piece.len() == PIECE {
                settle!(self.load_piece(authority, &piece, on_change, by, &mut load))?;
                piece.clear();
            }
        }
        settle!(self.load_piece(authority, &piece, on_change, by, &mut load))?;
        Ok(load)
    }

    /// Which of these personal id numbers the registry knows, in order.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] and [`Error::Keys`].
    pub async fn known(
        &self,
        authority: AuthorityId,
        numbers: &[PersonalId],
    ) -> Result<Vec<Option<PersonId>>, Error> {
        let mut hashes = Vec::with_capacity(numbers.len());
        for number in numbers {
            hashes.push(self.personal_hash(number).await?);
        }
        let mut known = HashMap::with_capacity(numbers.len());
        for piece in hashes.chunks(PIECE) {
            let people = self.ports.store.people(authority, People::PersonalIds(piece)).await?;
            known.extend(people.into_iter().map(|person| (person.personal_id, person.id)));
        }
        Ok(hashes.iter().map(|hash| known.get(hash).copied()).collect())
    }

    /// How staff records differ from what the registry knows of their people, in order, by names of
    /// fields: none where the registry does not know the person, or has erased the data; empty when
    /// loading would change nothing. Pictures are not compared. One query for 500 people.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn differences(
        &self,
        authority: AuthorityId,
        staff: &[&Staff],
    ) -> Result<Vec<Option<Vec<&'static str>>>, Error> {
        let mut all = Vec::with_capacity(staff.len());
        for piece in staff.chunks(PIECE) {
            let mut hashes = Vec::with_capacity(piece.len());
            for staff in piece {
                hashes.push(self.personal_hash(&staff.personal_id).await?);
            }
            let known = self.ports.store.people(authority, People::PersonalIds(&hashes)).await?;
            let known: HashMap<LookupHash, Person> = known
                .into_iter()
                .filter(|person| person.key.is_some())
                .map(|person| (person.personal_id, person))
                .collect();
            for (hash, staff) in hashes.iter().zip(piece) {
                let mut differences = None;
                if let Some(person) = known.get(hash) {
                    let before = self.open_details(person).await?;
                    let now = Details::of(staff, before.photo_sha256.clone());
                    differences = Some(before.differences(&now));
                }
                all.push(differences);
            }
        }
        Ok(all)
    }

    async fn personal_hash(&self, number: &PersonalId) -> Result<LookupHash, Error> {
        Ok(self.ports.keys.lookup(Domain::PersonalId, number.expose()).await?)
    }

    async fn load_piece(
        &self,
        authority: AuthorityId,
        piece: &[(LookupHash, StaffEntry)],
        on_change: OnChange,
        by: &By,
        load: &mut Load,
    ) -> Result<(), Error> {
        let hashes: Vec<LookupHash> = piece.iter().map(|(hash, _)| *hash).collect();
        let known = self.ports.store.people(authority, People::PersonalIds(&hashes)).await?;
        let mut known: HashMap<LookupHash, Person> =
            known.into_iter().map(|person| (person.personal_id, person)).collect();
        let mut change = self.changeset(authority, by);
        let mut blobs = Vec::new();
        let mut with_blob = Vec::new();
        let mut result = Load::default();
        for (hash, entry) in piece {
            let photo_sha256 = entry.photo.as_ref().map(|photo| hex(&photo.original_sha256));
            let mut details = Details::of(&entry.staff, photo_sha256);
            let (mut person, draft, fields) = match known.remove(hash) {
                None => {
                    let id = PersonId(self.ports.ids.uuid());
                    result.new.push(id);
                    let key = self.ports.keys.new_person_key().await?;
                    let person = Person {
                        authority,
                        id,
                        version: 0,
                        key: Some(key),
                        personal_id: *hash,
                        sealed: Vec::new(),
                        photo: None,
                    };
                    let draft = self.draft("person.added", &json!({}));
                    (person, draft, Vec::new())
                }
                Some(person) => {
                    let before = self.open_details(&person).await?;
                    if details.photo_sha256.is_none() {
                        details.photo_sha256.clone_from(&before.photo_sha256);
                    }
                    let fields = before.differences(&details);
                    if fields.is_empty() {
                        result.unchanged += 1;
                        continue;
                    }
                    let applied = on_change == OnChange::Apply;
                    let difference = Change { person: person.id, fields: fields.clone(), applied };
                    result.changed.push(difference);
                    if !applied {
                        continue;
                    }
                    let mut draft = self.draft("person.changed", &json!({ "fields": fields }));
                    draft.sealed = Some(person.sealed.clone());
                    (person, draft, fields)
                }
            };
            let key = person.key.clone().ok_or(Refused::Erased)?;
            person.sealed = self.seal_details(&key, person.id, &details).await?;
            if let Some(photo) = &entry.photo
                && (person.photo.is_none() || fields.contains(&"photo"))
            {
                let plain = zeroize::Zeroizing::new(photo.portrait.to_bytes());
                blobs.push(self.ports.keys.seal(&key, &photo_context(person.id), &plain).await?);
                with_blob.push(change.people.len());
            }
            change.history.push(Draft { person: Some(person.id), ..draft });
            change.people.push(person);
        }
        if !blobs.is_empty() {
            let names = self.ports.photos.put(authority, blobs).await?;
            for (place, name) in with_blob.into_iter().zip(names) {
                if let Some(person) = change.people.get_mut(place) {
                    person.photo = Some(name);
                }
            }
        }
        self.commit(change).await?;
        load.new.append(&mut result.new);
        load.unchanged += result.unchanged;
        load.changed.append(&mut result.changed);
        Ok(())
    }
}

/// People in one commit.
const PIECE: usize = 500;
