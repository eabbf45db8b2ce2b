//! What is wrong with a row that must be refused.

/// One reason why a row of a list must not go in. Every other cell of the row is right.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Flaw {
    /// The fourth digit of the personal id number says the other sex.
    WrongSexDigit,
    /// The agency's code was closed in 2025.
    ClosedAgency,
    /// The title is a formula.
    Formula,
    /// The name holds `|`, which separates the fields of the card's QR code.
    PipeInName,
    /// The personal id number lacks its last digit; no zero in front makes it right again.
    ElevenDigits,
    /// The row repeats an earlier good row.
    Duplicate,
    /// Born in 2091; the personal id number agrees.
    FutureBirth,
    /// The card type is `NV`, which is none.
    UnknownCardType,
    /// The name is empty.
    MissingName,
    /// The name holds a mark that turns the reading direction (U+202E).
    DirectionMark,
    /// The personal id number begins with the letter O.
    LetterInId,
    /// Born on 31 February.
    ImpossibleBirth,
    /// Digits five and six of the personal id number say another year of birth.
    WrongBirthYear,
    /// The agency code is no code at all.
    MalformedAgency,
}

impl Flaw {
    /// All, in the order in which a list gets them; the demonstration's list has the first twelve.
    pub const ALL: [Self; 14] = [
        Self::WrongSexDigit,
        Self::ClosedAgency,
        Self::Formula,
        Self::PipeInName,
        Self::ElevenDigits,
        Self::Duplicate,
        Self::FutureBirth,
        Self::UnknownCardType,
        Self::MissingName,
        Self::DirectionMark,
        Self::LetterInId,
        Self::ImpossibleBirth,
        Self::WrongBirthYear,
        Self::MalformedAgency,
    ];

    /// Stable word for programs: `wrong-sex-digit`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::WrongSexDigit => "wrong-sex-digit",
            Self::ClosedAgency => "closed-agency",
            Self::Formula => "formula",
            Self::PipeInName => "pipe-in-name",
            Self::ElevenDigits => "eleven-digits",
            Self::Duplicate => "duplicate",
            Self::FutureBirth => "future-birth",
            Self::UnknownCardType => "unknown-card-type",
            Self::MissingName => "missing-name",
            Self::DirectionMark => "direction-mark",
            Self::LetterInId => "letter-in-id",
            Self::ImpossibleBirth => "impossible-birth",
            Self::WrongBirthYear => "wrong-birth-year",
            Self::MalformedAgency => "malformed-agency",
        }
    }
}
