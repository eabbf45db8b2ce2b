//! In which form a command comes and its answer goes: native, wrapped into an APDU, or ISO/IEC 7816-4.

use crate::status::Status;

/// One message from the terminal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Received<'a> {
    /// A command of the card's own protocol.
    Desfire {
        /// How the answer must look.
        form: Form,
        /// Instruction.
        ins: u8,
        /// Everything after it.
        payload: &'a [u8],
    },
    /// ISO/IEC 7816-4 SELECT.
    Select {
        /// How to select: 00 by file identifier, 04 by DF name.
        p1: u8,
        /// What to select.
        name: &'a [u8],
    },
    /// What a PC/SC reader answers itself when asked for the identifier of the card.
    GetUid,
    /// Nothing that this card answers; the status word says why.
    Refused(u16),
}

/// The form of a command and of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `INS payload`, answered with `SC data`.
    Native,
    /// `90 INS 00 00 [Lc payload] 00`, answered with `data 91 SC`.
    Wrapped,
}

impl<'a> Received<'a> {
    /// Tells the forms apart. `knows` says whether a byte is an instruction of the card's own protocol.
    pub(crate) fn read(message: &'a [u8], knows: impl Fn(u8) -> bool) -> Self {
        match *message {
            [] => Received::Refused(SW_WRONG_LENGTH),
            [0x90, ins, 0x00, 0x00, ref rest @ ..] => match body(rest) {
                Some(payload) => Received::Desfire { form: Form::Wrapped, ins, payload },
                None => Received::Refused(SW_WRONG_LENGTH),
            },
            [0x90, _, _, _, ..] => Received::Refused(SW_WRONG_P1_P2),
            [0xFF, 0xCA, 0x00, 0x00, ..] => Received::GetUid,
            [0xFF, 0xCA, _, _, ..] => Received::Refused(SW_NOT_SUPPORTED),
            [0x00, 0xA4, p1, _, ref rest @ ..] => match body(rest) {
                Some(name) => Received::Select { p1, name },
                None => Received::Refused(SW_WRONG_LENGTH),
            },
            [0x00, _, _, _, ..] => Received::Refused(SW_UNKNOWN_INSTRUCTION),
            // Whoever looks for other cards uses other classes; a native command is told by its first byte.
            [class, _, _, _, ..] if !knows(class) => Received::Refused(SW_UNKNOWN_CLASS),
            [ins, ref payload @ ..] => Received::Desfire { form: Form::Native, ins, payload },
        }
    }
}

impl Form {
    pub(crate) fn answer(self, status: Status, data: &[u8]) -> Vec<u8> {
        match self {
            Form::Native => [&[status.0], data].concat(),
            Form::Wrapped => [data, &[0x91, status.0]].concat(),
        }
    }
}

/// The data field of a short APDU after its four header bytes: `[Lc data] [Le]`.
fn body(rest: &[u8]) -> Option<&[u8]> {
    match rest {
        [] | [_] => Some(&[]),
        [length, rest @ ..] => match rest.len().checked_sub(usize::from(*length)) {
            Some(0 | 1) if *length > 0 => rest.get(..usize::from(*length)),
            _ => None,
        },
    }
}

pub(crate) const SW_OK: u16 = 0x9000;
pub(crate) const SW_NOT_FOUND: u16 = 0x6A82;
const SW_WRONG_LENGTH: u16 = 0x6700;
const SW_NOT_SUPPORTED: u16 = 0x6A81;
const SW_WRONG_P1_P2: u16 = 0x6A86;
const SW_UNKNOWN_INSTRUCTION: u16 = 0x6D00;
const SW_UNKNOWN_CLASS: u16 = 0x6E00;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::of_kind;

    fn read(message: &[u8]) -> Received<'_> {
        Received::read(message, |ins| ins == 0x60 || ins == 0xAF)
    }

    #[test]
    fn reads_every_wrapped_vector() {
        for vector in of_kind("wrapped_apdu") {
            let apdu = vector.expected("c_apdu");
            let (ins, data) = (vector.input("ins")[0], vector.input("data"));
            let expected = Received::Desfire { form: Form::Wrapped, ins, payload: &data };
            assert_eq!(read(&apdu), expected, "{}", vector.name);
        }
    }

    #[test]
    fn one_byte_is_a_native_command() {
        let expected = Received::Desfire { form: Form::Native, ins: 0x60, payload: &[] };
        assert_eq!(read(&[0x60]), expected);
    }

    #[test]
    fn refuses_a_wrapped_command_whose_length_is_wrong() {
        assert_eq!(read(&[0x90, 0x5A, 0, 0, 3, 1, 2]), Received::Refused(0x6700));
        assert_eq!(read(&[0x90, 0x5A, 0, 0, 3, 1, 2, 3, 0, 0]), Received::Refused(0x6700));
        assert_eq!(read(&[0x90, 0x5A, 0, 0, 0, 0]), Received::Refused(0x6700));
    }

    #[test]
    fn a_foreign_class_is_refused_with_a_status_word() {
        assert_eq!(read(&[0xA0, 0xA4, 0, 0, 2, 0x3F, 0]), Received::Refused(0x6E00));
        assert_eq!(read(&[0x00, 0xB0, 0, 0, 0]), Received::Refused(0x6D00));
    }
}
