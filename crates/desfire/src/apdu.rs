//! Framing: native commands inside ISO 7816-4 APDUs, and chains of frames.

use alloc::vec::Vec;

use crate::{Ins, Nonsense, Status};

/// Puts a native command into an APDU: `90 INS 00 00 [Lc payload] 00`. `payload` is at most 255
/// bytes; what is longer must go through an [`Exchange`].
pub fn wrap(ins: Ins, payload: &[u8]) -> Vec<u8> {
    let mut apdu = Vec::with_capacity(payload.len() + 6);
    apdu.extend([0x90, ins.0, 0x00, 0x00]);
    if let Ok(length @ 1..) = u8::try_from(payload.len()) {
        apdu.push(length);
        apdu.extend_from_slice(payload);
    }
    apdu.push(0x00);
    apdu
}

/// Takes an answer APDU apart into data and status.
///
/// # Errors
///
/// [`Nonsense`] when the answer is shorter than a status word, or its status word is not `91 xx`.
pub fn unwrap(answer: &[u8]) -> Result<(&[u8], Status), Nonsense> {
    match answer {
        [data @ .., 0x91, status] => Ok((data, Status(*status))),
        [.., high, low] => Err(Nonsense::ForeignStatusWord(u16::from_be_bytes([*high, *low]))),
        _ => Err(Nonsense::NoStatus),
    }
}

/// One logical command on its way: cuts it into frames, joins the frames of the answer.
#[derive(Debug)]
pub struct Exchange {
    unsent: Vec<u8>,
    answer: Vec<u8>,
    frames: u16,
}

/// What an [`Exchange`] wants next.
#[derive(Debug, Eq, PartialEq)]
pub enum Next {
    /// Send this APDU and feed the answer.
    Send(Vec<u8>),
    /// The answer is complete.
    Done(Status, Vec<u8>),
}

impl Exchange {
    /// Starts a command; returns the first APDU to send.
    pub fn new(ins: Ins, mut payload: Vec<u8>) -> (Self, Vec<u8>) {
        let first = payload.len().min(frame_limit(ins));
        let unsent = payload.split_off(first);
        (Self { unsent, answer: Vec::new(), frames: 0 }, wrap(ins, &payload))
    }

    /// Takes one answer APDU.
    ///
    /// # Errors
    ///
    /// [`Nonsense`] when the answer is none, or frames do not come to an end.
    pub fn feed(&mut self, answer: &[u8]) -> Result<Next, Nonsense> {
        let (data, status) = unwrap(answer)?;
        if status != Status::ADDITIONAL_FRAME {
            if status.is_success() && !self.unsent.is_empty() {
                return Err(Nonsense::OutOfStep);
            }
            self.answer.extend_from_slice(data);
            return Ok(Next::Done(status, core::mem::take(&mut self.answer)));
        }
        self.frames += 1;
        if self.frames > FRAMES {
            return Err(Nonsense::EndlessChain);
        }
        if self.unsent.is_empty() {
            self.answer.extend_from_slice(data);
            return Ok(Next::Send(wrap(Ins::ADDITIONAL_FRAME, &[])));
        }
        if !data.is_empty() {
            return Err(Nonsense::OutOfStep);
        }
        let length = self.unsent.len().min(SMALL_FRAME);
        let rest = self.unsent.split_off(length);
        let frame = core::mem::replace(&mut self.unsent, rest);
        Ok(Next::Send(wrap(Ins::ADDITIONAL_FRAME, &frame)))
    }
}

/// The newer data commands leave chaining to the layer below and take a whole short APDU.
const fn frame_limit(ins: Ins) -> usize {
    match ins {
        Ins::READ_DATA | Ins::WRITE_DATA => 255,
        _ => SMALL_FRAME,
    }
}

/// What every generation takes in one frame: FSCI 5 (64 bytes) less the frame's own.
const SMALL_FRAME: usize = 59;
/// Frames of an answer before the card is called endless: 32 KiB in frames of 59 bytes.
const FRAMES: u16 = 556;

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn long_command_goes_out_in_frames() {
        let (mut exchange, first) = Exchange::new(Ins::CREATE_APPLICATION, vec![7; 60]);
        assert_eq!(first.len(), 6 + 59);
        assert_eq!(
            exchange.feed(&[0x91, 0xAF]).unwrap(),
            Next::Send(vec![0x90, 0xAF, 0, 0, 1, 7, 0])
        );
        assert_eq!(exchange.feed(&[0x91, 0x00]).unwrap(), Next::Done(Status::OK, vec![]));
    }

    #[test]
    fn newer_family_fills_a_short_apdu() {
        let (_, first) = Exchange::new(Ins::WRITE_DATA, vec![7; 255]);
        assert_eq!(first.len(), 6 + 255);
    }

    #[test]
    fn rejects_success_before_the_command_was_sent() {
        let (mut exchange, _) = Exchange::new(Ins::CREATE_APPLICATION, vec![7; 60]);
        assert_eq!(exchange.feed(&[0x91, 0x00]), Err(Nonsense::OutOfStep));
    }

    #[test]
    fn rejects_endless_chain() {
        let (mut exchange, _) = Exchange::new(Ins::GET_VERSION, vec![]);
        let error = (0..=FRAMES).find_map(|_| exchange.feed(&[0x91, 0xAF]).err());
        assert_eq!(error, Some(Nonsense::EndlessChain));
    }

    #[test]
    fn rejects_answer_without_status() {
        assert_eq!(unwrap(&[0x91]), Err(Nonsense::NoStatus));
        assert_eq!(unwrap(&[0x6D, 0x00]), Err(Nonsense::ForeignStatusWord(0x6D00)));
    }
}
