//! Checks of cards: by an officer, who sees whose card it is and what is proven, and by anybody,
//! who learns whether it is valid now.

use std::time::Duration;

use jiff::civil::Date;
use profile::{BirthDate, QrField, Sex};
use registry::card::LockReason;
use registry::person::Details;
use registry::view::{Inspected, Inspection, Printed};
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;
use wire::CardSerial;

use crate::fault::Fault;
use crate::session::{May, Network, grant};
use crate::{App, ChipCheck, DeskError, Picture, Proof};

use super::pace::Turn;

/// What a guard does with the card in hand.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// Accept it, when the portrait is the holder's.
    Accept,
    /// Something does not fit: ask before it is accepted.
    LookCloser,
    /// Do not accept it.
    Refuse,
}

/// Why the answer is what it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    /// The registry says that it is valid, and nothing differs.
    Valid,
    /// The text is no card's code.
    NotACode,
    /// No card bears this number, or the chip's card is in no register here.
    Unknown,
    /// A card bears this number, but with another code: an older card, or a copy with a mistake.
    OtherCode,
    /// The registry says that it is not valid; `state` says which way.
    NotValid,
    /// The card is valid, but its text is not the registered one.
    TextDiffers,
    /// The record on the chip was not signed by an issuer.
    DataFalse,
    /// The chip did not know its key: a copy.
    ChipFalse,
    /// The photo on the chip is not the signed one.
    PhotoFalse,
    /// The data was not proven.
    DataNotTried,
    /// The data is genuine; that the chip is was not proven.
    ChipNotTried,
}

impl Reason {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 11] = [
        Self::Valid,
        Self::NotACode,
        Self::Unknown,
        Self::OtherCode,
        Self::NotValid,
        Self::TextDiffers,
        Self::DataFalse,
        Self::ChipFalse,
        Self::PhotoFalse,
        Self::DataNotTried,
        Self::ChipNotTried,
    ];

    /// Its name for catalogues.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotACode => "not-a-code",
            Self::Unknown => "unknown",
            Self::OtherCode => "other-code",
            Self::NotValid => "not-valid",
            Self::TextDiffers => "text-differs",
            Self::DataFalse => "data-false",
            Self::ChipFalse => "chip-false",
            Self::PhotoFalse => "photo-false",
            Self::DataNotTried => "data-not-tried",
            Self::ChipNotTried => "chip-not-tried",
        }
    }

    const fn answer(self) -> Answer {
        match self {
            Self::Valid => Answer::Accept,
            Self::TextDiffers | Self::DataNotTried | Self::ChipNotTried => Answer::LookCloser,
            Self::NotACode
            | Self::Unknown
            | Self::OtherCode
            | Self::NotValid
            | Self::DataFalse
            | Self::ChipFalse
            | Self::PhotoFalse => Answer::Refuse,
        }
    }
}

/// What a check of an officer has found out. Holds no whole number.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Findings {
    /// What to do.
    pub(crate) answer: Answer,
    /// Why.
    pub(crate) reason: Reason,
    /// The card in the registry, where there is one.
    pub(crate) card: Option<CheckedCard>,
    /// Texts that are not the registered ones.
    pub(crate) differs: Vec<Differs>,
    /// What the chip has shown; none where only the code was seen, which proves nothing of it.
    pub(crate) proofs: Option<Proofs>,
    /// The portrait that the card bears.
    #[serde(skip)]
    pub(crate) portrait: Option<Picture>,
}

/// A card as the registry knows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CheckedCard {
    /// Its name.
    #[schema(value_type = String, example = "K7Q2-9XWM-4")]
    pub(crate) serial: CardSerial,
    /// Its state; `not_valid` where the officer may not know more.
    pub(crate) state: &'static str,
    /// Why it is locked, as a code; none also where the officer may not know.
    pub(crate) locked: Option<&'static str>,
    /// Why it is revoked, as a code.
    pub(crate) revoked: Option<&'static str>,
    /// The last day on which it is valid.
    #[schema(value_type = String, format = Date)]
    pub(crate) valid_through: Date,
    /// Who issued it.
    pub(crate) authority: String,
    /// Whether this officer may lock it.
    pub(crate) may_lock: bool,
    /// What is printed on it, the number masked; none when it was erased or is not for this
    /// officer.
    pub(crate) holder: Option<Holder>,
}

/// Who a card says that its holder is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Holder {
    /// Full name.
    pub(crate) full_name: String,
    /// Position, title or job position.
    pub(crate) title: String,
    /// The work unit.
    pub(crate) employing_unit: String,
    /// Ministry, sector or province.
    pub(crate) managing_agency: String,
}

/// A text that is not the registered one.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Differs {
    /// Which, such as `full_name`.
    pub(crate) field: &'static str,
    /// As the card in hand has it.
    pub(crate) seen: String,
    /// As registered; none where that is not shown.
    pub(crate) registered: Option<String>,
}

/// What a chip has shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Proofs {
    /// That an issuer signed its record.
    pub(crate) data: Shown,
    /// That it knows its key.
    pub(crate) chip: Shown,
    /// That its photo is the signed one.
    pub(crate) photo: Shown,
    /// Why not, in words.
    pub(crate) why: Option<String>,
    /// Exchanges with the chip.
    pub(crate) exchanges: u32,
}

/// Whether something was shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shown {
    /// It was.
    Yes,
    /// It was found to be false.
    No,
    /// It could not be tried.
    NotTried,
}

impl Shown {
    /// Its name for catalogues.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::NotTried => "not-tried",
        }
    }
}

impl From<Proof> for Shown {
    fn from(proof: Proof) -> Self {
        match proof {
            Proof::Shown => Self::Yes,
            Proof::False => Self::No,
            Proof::NotTried => Self::NotTried,
        }
    }
}

/// Checks a card by the text of its QR code.
pub(crate) async fn by_code(
    app: &App,
    may: &May<grant::CardCheck>,
    text: &str,
) -> Result<Findings, Fault> {
    let Ok(read) = app.office().profile().parse_qr(text.trim()) else {
        return Ok(Findings::none(Reason::NotACode));
    };
    let inspected = match app.office().compare_qr(&read).await? {
        Inspection::Unknown => return Ok(Findings::none(Reason::Unknown)),
        Inspection::OtherCode => return Ok(Findings::none(Reason::OtherCode)),
        Inspection::Card(inspected) => inspected,
    };
    let reason = if !inspected.standing.valid {
        Reason::NotValid
    } else if inspected.differs.is_empty() {
        Reason::Valid
    } else {
        Reason::TextDiffers
    };
    let mut findings = known(app, may, &inspected, reason);
    let shows = findings.card.as_ref().is_some_and(|card| card.holder.is_some());
    let compared = shows && !inspected.differs.is_empty();
    let details = if compared { issued(app, &inspected).await? } else { None };
    findings.differs = read
        .others
        .into_iter()
        .filter(|(field, _)| inspected.differs.contains(field))
        .map(|(field, seen)| Differs {
            field: field_name(field),
            seen,
            registered: details.as_ref().and_then(|details| registered(details, field)),
        })
        .collect();
    if shows {
        findings.portrait = portrait(app, &inspected).await?;
    }
    Ok(findings)
}

/// Checks a card by a picture of its QR code.
pub(crate) async fn by_picture(
    app: &App,
    may: &May<grant::CardCheck>,
    picture: Vec<u8>,
) -> Result<Findings, Fault> {
    let text = app.parts.workshop.read_qr(picture).await.map_err(unread)?;
    by_code(app, may, &text).await
}

/// Checks the card on the reader of this machine; `put` has a card of the tray put there first.
pub(crate) async fn on_reader(
    app: &App,
    may: &May<grant::CardCheck>,
    put: Option<CardSerial>,
    lang: phrase::Lang,
) -> Result<Findings, Fault> {
    if put.is_some() && !app.is_demo() {
        return Err(Fault::input("check-no-tray"));
    }
    let check = app.parts.workshop.check_reader(put, lang).await.map_err(unreadable)?;
    let serial = check.record.as_ref().and_then(|record| record.serial.parse().ok());
    let inspected = match serial {
        Some(serial) => app.office().inspect(serial).await?,
        None => None,
    };
    let Some(inspected) = inspected else {
        let reason = proven(&check).unwrap_or(Reason::Unknown);
        return Ok(Findings { proofs: Some(Proofs::of(check)), ..Findings::none(reason) });
    };
    let differs = check.record.as_ref().map(|record| record_differs(record, &inspected));
    let differs = differs.unwrap_or_default();
    let reason = match proven(&check) {
        Some(reason) if reason.answer() == Answer::Refuse => reason,
        _ if !(check.valid && inspected.standing.valid) => Reason::NotValid,
        Some(reason) => reason,
        None if !differs.is_empty() => Reason::TextDiffers,
        None => Reason::Valid,
    };
    let mut findings = known(app, may, &inspected, reason);
    if findings.card.as_ref().is_some_and(|card| card.holder.is_some()) {
        findings.portrait = portrait(app, &inspected).await?;
        findings.differs = differs;
    }
    findings.proofs = Some(Proofs::of(check));
    Ok(findings)
}

/// Refuses a card from now on, and says which.
pub(crate) async fn lock(
    app: &App,
    may: &May<grant::CardLock>,
    serial: CardSerial,
    reason: LockReason,
) -> Result<CardSerial, Fault> {
    let card = app.office().inspect(serial).await?.ok_or_else(Fault::missing)?;
    let authority = may.reach(card.authority)?;
    app.office().lock(authority, serial, reason, may.by()).await?;
    Ok(serial)
}

/// What the chip could not show, the gravest first; none when all was shown. A photo that was
/// not written counts as nothing.
fn proven(check: &ChipCheck) -> Option<Reason> {
    match (check.data, check.chip, check.photo) {
        (Proof::False, _, _) => Some(Reason::DataFalse),
        (_, Proof::False, _) => Some(Reason::ChipFalse),
        (_, _, Proof::False) => Some(Reason::PhotoFalse),
        (Proof::NotTried, _, _) => Some(Reason::DataNotTried),
        (_, Proof::NotTried, _) => Some(Reason::ChipNotTried),
        (Proof::Shown, Proof::Shown, _) => None,
    }
}

impl Findings {
    fn none(reason: Reason) -> Self {
        let answer = reason.answer();
        Self { answer, reason, card: None, differs: Vec::new(), proofs: None, portrait: None }
    }
}

impl Proofs {
    fn of(check: ChipCheck) -> Self {
        Self {
            data: check.data.into(),
            chip: check.chip.into(),
            photo: check.photo.into(),
            why: check.why,
            exchanges: check.exchanges,
        }
    }
}

impl Holder {
    fn of(printed: &Printed) -> Self {
        Self {
            full_name: printed.full_name.clone(),
            title: printed.title.clone(),
            employing_unit: printed.employing_unit.clone(),
            managing_agency: printed.managing_agency.clone(),
        }
    }
}

/// A card of the registry. Of another authority's card an officer learns what anybody does: who
/// the holder is while it is valid, and never why it is not.
fn known(
    app: &App,
    may: &May<grant::CardCheck>,
    inspected: &Inspected,
    reason: Reason,
) -> Findings {
    let officer = may.officer();
    let own = officer.authority.is_none_or(|own| own == inspected.authority);
    let standing = &inspected.standing;
    let printed = if own { &inspected.printed } else { &standing.printed };
    let may_lock =
        own && standing.state == "active" && officer.role.may(access::Permission::CardLock);
    let card = CheckedCard {
        serial: standing.serial,
        state: if own || standing.valid { standing.state } else { "not_valid" },
        locked: inspected.locked.filter(|_| own).map(LockReason::as_str),
        revoked: inspected.revoked.filter(|_| own).map(registry::card::RevokeReason::as_str),
        valid_through: standing.valid_through,
        authority: standing.authority.clone(),
        may_lock,
        holder: printed.as_ref().map(Holder::of),
    };
    tracing::debug!(serial = %card.serial, now = %app.now(), "a card was checked");
    Findings { card: Some(card), ..Findings::none(reason) }
}

/// The portrait of a card whose holder may be shown.
async fn portrait(app: &App, card: &Inspected) -> Result<Option<Picture>, Fault> {
    Ok(app.parts.workshop.portrait(card.authority, card.standing.serial).await?)
}

/// What a card was issued with; none once it was erased.
async fn issued(app: &App, card: &Inspected) -> Result<Option<Details>, Fault> {
    match app.office().face_of(card.authority, card.standing.serial).await {
        Ok(order) => Ok(Some(order.details.clone())),
        Err(registry::Error::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn record_differs(record: &crate::ChipRecord, card: &Inspected) -> Vec<Differs> {
    let Some(printed) = &card.printed else { return Vec::new() };
    [
        ("full_name", &record.full_name, &printed.full_name),
        ("title", &record.title, &printed.title),
        ("employing_unit", &record.employing_unit, &printed.employing_unit),
        ("managing_agency", &record.managing_agency, &printed.managing_agency),
    ]
    .into_iter()
    .filter(|(_, seen, registered)| seen != registered)
    .map(|(field, seen, registered)| Differs {
        field,
        seen: seen.clone(),
        registered: Some(registered.clone()),
    })
    .collect()
}

fn registered(details: &Details, field: QrField) -> Option<String> {
    match field {
        QrField::FullName => Some(details.full_name.clone()),
        QrField::Title => Some(details.title.clone()),
        QrField::EmployingUnit => Some(details.employing_unit.clone()),
        QrField::Birth => Some(details.birth.parse::<BirthDate>().ok()?.to_string()),
        QrField::Sex => {
            let sex = if details.sex == "female" { Sex::Female } else { Sex::Male };
            Some(sex.vietnamese().to_owned())
        }
        QrField::Code4 | QrField::CardNumber => None,
    }
}

/// The field's name for catalogues and programs.
const fn field_name(field: QrField) -> &'static str {
    match field {
        QrField::Code4 => "code4",
        QrField::CardNumber => "card_number",
        QrField::FullName => "full_name",
        QrField::Birth => "birth",
        QrField::Sex => "sex",
        QrField::Title => "title",
        QrField::EmployingUnit => "employing_unit",
    }
}

/// What anybody learns about a card.
#[derive(Debug)]
pub(crate) enum Public {
    /// It is valid, and this is what its face shows.
    Valid {
        /// Who.
        holder: Holder,
        /// The portrait; none where there is none.
        portrait: Option<Picture>,
    },
    /// It is not valid now, or there is no such card: never which.
    NotValidNow,
}

/// Checks a card for anybody. Every answer that is not "valid" takes the same time, so that it does
/// not tell whether there is such a card.
pub(crate) async fn public(app: &App, text: &str) -> Result<Public, Fault> {
    let begun = Instant::now();
    let answer = look(app, text).await;
    if !matches!(answer, Ok(Public::Valid { .. })) {
        end_of_step(begun).await;
    }
    answer
}

/// Waits until a step of time since `begun` has passed.
pub(crate) async fn end_of_step(begun: Instant) {
    tokio::time::sleep_until(begun + step(begun.elapsed())).await;
}

/// The end of the step in which something ended. A look-up that is slow for once tells one more
/// step, not its time.
fn step(spent: Duration) -> Duration {
    let steps = spent.as_micros().div_ceil(STEP.as_micros()).max(1);
    STEP * u32::try_from(steps).unwrap_or(u32::MAX)
}

async fn look(app: &App, text: &str) -> Result<Public, Fault> {
    let Ok(read) = app.office().profile().parse_qr(text.trim()) else {
        return Ok(Public::NotValidNow);
    };
    let inspected = match app.office().compare_qr(&read).await? {
        Inspection::Card(inspected) if inspected.may_be_accepted() => inspected,
        Inspection::Card(_) | Inspection::Unknown | Inspection::OtherCode => {
            return Ok(Public::NotValidNow);
        }
    };
    let Some(printed) = &inspected.standing.printed else { return Ok(Public::NotValidNow) };
    let portrait = portrait(app, &inspected).await?;
    Ok(Public::Valid { holder: Holder::of(printed), portrait })
}

/// The same for a picture of the code.
pub(crate) async fn public_picture(app: &App, picture: Vec<u8>) -> Result<Public, Fault> {
    let text = app.parts.workshop.read_qr(picture).await.map_err(unread)?;
    public(app, &text).await
}

/// Takes a public check from the budget of a network: waits, or refuses with the seconds to wait.
pub(crate) async fn in_turn(app: &App, from: Network) -> Result<(), Fault> {
    match app.pace.take(from.0, Instant::now()) {
        Turn::After(wait) => {
            super::pace::hold(wait).await;
            Ok(())
        }
        Turn::Refused(wait) => Err(Fault::too_often(wait)),
    }
}

/// What a decoder says about a picture that it cannot read.
fn unread(error: DeskError) -> Fault {
    match error {
        DeskError::Refused { .. } => Fault::input("check-picture-unread"),
        other => other.into(),
    }
}

fn unreadable(error: DeskError) -> Fault {
    match error {
        DeskError::Refused { code, text } => {
            let key = format!("refused-{code}");
            if crate::say::CATALOG.contains(&key) {
                Fault::rule(key)
            } else {
                Fault::rule("check-reader-refused").arg("why", text)
            }
        }
        other => other.into(),
    }
}

/// Longer than a look-up takes on a machine that is not overloaded.
const STEP: Duration = Duration::from_millis(40);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Proof::{False, NotTried, Shown};

    #[test]
    fn what_is_not_valid_is_told_at_the_end_of_a_step_whatever_it_took() {
        for spent in [0, 3, 39, 40] {
            assert_eq!(step(Duration::from_millis(spent)), STEP, "{spent} ms");
        }
        assert_eq!(step(Duration::from_micros(40_001)), STEP * 2);
    }

    #[test]
    fn what_is_false_outweighs_what_was_not_tried() {
        let check = |data, chip, photo| {
            proven(&ChipCheck {
                valid: true,
                state: "active".to_owned(),
                data,
                chip,
                photo,
                why: None,
                record: None,
                exchanges: 5,
            })
        };
        assert_eq!(check(Shown, Shown, Shown), None);
        assert_eq!(check(Shown, Shown, NotTried), None);
        assert_eq!(check(NotTried, False, NotTried), Some(Reason::ChipFalse));
        assert_eq!(check(Shown, Shown, False), Some(Reason::PhotoFalse));
        assert_eq!(check(NotTried, Shown, Shown), Some(Reason::DataNotTried));
        assert_eq!(check(Shown, NotTried, Shown), Some(Reason::ChipNotTried));
    }

    #[test]
    fn every_reason_has_words() {
        for reason in Reason::ALL {
            for key in [format!("guard-{}", reason.code()), format!("guard-{}-what", reason.code())]
            {
                assert!(crate::say::CATALOG.contains(&key), "{key}");
            }
        }
    }
}
