//! Why the registry does not do what it was asked.

/// A rule says no. Nothing was changed.
///
/// The text is for logs; users get their own words through [`Refused::code`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Refused {
    /// The table of the life has no such arrow.
    #[error("cannot {command} a {subject} that is {from}")]
    NotFromHere {
        /// `request` or `card`.
        subject: &'static str,
        /// What was asked.
        command: &'static str,
        /// The state it was asked in.
        from: &'static str,
    },
    /// Two people are needed and only one acted.
    #[error("two different people are needed: {0}")]
    SamePerson(TwoPeople),
    /// Nobody acts on the own card, save reporting it lost.
    #[error("nobody acts on the own card")]
    OwnCard,
    /// No authority has this id or code.
    #[error("no such authority")]
    UnknownAuthority,
    /// No such person at this authority.
    #[error("no such person")]
    UnknownPerson,
    /// No such request, or an empty batch, at this authority.
    #[error("no such request")]
    UnknownRequest,
    /// No such card at this authority.
    #[error("no such card")]
    UnknownCard,
    /// The person's data was erased.
    #[error("the person's data was erased")]
    Erased,
    /// A card is printed with a portrait and there is none.
    #[error("the person has no photo")]
    NoPhoto,
    /// The person has a card that is not ended yet.
    #[error("the person already has a card")]
    HasCard,
    /// A request for the person is open.
    #[error("a request for the person is open")]
    HasRequest,
    /// There is no card that a new one could replace.
    #[error("the person has no card to replace")]
    NoCardToReplace,
    /// What would be printed is not what was asked for.
    #[error("the person's data changed after the request")]
    ContentChanged,
    /// The card would be past its last day when it is made.
    #[error("the card would have expired already")]
    AlreadyExpired,
    /// The report names another chip than the one the card is on.
    #[error("the card is on another chip")]
    OtherChip,
    /// The report comes from another station than the one that makes the card.
    #[error("another station makes this card")]
    OtherStation,
    /// The station's read-back lacks something.
    #[error("the evidence lacks {what}")]
    EvidenceIncomplete {
        /// What is missing or malformed.
        what: &'static str,
    },
    /// The chip holds another record or photo than the one made for this card.
    #[error("the chip does not hold the {what} made for this card")]
    EvidenceDiffers {
        /// `record` or `photo`.
        what: &'static str,
    },
    /// No record was attached to the card yet.
    #[error("no record was attached to the card")]
    NothingAttached,
    /// The card was reported before, with another outcome.
    #[error("the card was reported with another outcome before")]
    AlreadyReported,
}

/// Which rule of two people was about to be broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TwoPeople {
    /// Approve what somebody else requested.
    #[error("who requests does not approve")]
    RequestAndApprove,
    /// Hand over what somebody else approved.
    #[error("who approves does not activate")]
    ApproveAndActivate,
    /// Unlock what somebody else locked.
    #[error("who locks does not unlock")]
    LockAndUnlock,
}

impl Refused {
    /// A stable name for catalogues and machine output: lower-case letters and hyphens.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFromHere { .. } => "not-from-here",
            Self::SamePerson(TwoPeople::RequestAndApprove) => "requester-is-approver",
            Self::SamePerson(TwoPeople::ApproveAndActivate) => "approver-is-activator",
            Self::SamePerson(TwoPeople::LockAndUnlock) => "locker-is-unlocker",
            Self::OwnCard => "own-card",
            Self::UnknownAuthority => "unknown-authority",
            Self::UnknownPerson => "unknown-person",
            Self::UnknownRequest => "unknown-request",
            Self::UnknownCard => "unknown-card",
            Self::Erased => "erased",
            Self::NoPhoto => "no-photo",
            Self::HasCard => "has-card",
            Self::HasRequest => "has-request",
            Self::NoCardToReplace => "no-card-to-replace",
            Self::ContentChanged => "content-changed",
            Self::AlreadyExpired => "already-expired",
            Self::OtherChip => "other-chip",
            Self::OtherStation => "other-station",
            Self::EvidenceIncomplete { .. } => "evidence-incomplete",
            Self::EvidenceDiffers { .. } => "evidence-differs",
            Self::NothingAttached => "nothing-attached",
            Self::AlreadyReported => "already-reported",
        }
    }

    /// Every [`Refused::code`], for a catalogue to prove itself complete.
    pub const CODES: [&'static str; 22] = [
        "not-from-here",
        "requester-is-approver",
        "approver-is-activator",
        "locker-is-unlocker",
        "own-card",
        "unknown-authority",
        "unknown-person",
        "unknown-request",
        "unknown-card",
        "erased",
        "no-photo",
        "has-card",
        "has-request",
        "no-card-to-replace",
        "content-changed",
        "already-expired",
        "other-chip",
        "other-station",
        "evidence-incomplete",
        "evidence-differs",
        "nothing-attached",
        "already-reported",
    ];
}
