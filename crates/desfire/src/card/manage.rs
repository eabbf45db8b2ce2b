//! What needs a proven key by its nature: keys, configuration, delegation, proximity.

use alloc::vec::Vec;

use super::{Authenticated, Card, empty, read_answer};
use crate::{
    AesKey, Aid, Command, Configuration, Delegation, Error, Failed, File, Ins, Key, KeyNo, KeyType,
    Link, Messaging, Misuse, NewApplication, NewKey, proximity,
};

/// Commands under a session that answer nothing.
macro_rules! done {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $of:ty),*) = $command:expr;)*) => {
        impl<L: Link, S: Messaging> Authenticated<L, S> {
            $($(#[$doc])*
            ///
            /// # Errors
            ///
            /// See [`Error`].
            pub fn $name(self, $($arg: $of),*) -> Result<Self, Failed<L>> {
                let act = |this: &mut Self| read_answer(this, &$command?, empty);
                self.attempt(act).map(|(this, ())| this)
            })*
        }
    };
}

done! {
    /// `FormatPICC`: deletes all applications and files, gives their memory back, keeps the keys of
    /// the PICC level.
    format_picc() = Ok::<_, Misuse>(Command::format_picc());
    /// `CreateDelegatedApplication`, under [`KeyNo::DAM_AUTH`] and with its issuer's leave.
    create_delegated_application(new: &NewApplication, leave: &Delegation) =
        Command::create_delegated_application(new, leave);
    /// `DeleteApplication` of a delegated one, with its issuer's leave
    /// ([`crate::dam::deletion_mac`]).
    delete_delegated_application(aid: Aid, mac: [u8; 8]) =
        Ok::<_, Misuse>(Command::delete_delegated_application(aid, mac));
    /// `CreateTransactionMACFile` (EV2 and later).
    create_transaction_mac_file(file: &File, key: &AesKey, version: u8) =
        Command::create_transaction_mac_file(file, key, version);
    /// `ChangeKeyEV2` for a key of any set but the session's own, from `old` to `new`.
    change_key_in_set(set: u8, key: KeyNo, old: &Key, new: &NewKey) =
        Command::change_key_in_set(set, key, old, new);
    /// `InitializeKeySet`: zeros of one kind in all keys of a set that is not active.
    initialize_key_set(set: u8, kind: KeyType) = Command::initialize_key_set(set, kind);
    /// `FinalizeKeySet`: the set is complete and has this version.
    finalize_key_set(set: u8, version: u8) = Command::finalize_key_set(set, version);
}

impl<L: Link, S: Messaging> Authenticated<L, S> {
    /// `SetConfiguration`. Several settings cannot be taken back, see [`Configuration`]. The session
    /// is over where the messaging changes, and is not used afterwards in any case.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub fn set_configuration(self, configuration: &Configuration) -> Result<Card<L>, Failed<L>> {
        let command = Command::set_configuration(configuration);
        let act = |this: &mut Self| read_answer(this, &command, empty);
        self.attempt(act).map(|(this, ())| this.forget())
    }

    /// `RollKeySet`: the set becomes the active one, which ends the session.
    ///
    /// # Errors
    ///
    /// See [`Error`]. After [`Error::Link`] either set may be the active one.
    pub fn roll_key_set(self, set: u8) -> Result<Card<L>, Failed<L>> {
        let act = |this: &mut Self| read_answer(this, &Command::roll_key_set(set)?, empty);
        self.attempt(act).map(|(this, ())| this.forget())
    }

    /// `ChangeKey` for the key that this session has proven, which ends the session. At the PICC
    /// level the new key may be of another type.
    ///
    /// # Errors
    ///
    /// See [`Error`]. After [`Error::Link`] either key may be the card's.
    pub fn change_own_key(self, new: &NewKey) -> Result<Card<L>, Failed<L>> {
        let act = |this: &mut Self| {
            let selected = this.card.selected.ok_or(Misuse::NothingSelected)?;
            let command = Command::change_own_key(this.key, new, selected == Aid::PICC);
            read_answer(this, &command, empty)
        };
        self.attempt(act).map(|(this, ())| this.forget())
    }

    /// `ChangeKey` for another key of the selected level, from `old` to `new`.
    ///
    /// # Errors
    ///
    /// [`Misuse::OutOfRange`] for the session's own key; else see [`Error`]. After [`Error::Link`]
    /// either key may be the card's.
    pub fn change_other_key(
        self,
        number: KeyNo,
        old: &Key,
        new: &NewKey,
    ) -> Result<Self, Failed<L>> {
        let act = |this: &mut Self| {
            if number == this.key {
                return Err(Misuse::OutOfRange("number of another key").into());
            }
            let selected = this.card.selected.ok_or(Misuse::NothingSelected)?;
            let command = Command::change_other_key(number, old, new, selected == Aid::PICC);
            read_answer(this, &command, empty)
        };
        self.attempt(act).map(|(this, ())| this)
    }
}

impl<L: Link> Card<L> {
    /// A proximity check in as many rounds as there are challenges (1 to 8 bytes each, 8 together,
    /// unpredictable). What this proves depends on who takes the time; see [`proximity`].
    ///
    /// # Errors
    ///
    /// [`Error::Forged`] when the card's MAC is wrong, [`Error::Nonsense`] when it is missing.
    pub fn proximity_check(
        &mut self,
        key: &AesKey,
        challenges: &[&[u8]],
    ) -> Result<proximity::Prepared, Error<L::Error>> {
        let prepare = Command::prepare_proximity_check();
        let prepared =
            read_answer(self, &prepare, |answer| proximity::Prepared::parse(&answer.data))?;
        let mut check = proximity::Check::new(prepared);
        for challenge in challenges {
            let answer: Vec<u8> = self.ask_plainly(&Command::proximity_check(challenge))?;
            check
                .round(challenge, &answer)
                .map_err(|rule| Error::Nonsense { ins: Ins::PROXIMITY_CHECK, rule })?;
        }
        let mac = self.ask_plainly(&Command::verify_proximity_check(check.mac(key)))?;
        let verified = check.verify(key, &mac);
        verified.map_err(|bad| Error::bad_answer(Ins::VERIFY_PROXIMITY_CHECK, bad))?;
        Ok(prepared)
    }
}
