//! Framing: native commands as they are or inside ISO 7816-4 APDUs, and chains of frames.

use alloc::vec::Vec;

use crate::{Ins, Nonsense, Status};

/// In which form commands travel. A card answers in the form in which it is asked, and a session
/// keeps to one.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Framing {
    /// `90 INS 00 00 [Lc params] 00` and `data 91 SC`: what PC/SC readers pass on.
    #[default]
    Wrapped,
    /// `INS params` and `SC data`: what a radio interface of one's own carries.
    Native,
}

/// How much of a command fits into a frame.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Limits {
    /// Bytes after the instruction in the first frame.
    pub first: usize,
    /// Bytes in each further one.
    pub next: usize,
    /// Bytes in the frame of a command that does not chain.
    pub long: usize,
}

impl Limits {
    /// What every generation takes: FSCI 5 (64 bytes) less the frame's own; a short APDU for
    /// commands that leave chaining to the layer below.
    pub const EVERY_CARD: Self = Self { first: 59, next: 59, long: 255 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::EVERY_CARD
    }
}

impl Framing {
    /// Puts a native command into its frame. `payload` is at most 255 bytes; what is longer must go
    /// through an [`Exchange`].
    pub fn wrap(self, ins: Ins, payload: &[u8]) -> Vec<u8> {
        let mut frame = Vec::with_capacity(payload.len() + 6);
        match self {
            Self::Native => {
                frame.push(ins.0);
                frame.extend_from_slice(payload);
            }
            Self::Wrapped => {
                frame.extend([0x90, ins.0, 0x00, 0x00]);
                if let Ok(length @ 1..) = u8::try_from(payload.len()) {
                    frame.push(length);
                    frame.extend_from_slice(payload);
                }
                frame.push(0x00);
            }
        }
        frame
    }

    /// Takes an answer apart into data and status.
    ///
    /// # Errors
    ///
    /// [`Nonsense`] when the answer is shorter than its status, or its status word is not `91 xx`.
    pub fn unwrap(self, answer: &[u8]) -> Result<(&[u8], Status), Nonsense> {
        match (self, answer) {
            (Self::Native, [status, data @ ..]) => Ok((data, Status(*status))),
            (Self::Wrapped, [data @ .., 0x91, status]) => Ok((data, Status(*status))),
            (Self::Wrapped, [.., high, low]) => {
                Err(Nonsense::ForeignStatusWord(u16::from_be_bytes([*high, *low])))
            }
            _ => Err(Nonsense::NoStatus),
        }
    }
}

/// [`Framing::wrap`] of the usual form: `90 INS 00 00 [Lc payload] 00`.
pub fn wrap(ins: Ins, payload: &[u8]) -> Vec<u8> {
    Framing::Wrapped.wrap(ins, payload)
}

/// [`Framing::unwrap`] of the usual form.
///
/// # Errors
///
/// As [`Framing::unwrap`].
pub fn unwrap(answer: &[u8]) -> Result<(&[u8], Status), Nonsense> {
    Framing::Wrapped.unwrap(answer)
}

/// One logical command on its way: cuts it into frames, joins the frames of the answer.
#[derive(Debug)]
pub struct Exchange {
    unsent: Vec<u8>,
    answer: Vec<u8>,
    framing: Framing,
    next: usize,
    chains: bool,
    frames: u16,
    breaks: Vec<usize>,
}

/// What an [`Exchange`] wants next.
#[derive(Debug, Eq, PartialEq)]
pub enum Next {
    /// Send this frame and feed the answer.
    Send(Vec<u8>),
    /// The answer is complete.
    Done(Status, Vec<u8>),
}

impl Exchange {
    /// Starts a command in the usual form; returns the first APDU to send.
    pub fn new(ins: Ins, payload: Vec<u8>) -> (Self, Vec<u8>) {
        Self::with(Framing::Wrapped, Limits::EVERY_CARD, ins, payload)
    }

    /// Starts a command; returns the first frame to send.
    pub fn with(
        framing: Framing,
        limits: Limits,
        ins: Ins,
        mut payload: Vec<u8>,
    ) -> (Self, Vec<u8>) {
        let chains = ins.chains();
        let first = if chains { limits.first } else { limits.long };
        let unsent = payload.split_off(payload.len().min(first));
        let exchange = Self {
            unsent,
            answer: Vec::new(),
            framing,
            next: limits.next.max(1),
            chains,
            frames: 0,
            breaks: Vec::new(),
        };
        (exchange, framing.wrap(ins, &payload))
    }

    /// Takes one answer frame.
    ///
    /// # Errors
    ///
    /// [`Nonsense`] when the answer is none, or frames do not come to an end.
    pub fn feed(&mut self, answer: &[u8]) -> Result<Next, Nonsense> {
        let (data, status) = self.framing.unwrap(answer)?;
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
            self.breaks.push(self.answer.len());
            return Ok(Next::Send(self.framing.wrap(Ins::ADDITIONAL_FRAME, &[])));
        }
        if !data.is_empty() || !self.chains {
            return Err(Nonsense::OutOfStep);
        }
        let rest = self.unsent.split_off(self.unsent.len().min(self.next));
        let frame = core::mem::replace(&mut self.unsent, rest);
        Ok(Next::Send(self.framing.wrap(Ins::ADDITIONAL_FRAME, &frame)))
    }

    /// Where the frames of the answer ended, but for the last one: `GetDFNames` gives one
    /// application a frame, and nothing else tells where a name ends.
    pub fn breaks(&self) -> &[usize] {
        &self.breaks
    }
}

impl Ins {
    /// Whether a long command of this kind goes out in frames continued by
    /// [`Ins::ADDITIONAL_FRAME`]. The newer data commands leave that to the layer below.
    pub const fn chains(self) -> bool {
        !matches!(
            self,
            Self::READ_DATA_LONG
                | Self::WRITE_DATA_LONG
                | Self::READ_RECORDS_LONG
                | Self::WRITE_RECORD_LONG
                | Self::UPDATE_RECORD_LONG
        )
    }
}

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
        let (_, first) = Exchange::new(Ins::WRITE_DATA_LONG, vec![7; 255]);
        assert_eq!(first.len(), 6 + 255);
    }

    #[test]
    fn native_frames_put_the_status_first() {
        let limits = Limits { first: 2, next: 1, ..Limits::EVERY_CARD };
        let (mut exchange, first) =
            Exchange::with(Framing::Native, limits, Ins::WRITE_DATA, vec![1, 2, 3]);
        assert_eq!(first, [0x3D, 1, 2]);
        assert_eq!(exchange.feed(&[0xAF]).unwrap(), Next::Send(vec![0xAF, 3]));
        assert_eq!(exchange.feed(&[0x00, 9]).unwrap(), Next::Done(Status::OK, vec![9]));
        assert_eq!(Framing::Native.unwrap(&[]), Err(Nonsense::NoStatus));
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
