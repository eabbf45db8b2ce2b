//! From frames to commands and from answers to frames.
//!
//! A command may come in several frames and an answer may go in several; both are continued with `AF`.
//! Secure messaging is over the whole command and the whole answer.

use std::collections::VecDeque;

use crate::authenticate::is_authentication;
use crate::card::{Card, Reply};
use crate::chip::Model;
use crate::command::{
    ADDITIONAL_FRAME, Command, Outline, Protection, SELECT_APPLICATION, Way, outline,
};
use crate::eeprom::Aid;
use crate::execute::data::{readers, value_readers, writers};
use crate::execute::{Answer, Cut, Grant};
use crate::messaging::Protected;
use crate::rights::CommMode;
use crate::session::{Pending, Receiving};
use crate::status::{Fault, Status};

impl Card {
    /// Whether the card has a command with this instruction.
    pub(crate) fn knows(&self, ins: u8) -> bool {
        let model = self.model();
        ins == ADDITIONAL_FRAME
            || ins == SELECT_APPLICATION
            || is_authentication(ins, model)
            || outline(ins, model).is_some()
    }

    /// Takes one frame and gives one, or nothing when the power is lost.
    ///
    /// Every refusal ends the conversation: chain, pending transaction and session.
    pub(crate) fn converse(&mut self, ins: u8, payload: &[u8]) -> Option<Reply> {
        match self.take_frame(ins, payload) {
            Ok(reply) => Some(reply),
            Err(Fault::Refused(status)) => {
                self.volatile.abort();
                Some(Reply { status, data: Vec::new() })
            }
            Err(Fault::PowerLost) => None,
        }
    }

    fn take_frame(&mut self, ins: u8, payload: &[u8]) -> Result<Reply, Fault> {
        match (std::mem::take(&mut self.volatile.pending), ins) {
            (Pending::Nothing, ADDITIONAL_FRAME) => Err(Status::ILLEGAL_COMMAND.into()),
            (Pending::Nothing, _) => self.begin(ins, payload),
            (Pending::Authentication(handshake), ADDITIONAL_FRAME) => {
                Ok(self.finish_authentication(handshake, payload)?)
            }
            (Pending::Receiving(mut receiving), ADDITIONAL_FRAME) => {
                receiving.payload.extend_from_slice(payload);
                receiving.frames += 1;
                self.receive(receiving)
            }
            (Pending::Sending(_), ADDITIONAL_FRAME) if !payload.is_empty() => {
                Err(Status::LENGTH_ERROR.into())
            }
            (Pending::Sending(frames), ADDITIONAL_FRAME) => Ok(self.send(frames)),
            (Pending::Authentication(_) | Pending::Receiving(_) | Pending::Sending(_), _) => {
                Err(Status::COMMAND_ABORTED.into())
            }
        }
    }

    fn begin(&mut self, ins: u8, payload: &[u8]) -> Result<Reply, Fault> {
        let model = self.model();
        if ins == SELECT_APPLICATION {
            return Ok(self.select_application(payload)?);
        }
        if is_authentication(ins, model) {
            return Ok(self.authenticate(ins, payload)?);
        }
        let outline = outline(ins, model).ok_or(Status::ILLEGAL_COMMAND)?;
        let protected = Protected {
            ins,
            header: outline.header,
            mode: self.mode(outline, payload)?,
            data: outline.data,
        };
        let payload = payload.to_vec();
        self.receive(Receiving { ins, outline, protected, payload, frames: 1 })
    }

    fn select_application(&mut self, payload: &[u8]) -> Result<Reply, Status> {
        let aid = Aid::parse(payload)?;
        if aid != Aid::PICC && self.eeprom.contents().application(aid).is_none() {
            // The old selection does not survive the attempt.
            self.volatile.select(Aid::PICC);
            return Err(Status::APPLICATION_NOT_FOUND);
        }
        self.volatile.select(aid);
        Ok(Reply { status: Status::OK, data: Vec::new() })
    }

    /// How a command is protected now: a property of the command, the file and the key that opens it.
    ///
    /// Who is let in because anybody is, talks plainly even to a file that is otherwise enciphered.
    fn mode(&self, outline: Outline, payload: &[u8]) -> Result<CommMode, Status> {
        match outline.way {
            Way::Mac => return Ok(CommMode::Mac),
            Way::Full | Way::KeyChange => return Ok(CommMode::Full),
            Way::Read | Way::Write | Way::Value | Way::ValueChange(_) | Way::ChangeFile => {}
        }
        let number = payload.get(..outline.header).and_then(|header| header.first());
        let number = number.ok_or(Status::LENGTH_ERROR)?;
        let file = self.application()?.file(*number).ok_or(Status::FILE_NOT_FOUND)?;
        let (grant, mode) = match outline.way {
            Way::Read => (self.grant(&readers(file))?, file.mode),
            Way::Write => (self.grant(&writers(file))?, file.mode),
            Way::Value => (self.grant(&value_readers(file))?, file.mode),
            Way::ValueChange(change) => (self.grant(&change.rights(file))?, file.mode),
            Way::ChangeFile | Way::Mac | Way::Full | Way::KeyChange => {
                (self.grant(&[file.rights.change()])?, CommMode::Full)
            }
        };
        Ok(match grant {
            Grant::Keyed => mode,
            Grant::Free => CommMode::Plain,
        })
    }

    /// Carries a command out once all its frames are there.
    fn receive(&mut self, receiving: Receiving) -> Result<Reply, Fault> {
        if receiving.outline.chained && receiving.outline.data == Protection::Counted {
            let (expected, bare) = self.expected_length(&receiving)?;
            let got = receiving.payload.len();
            // A short single frame with all of its data and no MAC will not be continued.
            let forgot_mac = got == bare && receiving.frames == 1 && got < FILE_FRAME;
            if got < expected && !forgot_mac {
                self.volatile.pending = Pending::Receiving(receiving);
                return Ok(Reply { status: Status::ADDITIONAL_FRAME, data: Vec::new() });
            }
            if got > expected {
                return Err(Status::LENGTH_ERROR.into());
            }
            if got < expected && receiving.protected.mode == CommMode::Mac {
                return Err(Status::INTEGRITY_ERROR.into());
            }
        }
        self.carry_out(&receiving)
    }

    /// Length of a chained write as it travels and without its protection.
    fn expected_length(&self, receiving: &Receiving) -> Result<(usize, usize), Status> {
        let header = receiving.payload.get(..receiving.outline.header);
        let Some(&[.., o1, o2, o3, l1, l2, l3]) = header else {
            return Err(Status::LENGTH_ERROR);
        };
        let little = |bytes: [u8; 3]| {
            let [low, middle, high] = bytes;
            u32::from_le_bytes([low, middle, high, 0]) as usize
        };
        let (offset, length) = (little([o1, o2, o3]), little([l1, l2, l3]));
        // No file is longer than the chip, so nothing longer is ever collected.
        if offset + length > self.size().nominal_bytes() {
            return Err(Status::BOUNDARY_ERROR);
        }
        let header = receiving.outline.header;
        let body = match &self.volatile.session {
            Some(session) => session.messaging.wire_length(receiving.protected, length),
            None => length,
        };
        Ok((header + body, header + length))
    }

    fn carry_out(&mut self, receiving: &Receiving) -> Result<Reply, Fault> {
        let Receiving { ins, outline, protected, payload, .. } = receiving;
        let opened = match &mut self.volatile.session {
            // Its cryptogram is opened where the keys are known.
            Some(_) if outline.way == Way::KeyChange => payload.clone(),
            Some(session) => session.messaging.open(*protected, payload)?,
            None => payload.clone(),
        };
        let answer = self.execute(Command::parse(*ins, &opened)?)?;
        let Answer { data, cut, open_ended, ends_session } = answer;
        if ends_session {
            self.volatile.end_session();
            self.volatile.suspended = None;
        }
        let sealed = match &mut self.volatile.session {
            Some(session) => session.messaging.seal(*protected, Status::OK, &data, open_ended),
            None => data,
        };
        if !outline.chained {
            if sealed.len() > LONGEST_ANSWER {
                return Err(Status::LENGTH_ERROR.into());
            }
            return Ok(Reply { status: Status::OK, data: sealed });
        }
        let frames = self.cut(&sealed, cut);
        Ok(self.send(frames))
    }

    fn cut(&self, answer: &[u8], cut: Cut) -> VecDeque<Vec<u8>> {
        let size = match (cut, self.model()) {
            (Cut::Version, _) => {
                let (hardware, rest) = answer.split_at(VERSION_FRAME.min(answer.len()));
                let (software, rest) = rest.split_at(VERSION_FRAME.min(rest.len()));
                return [hardware, software, rest].into_iter().map(<[u8]>::to_vec).collect();
            }
            (Cut::Units(unit), _) => FRAME / unit * unit,
            (Cut::FileData, Model::Ev1) => FRAME,
            (Cut::FileData, Model::Ev2 | Model::Ev3) => FILE_FRAME,
        };
        answer.chunks(size).map(<[u8]>::to_vec).collect()
    }

    fn send(&mut self, mut frames: VecDeque<Vec<u8>>) -> Reply {
        let data = frames.pop_front().unwrap_or_default();
        if frames.is_empty() {
            return Reply { status: Status::OK, data };
        }
        self.volatile.pending = Pending::Sending(frames);
        Reply { status: Status::ADDITIONAL_FRAME, data }
    }
}

/// Data bytes in one frame of an answer. Behaviour seen on DESFire EV1.
const FRAME: usize = 59;
/// Data bytes in one frame of file data on newer chips. Behaviour seen on DESFire EV3.
const FILE_FRAME: usize = 48;
const VERSION_FRAME: usize = 7;
/// What a short APDU can ask for.
const LONGEST_ANSWER: usize = 256;
