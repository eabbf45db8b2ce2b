//! Roles and what each may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an account is for. One account has one role: who holds two posts has two accounts.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Loads staff lists and asks for cards.
    Hr,
    /// Decides on requests.
    Approver,
    /// Runs a personalisation station.
    Operator,
    /// Hands finished cards over, which makes them active.
    Activator,
    /// Checks cards, and locks one that must not be accepted.
    Guard,
    /// Sees everything, changes nothing.
    Auditor,
}

/// One thing that a role may do, or may not.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Permission {
    /// Load a staff list and photos, mend them, and put the result into the registry.
    ListUpload,
    /// Ask for cards.
    CardRequest,
    /// See batches of requests.
    BatchView,
    /// Approve requests, give them back, reject them.
    BatchApprove,
    /// See what the stations are doing.
    StationView,
    /// Start and stop a run.
    StationRun,
    /// Hand cards over to their holders.
    HandOver,
    /// Check a card by its code or its chip and see whose it is.
    CardCheck,
    /// Lock a card.
    CardLock,
    /// Unlock a card.
    CardUnlock,
    /// Revoke a card, for ever.
    CardRevoke,
    /// See cards with their evidence.
    CardView,
    /// See people, their numbers masked.
    PersonView,
    /// See one person's whole numbers, for a reason that goes into history.
    PersonUnmask,
    /// Read the history of a card, a person, a request, the authority.
    HistoryRead,
}

impl Role {
    /// All, in the order of a card's way.
    pub const ALL: [Self; 6] =
        [Self::Hr, Self::Approver, Self::Operator, Self::Activator, Self::Guard, Self::Auditor];

    /// The word by which it is stored, and written on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hr => "hr",
            Self::Approver => "approver",
            Self::Operator => "operator",
            Self::Activator => "activator",
            Self::Guard => "guard",
            Self::Auditor => "auditor",
        }
    }

    /// The role with this [`Role::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Everything that it may do.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Hr => &[
                P::ListUpload,
                P::CardRequest,
                P::BatchView,
                P::StationView,
                P::HandOver,
                P::CardLock,
                P::CardUnlock,
                P::CardView,
                P::PersonView,
                P::PersonUnmask,
            ],
            Self::Approver => &[
                P::BatchView,
                P::BatchApprove,
                P::StationView,
                P::CardCheck,
                P::CardLock,
                P::CardUnlock,
                P::CardRevoke,
                P::CardView,
                P::PersonView,
                P::PersonUnmask,
            ],
            Self::Operator => &[P::StationView, P::StationRun, P::CardCheck, P::CardView],
            Self::Activator => &[
                P::StationView,
                P::HandOver,
                P::CardCheck,
                P::CardLock,
                P::CardUnlock,
                P::CardView,
                P::PersonView,
            ],
            Self::Guard => &[P::CardCheck, P::CardLock],
            Self::Auditor => &[
                P::BatchView,
                P::StationView,
                P::CardCheck,
                P::CardView,
                P::PersonView,
                P::PersonUnmask,
                P::HistoryRead,
            ],
        }
    }

    /// Whether it may do this.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no role.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a role is hr, approver, operator, activator, guard or auditor")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::from_name(name).ok_or(UnknownRole)
    }
}

impl Permission {
    /// All.
    pub const ALL: [Self; 15] = [
        Self::ListUpload,
        Self::CardRequest,
        Self::BatchView,
        Self::BatchApprove,
        Self::StationView,
        Self::StationRun,
        Self::HandOver,
        Self::CardCheck,
        Self::CardLock,
        Self::CardUnlock,
        Self::CardRevoke,
        Self::CardView,
        Self::PersonView,
        Self::PersonUnmask,
        Self::HistoryRead,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole table, so that a change to it is seen by who reviews it.
    #[test]
    fn who_may_do_what() {
        let lines = Permission::ALL.map(|permission| {
            let roles = Role::ALL.into_iter().filter(|role| role.may(permission));
            let roles: Vec<_> = roles.map(Role::name).collect();
            format!("{permission:?}: {}", roles.join(" "))
        });
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn every_permission_is_held_by_somebody_and_nobody_holds_one_twice() {
        for permission in Permission::ALL {
            assert!(Role::ALL.into_iter().any(|role| role.may(permission)), "{permission:?}");
        }
        for role in Role::ALL {
            let mut held = role.permissions().to_vec();
            held.sort_unstable();
            held.dedup();
            assert_eq!(held.len(), role.permissions().len(), "{role}");
        }
    }

    #[test]
    fn who_asks_for_cards_cannot_approve_and_who_approves_cannot_hand_over() {
        for role in Role::ALL {
            assert!(!(role.may(Permission::CardRequest) && role.may(Permission::BatchApprove)));
            assert!(!(role.may(Permission::BatchApprove) && role.may(Permission::HandOver)));
        }
    }

    #[test]
    fn the_auditor_changes_nothing() {
        use Permission as P;
        let changing = [
            P::ListUpload,
            P::CardRequest,
            P::BatchApprove,
            P::StationRun,
            P::HandOver,
            P::CardLock,
            P::CardUnlock,
            P::CardRevoke,
        ];
        assert!(changing.into_iter().all(|permission| !Role::Auditor.may(permission)));
    }

    #[test]
    fn a_role_reads_its_own_name_and_no_other() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert_eq!("root".parse::<Role>(), Err(UnknownRole));
        assert_eq!("HR".parse::<Role>(), Err(UnknownRole));
    }
}
