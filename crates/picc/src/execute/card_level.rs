//! Commands about the card as a whole and about its applications.

use super::{Answer, Cut};
use crate::card::Card;
use crate::chip::Model;
use crate::command::NewApplication;
use crate::eeprom::{Aid, Application};
use crate::key::Key;
use crate::status::{Fault, Status};

/// An EV1 has a directory of fixed length.
const MOST_EV1_APPLICATIONS: usize = 28;

impl Card {
    pub(super) fn get_version(&self) -> Answer {
        let frames = self.eeprom.contents().chip.version_frames();
        Answer { cut: Cut::Version, ..Answer::with(frames.concat()) }
    }

    /// The identifier, for whoever is authenticated with any key.
    pub(super) fn get_card_uid(&self) -> Result<Answer, Status> {
        match self.volatile.session {
            Some(_) => Ok(Answer::with(self.uid().to_vec())),
            None => Err(Status::AUTHENTICATION_ERROR),
        }
    }

    pub(super) fn free_memory(&self) -> Answer {
        let [low, middle, high, ..] = self.free_bytes().to_le_bytes();
        Answer::with(vec![low, middle, high])
    }

    pub(super) fn get_application_ids(&self) -> Result<Answer, Status> {
        self.require_card_level()?;
        let contents = self.eeprom.contents();
        if !contents.settings.listing_is_free() {
            self.require_master_key()?;
        }
        let aids = contents.applications.iter().flat_map(|application| application.aid.0).collect();
        Ok(Answer { cut: Cut::Units(3), ..Answer::with(aids) })
    }

    pub(super) fn create_application(&mut self, new: NewApplication) -> Result<Answer, Fault> {
        self.require_card_level()?;
        let contents = self.eeprom.contents();
        if !contents.settings.creation_is_free() {
            self.require_master_key()?;
        }
        let model = contents.chip.model;
        if new.aid == Aid::PICC || (model == Model::Ev1 && new.more_settings.is_some()) {
            return Err(Status::PARAMETER_ERROR.into());
        }
        let clashes = |other: &Application| {
            other.aid == new.aid
                || (new.iso_id.is_some() && other.iso_id == new.iso_id)
                || (!new.df_name.is_empty() && other.df_name == new.df_name)
        };
        if contents.applications.iter().any(clashes) {
            return Err(Status::DUPLICATE.into());
        }
        if model == Model::Ev1 && contents.applications.len() >= MOST_EV1_APPLICATIONS {
            return Err(Status::COUNT_ERROR.into());
        }
        let application = Application {
            aid: new.aid,
            settings: new.settings,
            key_kind: new.key_kind,
            files_have_iso_ids: new.files_have_iso_ids,
            more_settings: new.more_settings,
            iso_id: new.iso_id,
            df_name: new.df_name,
            keys: vec![Key::zero(new.key_kind); new.keys],
            files: Vec::new(),
        };
        let blocks = application.blocks();
        if blocks > contents.blocks_free() {
            return Err(Status::OUT_OF_EEPROM.into());
        }
        self.eeprom.write(|contents| {
            contents.blocks_used += blocks;
            contents.applications.push(application);
        })?;
        Ok(Answer::done())
    }

    /// Deletes an application: by the card's master key, or from inside by its own if the card allows.
    /// Its memory is lost until the next format.
    pub(super) fn delete_application(&mut self, aid: Aid) -> Result<Answer, Fault> {
        let contents = self.eeprom.contents();
        let from_inside = !self.is_at_card_level();
        if from_inside && (aid != self.volatile.selected || !contents.settings.creation_is_free()) {
            return Err(Status::PERMISSION_DENIED.into());
        }
        self.require_master_key()?;
        if contents.application(aid).is_none() {
            return Err(Status::APPLICATION_NOT_FOUND.into());
        }
        self.eeprom.write(|contents| {
            contents.applications.retain(|application| application.aid != aid);
        })?;
        if from_inside {
            self.volatile.select(Aid::PICC);
            return Ok(Answer::session_over());
        }
        Ok(Answer::done())
    }

    /// Deletes all applications and gives their memory back; master key and settings stay.
    pub(super) fn format(&mut self) -> Result<Answer, Fault> {
        self.require_card_level()?;
        self.require_master_key()?;
        self.eeprom.write(|contents| {
            contents.applications.clear();
            contents.blocks_used = 0;
        })?;
        Ok(Answer::done())
    }
}
