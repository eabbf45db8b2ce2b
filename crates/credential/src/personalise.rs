//! Makes a blank into a card, and goes on where it was cut off.
//!
//! The order is chosen so that the chip itself tells how far it got, whatever was lost around it:
//!
//! 1. the PICC master key becomes the card's own. From here on nobody else can open the chip;
//! 2. the application is made with its keys, files, record and photo;
//! 3. the application's master key becomes the card's own, last of all: it marks the content as
//!    complete;
//! 4. everything is read back with the check key.
//!
//! An attempt that finds step 1 done and step 3 not done formats the chip, which alone gives memory
//! back, and builds again. One that finds step 3 done reads back and is done. A chip that opens with
//! a factory key but is not empty is refused and never formatted.
//!
//! The journal is told before each of the steps 1 to 3 and once at the end: four durable writes a
//! card.

use desfire::{
    AesKey, Aid, Authenticated, Card, DesKey, Error, Failed, Key, KeyNo, KeyType, Link,
    NewApplication, Refused, Status, ev2,
};

use crate::map::LOCKED;
use crate::slot::framed;
use crate::{
    Chip, Content, KeyRole, Map, Plan, Random, ReadBack, ReadBackError, Unfit, VersionedKey,
    challenge, plan, read_back,
};

/// What is about to happen to a chip. Names keys by their versions only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// The PICC master key changes.
    PiccKey {
        /// The key that opens the chip now.
        from: FoundKey,
        /// Version of the key that it gets.
        to: u8,
    },
    /// The application is built, after formatting the chip where an earlier attempt left a part.
    Build {
        /// Whether the chip is formatted first.
        format: bool,
        /// Versions of the keys that the application gets, by number from 1, each from factory 0.
        key_versions: Vec<u8>,
    },
    /// The application's master key changes, which marks the card as complete.
    AppMaster {
        /// Version of the key that the application has now.
        from: u8,
        /// Version of the key that it gets.
        to: u8,
    },
}

/// The key that opens a chip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FoundKey {
    /// DES, all zeros.
    FactoryDes,
    /// AES, all zeros.
    FactoryAes,
    /// The card's own.
    Own,
}

/// Where a station writes down what it is about to do, before it does it.
pub trait Journal {
    /// Why something could not be written down.
    type Error: core::error::Error + Send + Sync + 'static;

    /// Makes `step` durable. The step is carried out only after this returned.
    ///
    /// # Errors
    ///
    /// When it is not durable; the attempt then ends with the step not begun.
    fn before(&mut self, step: &Step) -> Result<(), Self::Error>;

    /// Hears that writing is over and the card is now read back. Nothing to make durable.
    fn reading_back(&mut self) {}

    /// Makes durable that the card is complete and was read back.
    ///
    /// # Errors
    ///
    /// When it is not durable; the next attempt finds the card complete.
    fn done(&mut self, made: &Made) -> Result<(), Self::Error>;
}

/// A card that is complete and was read back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Made {
    /// What is on it.
    pub plan: Plan,
    /// What the read-back saw.
    pub read_back: ReadBack,
    /// APDUs of this attempt, reading back included.
    pub exchanges: u32,
}

/// Why a chip is given up.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Spoilage {
    /// Neither a factory key nor the card's own opens it.
    #[error("no known key opens the chip")]
    KeysUnknown,
    /// It holds something that this job did not put there, or a finished card.
    #[error("the chip is not blank")]
    NotBlank,
    /// It refused a write that it had to take.
    #[error("the chip refused a write: {}", .0)]
    WriteRefused(Refused),
    /// What was read back is not what was written.
    #[error("what was read back is not what was written")]
    ReadBackDiffers,
}

/// Why nothing was written although the chip is sound.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The chip cannot hold this card.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The content was made for another chip.
    #[error("the content was made for another chip")]
    OtherChip,
    /// The content has another number of keys than the map.
    #[error("the content has another number of keys than the chip map")]
    Keys,
    /// The content has a photo that this chip will not hold; the record would promise it.
    #[error("the content has a photo that this chip has no room for")]
    Photo,
}

/// How an attempt ended without a card.
#[derive(Debug, thiserror::Error)]
pub enum PersonaliseError<L: core::error::Error + 'static, J: core::error::Error + 'static> {
    /// Cut off; try again with the same content.
    #[error("cut off before the card was complete")]
    Interrupted(#[source] Error<L>),
    /// The chip is given up.
    #[error("the chip is spoiled")]
    Spoiled(#[source] Spoilage),
    /// Nothing was written; this chip and this content do not go together.
    #[error("chip and content do not go together")]
    Refused(#[source] Refusal),
    /// The step could not be written down, so it was not begun.
    #[error("the journal could not be written")]
    Journal(#[source] J),
}

impl<L: core::error::Error + 'static, J: core::error::Error + 'static> From<Spoilage>
    for PersonaliseError<L, J>
{
    fn from(spoilage: Spoilage) -> Self {
        Self::Spoiled(spoilage)
    }
}

impl<L: core::error::Error + 'static, J: core::error::Error + 'static> PersonaliseError<L, J> {
    /// After the card has shown that it takes our commands, a refusal is the chip's fault.
    fn writing(error: Error<L>) -> Self {
        match error {
            Error::Refused(refused) if refused.status != Status::AUTHENTICATION_DELAY => {
                Self::Spoiled(Spoilage::WriteRefused(refused))
            }
            other => Self::Interrupted(other),
        }
    }
}

/// Makes the chip on `link` into the card that `content` describes, or finds that it is that card.
///
/// May be repeated with the same content after any interruption.
///
/// # Errors
///
/// [`PersonaliseError`].
pub fn personalise<L: Link, J: Journal>(
    link: &mut L,
    map: &Map,
    content: &Content,
    journal: &mut J,
    random: Random<'_>,
) -> Result<Made, PersonaliseError<L::Error, J::Error>> {
    let mut counted = Counted { link, exchanges: 0 };
    let link = &mut counted;
    let mut card = Card::new(&mut *link);
    let (plan, storage_bytes) = suits(&mut card, map, content)?;
    let mut work = Work { map, content, storage_bytes, journal, random };
    let found = work.find_key(card)?;
    let complete = work.open(link, found)?;
    if !complete {
        work.app_master(link)?;
    }
    work.journal.reading_back();
    let read_back = match read_back(link, map, content, work.random) {
        Ok(read_back) => read_back,
        Err(ReadBackError::Card(error)) if error.refusal().is_none() => {
            return Err(PersonaliseError::Interrupted(error));
        }
        // A complete card with other content was not made by this job.
        Err(_) if complete => return Err(Spoilage::NotBlank.into()),
        Err(_) => return Err(Spoilage::ReadBackDiffers.into()),
    };
    let made = Made { plan, read_back, exchanges: counted.exchanges };
    journal.done(&made).map_err(PersonaliseError::Journal)?;
    Ok(made)
}

/// Counts the exchanges of all parts of an attempt.
struct Counted<'l, L> {
    link: &'l mut L,
    exchanges: u32,
}

impl<L: Link> Link for Counted<'_, L> {
    type Error = L::Error;

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, L::Error> {
        self.exchanges = self.exchanges.saturating_add(1);
        self.link.transmit(command)
    }
}

/// Whether chip and content go together; changes nothing. Selects the PICC level first, which ends
/// whatever session a cut-off attempt has left on the chip.
fn suits<L: Link, J: core::error::Error + 'static>(
    card: &mut Card<L>,
    map: &Map,
    content: &Content,
) -> Result<(Plan, u32), PersonaliseError<L::Error, J>> {
    card.select(Aid::PICC).map_err(PersonaliseError::Interrupted)?;
    let version = card.version().map_err(PersonaliseError::Interrupted)?;
    let chip = Chip {
        uid: version.uid,
        generation: version.generation(),
        storage_bytes: version.storage_bytes(),
        free_bytes: None,
    };
    let photo = content.photo.as_ref().map(Vec::len);
    let plan = plan(&chip, map, content.record.len(), photo)
        .map_err(|unfit| PersonaliseError::Refused(unfit.into()))?;
    let refusal = if chip.uid != Some(content.uid) {
        Refusal::OtherChip
    } else if content.keys.app.len() != map.roles.len() {
        Refusal::Keys
    } else if photo != plan.photo_bytes {
        Refusal::Photo
    } else {
        return Ok((plan, chip.storage_bytes));
    };
    Err(PersonaliseError::Refused(refusal))
}

type Session<'l, L> = Authenticated<&'l mut L, ev2::Session>;
type Outcome<T, L, J> = Result<T, PersonaliseError<<L as Link>::Error, <J as Journal>::Error>>;

struct Work<'w, J> {
    map: &'w Map,
    content: &'w Content,
    storage_bytes: u32,
    journal: &'w mut J,
    random: Random<'w>,
}

impl<J: Journal> Work<'_, J> {
    /// Opens the chip and builds the application. True when the card is complete already.
    fn open<L: Link>(&mut self, link: &mut L, found: FoundKey) -> Outcome<bool, L, J> {
        if found == FoundKey::Own {
            let picc = self.picc(link)?;
            let (picc, aids) = picc.application_ids().map_err(writing)?;
            drop(picc);
            if aids.iter().any(|aid| *aid != self.map.aid) {
                return Err(Spoilage::NotBlank.into());
            }
            if !aids.is_empty() && self.is_complete(link)? {
                return Ok(true);
            }
            return self.build(link, !aids.is_empty()).map(|()| false);
        }
        self.journal_step(&Step::PiccKey { from: found, to: self.content.keys.picc.version })?;
        self.take_over(link, found)?;
        self.build(link, false).map(|()| false)
    }

    /// Finds out which key opens the PICC level, and that a chip with a factory key is empty.
    fn find_key<L: Link>(&mut self, mut card: Card<L>) -> Outcome<FoundKey, L, J> {
        // Where listing is free the settings tell the key's type; a card of ours hides them.
        let order = match card.key_settings() {
            Ok(level) if level.settings.key_type == KeyType::Aes => {
                [FoundKey::FactoryAes, FoundKey::Own, FoundKey::FactoryDes]
            }
            Ok(_) => [FoundKey::FactoryDes, FoundKey::Own, FoundKey::FactoryAes],
            Err(Error::Refused(_)) => [FoundKey::Own, FoundKey::FactoryAes, FoundKey::FactoryDes],
            Err(error) => return Err(PersonaliseError::Interrupted(error)),
        };
        for key in order {
            let random = challenge(self.random);
            // A blank lists its applications under its factory key; ours is listed later.
            let listed = match key {
                FoundKey::Own => {
                    let own = &self.content.keys.picc.key;
                    card.authenticate_ev2(MASTER, own, random).map(|_| Vec::new())
                }
                FoundKey::FactoryAes => card
                    .authenticate_ev2(MASTER, &AesKey::FACTORY, random)
                    .and_then(Authenticated::application_ids)
                    .map(|(_, aids)| aids),
                FoundKey::FactoryDes => card
                    .authenticate_des(MASTER, &DesKey::FACTORY, half(random))
                    .and_then(Authenticated::application_ids)
                    .map(|(_, aids)| aids),
            };
            match listed {
                Ok(aids) if aids.is_empty() => return Ok(key),
                Ok(_) => return Err(Spoilage::NotBlank.into()),
                Err(Failed { card: back, error: Error::Refused(refused) })
                    if refused.status != Status::AUTHENTICATION_DELAY =>
                {
                    card = back;
                }
                Err(failed) => return Err(PersonaliseError::Interrupted(failed.error)),
            }
        }
        Err(Spoilage::KeysUnknown.into())
    }

    /// Changes the PICC master key from a factory key to the card's own.
    fn take_over<L: Link>(&mut self, link: &mut L, found: FoundKey) -> Outcome<(), L, J> {
        let new = self.content.keys.picc.to_new();
        let mut card = Card::new(link);
        card.select(Aid::PICC).map_err(writing_error)?;
        let random = challenge(self.random);
        if found == FoundKey::FactoryDes {
            let card = card.authenticate_des(MASTER, &DesKey::FACTORY, half(random));
            card.and_then(|card| card.change_own_key(&new)).map_err(writing)?;
        } else {
            let card = card.authenticate_ev2(MASTER, &AesKey::FACTORY, random);
            card.and_then(|card| card.change_own_key(&new)).map_err(writing)?;
        }
        Ok(())
    }

    /// A session under the card's own PICC master key.
    fn picc<'l, L: Link>(&mut self, link: &'l mut L) -> Outcome<Session<'l, L>, L, J> {
        let mut card = Card::new(link);
        card.select(Aid::PICC).map_err(writing_error)?;
        let random = challenge(self.random);
        card.authenticate_ev2(MASTER, &self.content.keys.picc.key, random).map_err(writing)
    }

    /// A session of the application under `key`.
    fn app<'l, L: Link>(
        &mut self,
        link: &'l mut L,
        key: &AesKey,
    ) -> Result<Session<'l, L>, Error<L::Error>> {
        let mut card = Card::new(link);
        card.select(self.map.aid)?;
        Ok(card.authenticate_ev2(MASTER, key, challenge(self.random))?)
    }

    /// Whether the application's master key is the card's own already.
    fn is_complete<L: Link>(&mut self, link: &mut L) -> Outcome<bool, L, J> {
        let master = self.app_key(KeyRole::Master).key.clone();
        match self.app(link, &master) {
            Ok(_) => Ok(true),
            Err(Error::Refused(refused)) if refused.status != Status::AUTHENTICATION_DELAY => {
                Ok(false)
            }
            Err(error) => Err(PersonaliseError::Interrupted(error)),
        }
    }

    /// Makes application, keys and files, and writes the content.
    fn build<L: Link>(&mut self, link: &mut L, format: bool) -> Outcome<(), L, J> {
        let (map, content) = (self.map, self.content);
        let key_versions = content.keys.app.iter().skip(1).map(|key| key.version).collect();
        self.journal_step(&Step::Build { format, key_versions })?;

        let mut picc = self.picc(&mut *link)?;
        if format {
            picc = picc.format_picc().map_err(writing)?;
        }
        picc.change_key_settings(LOCKED)
            .and_then(|picc| {
                picc.create_application(&NewApplication::new(map.aid, map.app_settings()))
            })
            .map_err(writing)?;

        let mut app = self.app(link, &AesKey::FACTORY).map_err(writing_error)?;
        app = app.create_file(&map.record.into()).map_err(writing)?;
        let photo = content.photo.as_ref().map(|photo| (self.photo_file(), photo));
        if let Some((file, _)) = &photo {
            app = app.create_file(&(*file).into()).map_err(writing)?;
        }
        for (number, key) in (0..).zip(&content.keys.app).skip(1) {
            let number = KeyNo::new(number).map_err(|e| writing_error(e.into()))?;
            app = app
                .change_other_key(number, &Key::factory(KeyType::Aes), &key.to_new())
                .map_err(writing)?;
        }

        let update = self.app_key(KeyRole::Update).key.clone();
        let mut app = app
            .authenticate_further(map.key(KeyRole::Update), &update, challenge(self.random))
            .map_err(writing)?;
        app = app.write(&map.record, 0, &self.framed(&content.record)?).map_err(writing)?;
        if let Some((file, photo)) = &photo {
            app.write(file, 0, &self.framed(photo)?).map_err(writing)?;
        }
        Ok(())
    }

    /// Changes the application's master key, after which the card counts as complete.
    fn app_master<L: Link>(&mut self, link: &mut L) -> Outcome<(), L, J> {
        let new = self.app_key(KeyRole::Master).clone();
        self.journal_step(&Step::AppMaster { from: 0, to: new.version })?;
        let app = self.app(link, &AesKey::FACTORY).map_err(writing_error)?;
        app.change_own_key(&new.to_new()).map_err(writing)?;
        Ok(())
    }

    fn journal_step<E: core::error::Error + 'static>(
        &mut self,
        step: &Step,
    ) -> Result<(), PersonaliseError<E, J::Error>> {
        self.journal.before(step).map_err(PersonaliseError::Journal)
    }

    fn framed<E: core::error::Error + 'static>(
        &self,
        content: &[u8],
    ) -> Result<Vec<u8>, PersonaliseError<E, J::Error>> {
        let capacity = crate::slot::capacity(&self.map.record);
        let bytes = content.len();
        let too_long = Refusal::Unfit(Unfit::RecordTooLong { bytes, capacity });
        framed(content).ok_or(PersonaliseError::Refused(too_long))
    }

    fn photo_file(&self) -> desfire::File {
        self.map.photo_file(self.storage_bytes).unwrap_or(self.map.photo)
    }

    /// A key of the content, which has as many as the map.
    fn app_key(&self, role: KeyRole) -> &VersionedKey {
        let number = usize::from(self.map.key(role).get());
        self.content.keys.app.get(number).unwrap_or(&self.content.keys.picc)
    }
}

fn writing<L: Link, J: core::error::Error + 'static>(
    failed: Failed<L>,
) -> PersonaliseError<L::Error, J> {
    PersonaliseError::writing(failed.error)
}

fn writing_error<L: core::error::Error + 'static, J: core::error::Error + 'static>(
    error: Error<L>,
) -> PersonaliseError<L, J> {
    PersonaliseError::writing(error)
}

fn half(challenge: [u8; 16]) -> [u8; 8] {
    *challenge.first_chunk().expect("eight of sixteen bytes")
}

const MASTER: KeyNo = KeyNo::MASTER;

#[cfg(test)]
mod tests;
