//! Commands about keys and key settings.

use super::Answer;
use crate::card::Card;
use crate::chip::Model;
use crate::cipher::xor;
use crate::command::outline;
use crate::eeprom::Contents;
use crate::key::{Key, KeyKind};
use crate::messaging::{Protected, require_equal};
use crate::rights::{CommMode, KeyChanger, KeySettings};
use crate::status::{Fault, Status};

const CHANGE_KEY: u8 = 0xC4;

impl Card {
    pub(super) fn get_key_settings(&self) -> Result<Answer, Status> {
        if !self.key_settings().listing_is_free() {
            self.require_master_key()?;
        }
        let contents = self.eeprom.contents();
        let keys = match contents.application(self.volatile.selected) {
            Some(application) => {
                let number = u8::try_from(application.keys.len()).expect("at most 14 keys");
                application.key_kind.type_bits() | number
            }
            None => contents.master_key.kind().type_bits() | 1,
        };
        Ok(Answer::with(vec![self.key_settings().0, keys]))
    }

    pub(super) fn change_key_settings(&mut self, settings: KeySettings) -> Result<Answer, Fault> {
        if !self.key_settings().settings_changeable() {
            return Err(Status::PERMISSION_DENIED.into());
        }
        self.require_master_key()?;
        let selected = self.volatile.selected;
        self.eeprom.write(|contents| match contents.application_mut(selected) {
            Some(application) => application.settings = settings,
            None => contents.settings = settings,
        })?;
        Ok(Answer::done())
    }

    pub(super) fn get_key_version(&self, key_no: u8) -> Result<Answer, Status> {
        Ok(Answer::with(vec![self.key(key_no)?.version()]))
    }

    /// Replaces a key. At card level the upper bits of the key number say of which kind the new one is.
    pub(super) fn change_key(&mut self, number: u8, payload: &[u8]) -> Result<Answer, Fault> {
        let selected = self.volatile.selected;
        let (key_no, kind) = if self.is_at_card_level() {
            let kind = KeyKind::from_type_bits(number).ok_or(Status::PARAMETER_ERROR)?;
            (number & 0x3F, kind)
        } else {
            (number, self.application()?.key_kind)
        };
        let old = self.key(key_no)?.clone();
        self.require_key_changer(key_no)?;
        let Some(session) = self.volatile.session.as_mut() else {
            return Err(Status::AUTHENTICATION_ERROR.into());
        };
        let own = session.key_no == key_no;

        let shape = outline(CHANGE_KEY, Model::Ev1).ok_or(Status::ILLEGAL_COMMAND)?;
        let protected = Protected {
            ins: CHANGE_KEY,
            header: shape.header,
            mode: CommMode::Full,
            data: shape.data,
        };
        let mut change = session.messaging.open_key_change(protected, payload, kind, own)?;
        if let Some(check) = &change.check {
            xor(&mut change.bytes, old.bytes());
            require_equal(check, &session.messaging.key_check(&change.bytes))?;
        }
        let new = Key::new(kind, &change.bytes, change.version).ok_or(Status::LENGTH_ERROR)?;
        self.eeprom.write(|contents: &mut Contents| match contents.application_mut(selected) {
            Some(application) => {
                if let Some(place) = application.keys.get_mut(usize::from(key_no)) {
                    *place = new;
                }
            }
            None => contents.master_key = new,
        })?;
        Ok(if own { Answer::session_over() } else { Answer::done() })
    }

    /// Lets through whoever may change that key.
    fn require_key_changer(&self, key_no: u8) -> Result<(), Status> {
        let settings = self.key_settings();
        if key_no == 0 && !settings.master_key_changeable() {
            return Err(Status::PERMISSION_DENIED);
        }
        let needed = match settings.key_changer() {
            _ if key_no == 0 => 0,
            // The key that changes all others is itself changed by the master key.
            KeyChanger::Key(changer) if changer == key_no => 0,
            KeyChanger::Key(changer) => changer,
            KeyChanger::Itself => key_no,
            KeyChanger::Nobody => return Err(Status::PERMISSION_DENIED),
        };
        if self.volatile.is_authenticated_with(needed) {
            Ok(())
        } else {
            Err(Status::AUTHENTICATION_ERROR)
        }
    }

    /// Settings of the selected application, or of the card.
    pub(super) fn key_settings(&self) -> KeySettings {
        let contents = self.eeprom.contents();
        contents
            .application(self.volatile.selected)
            .map_or(contents.settings, |application| application.settings)
    }
}
