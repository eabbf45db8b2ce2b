//! What is printed on one card.

use std::fmt;

/// Everything that one card shows. Texts are taken as they are, put into NFC; names of people and
/// bodies are set in capitals by the design.
#[derive(Clone)]
pub struct Card {
    /// Name of the managing agency (ministry, province or superior body).
    pub managing_agency: String,
    /// Which mark stands at the top left of the front.
    pub emblem: Emblem,
    /// Name of the unit that uses the person's service. May be empty.
    pub employing_unit: String,
    /// Full name.
    pub full_name: String,
    /// Position, title or job position. May be empty.
    pub title: String,
    /// Card number as printed, such as `G09.034088001234.CC`.
    pub card_number: String,
    /// Card serial with its check character, printed small on the back.
    pub serial: String,
    /// Last day of validity as printed, such as `31/12/2031`; nothing is printed for `None`.
    pub valid_through: Option<String>,
    /// Portrait as JPEG or PNG. It fills a field of 21 × 28 mm (3:4); what stands over is cropped
    /// evenly.
    pub portrait: Vec<u8>,
    /// Payload of the QR code.
    pub qr: String,
    /// Whether this is a card or a picture of one.
    pub kind: Kind,
}

impl fmt::Debug for Card {
    /// Tells nothing about the person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("serial", &self.serial)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Which mark the front bears.
///
/// Source: QĐ 838/QĐ-BNV: the national emblem for administrative units, the logo for others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Emblem {
    /// The national emblem, in colour.
    National,
    /// The unit's own logo.
    Logo,
}

/// Whether a face may be taken for a card in force.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A card to be issued.
    Live,
    /// A picture of a card, overprinted MẪU · SPECIMEN on both sides.
    Specimen,
}

/// A text of the card, as errors name it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Field {
    /// [`Card::managing_agency`]
    ManagingAgency,
    /// [`Card::employing_unit`]
    EmployingUnit,
    /// [`Card::full_name`]
    FullName,
    /// [`Card::title`]
    Title,
    /// [`Card::card_number`]
    CardNumber,
    /// [`Card::serial`]
    Serial,
    /// [`Card::valid_through`]
    ValidThrough,
    /// One of the design's own [`Words`](crate::Words).
    Words,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 8] = [
        Self::ManagingAgency,
        Self::EmployingUnit,
        Self::FullName,
        Self::Title,
        Self::CardNumber,
        Self::Serial,
        Self::ValidThrough,
        Self::Words,
    ];

    /// The name in snake case, such as `full_name`: stable, for messages' keys and for the design.
    pub fn name(self) -> &'static str {
        match self {
            Self::ManagingAgency => "managing_agency",
            Self::EmployingUnit => "employing_unit",
            Self::FullName => "full_name",
            Self::Title => "title",
            Self::CardNumber => "card_number",
            Self::Serial => "serial",
            Self::ValidThrough => "valid_through",
            Self::Words => "words",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
