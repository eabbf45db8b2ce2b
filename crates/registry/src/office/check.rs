//! How a card stands: for the public, and for officers.

use profile::{BirthDate, QrField, QrRead, Sex};
use wire::ChipUid;

use super::{Error, Issue, Office};
use crate::card::{Card, Validity};
use crate::person::Details;
use crate::ports::{Domain, Find};
use crate::view::{self, Check, Inspected, Inspection, Printed, Standing};

/// A card, found by what its QR says.
enum Scanned {
    Unknown,
    OtherCode,
    Card(Box<(Card, Issue)>),
}

impl Office {
    /// How a card stands whose QR was scanned: by the card number and the code beside it.
    ///
    /// The number is the one printed; `code4` is compared without saying where it differs.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn check_qr(&self, card_number: &str, code4: &str) -> Result<Check, Error> {
        Ok(match self.scanned(card_number, code4).await? {
            Scanned::Unknown => Check::Unknown,
            Scanned::OtherCode => Check::OtherCode,
            Scanned::Card(found) => {
                let (card, issue) = *found;
                let printed = Some(Printed::of(&issue.details));
                Check::Card(Box::new(self.standing_of(&card, printed).await?))
            }
        })
    }

    /// How a card stands whose QR was scanned, for an officer: also which scanned fields are not
    /// what was printed, because a copied code under another name is no card.
    ///
    /// Letters' case and a field that the QR leaves out do not count as differences.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn compare_qr(&self, read: &QrRead) -> Result<Inspection, Error> {
        let number = read.card_number.expose();
        Ok(match self.scanned(&number, &read.code4).await? {
            Scanned::Unknown => Inspection::Unknown,
            Scanned::OtherCode => Inspection::OtherCode,
            Scanned::Card(found) => {
                let (card, issue) = *found;
                let mut inspected =
                    self.inspected(&card, Some(Printed::of(&issue.details))).await?;
                inspected.differs = differing(&issue.details, &read.others);
                Inspection::Card(Box::new(inspected))
            }
        })
    }

    async fn scanned(&self, card_number: &str, code4: &str) -> Result<Scanned, Error> {
        let number = self.ports.keys.lookup(Domain::CardNumber, card_number).await?;
        let mut answer = Scanned::Unknown;
        for card in self.ports.store.find(Find::Number(number)).await? {
            let person = self.one_person(card.authority, card.person).await?;
            let Some(key) = &person.key else { continue };
            let issue = self.open_issue(key, &card).await?;
            if same_code(&issue.code4, code4) {
                return Ok(Scanned::Card(Box::new((card, issue))));
            }
            answer = Scanned::OtherCode;
        }
        Ok(answer)
    }

    /// How the card on this chip stands; none when the chip never was a card. A chip that was
    /// spoiled, or whose card was given up, is none either.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn check_chip(&self, uid: ChipUid) -> Result<Option<Standing>, Error> {
        let Some((card, printed)) = self.on_chip(uid).await? else { return Ok(None) };
        Ok(Some(self.standing_of(&card, printed).await?))
    }

    /// As [`Office::check_chip`], for an officer.
    ///
    /// # Errors
    ///
    /// [`Error`] of store and vault.
    pub async fn inspect_chip(&self, uid: ChipUid) -> Result<Option<Inspected>, Error> {
        let Some((card, printed)) = self.on_chip(uid).await? else { return Ok(None) };
        Ok(Some(self.inspected(&card, printed).await?))
    }

    async fn on_chip(&self, uid: ChipUid) -> Result<Option<(Card, Option<Printed>)>, Error> {
        let found = self.ports.store.find(Find::Chip(uid)).await?;
        let given_up =
            |card: &Card| matches!(card.validity, Validity::Spoiled | Validity::Cancelled);
        let Some(card) = found.into_iter().find(|card| !given_up(card)) else { return Ok(None) };
        let person = self.one_person(card.authority, card.person).await?;
        let printed = self.printed(&person, &card).await?;
        Ok(Some((card, printed)))
    }

    pub(super) async fn inspected(
        &self,
        card: &Card,
        printed: Option<Printed>,
    ) -> Result<Inspected, Error> {
        let standing = self.standing_of(card, printed.clone()).await?;
        let view::Card { locked, revoked, .. } = view::Card::of(card, None);
        Ok(Inspected {
            authority: card.authority,
            person: card.person,
            standing,
            printed,
            locked,
            revoked,
            differs: Vec::new(),
        })
    }

    async fn standing_of(&self, card: &Card, printed: Option<Printed>) -> Result<Standing, Error> {
        let authority = self.ports.store.authority(card.authority).await?;
        let valid = card.holds_on(self.ports.clock.today());
        Ok(Standing {
            serial: card.serial,
            valid,
            state: card.validity.name(),
            valid_through: card.valid_through,
            uid: card.uid,
            authority: authority.map(|authority| authority.name).unwrap_or_default(),
            printed: printed.filter(|_| valid),
        })
    }
}

/// The scanned fields that are not what was printed.
fn differing(printed: &Details, scanned: &[(QrField, String)]) -> Vec<QrField> {
    let known = |field: QrField| match field {
        QrField::FullName => Some(printed.full_name.clone()),
        QrField::Title => Some(printed.title.clone()),
        QrField::EmployingUnit => Some(printed.employing_unit.clone()),
        QrField::Birth => printed.birth.parse::<BirthDate>().ok().map(|birth| birth.to_string()),
        QrField::Sex => {
            let sex = if printed.sex == "female" { Sex::Female } else { Sex::Male };
            Some(sex.vietnamese().to_owned())
        }
        // Both were compared when the card was found.
        QrField::Code4 | QrField::CardNumber => None,
    };
    let fold = |text: &str| text.trim().to_uppercase();
    scanned
        .iter()
        .filter(|(field, text)| {
            let known = known(*field);
            !text.is_empty() && known.is_some_and(|known| fold(&known) != fold(text))
        })
        .map(|(field, _)| *field)
        .collect()
}

/// Compares without stopping at the first difference.
fn same_code(known: &str, given: &str) -> bool {
    known.len() == given.len()
        && known.bytes().zip(given.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
