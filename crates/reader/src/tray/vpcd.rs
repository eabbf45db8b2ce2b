//! The conversation with `vpcd`, the driver of pcscd's virtual reader.
//!
//! Both ways: two bytes of length, big-endian, then that many bytes. The driver listens, the card
//! connects; a connection is a card on the reader.
//!
//! Source: behaviour seen on vsmartcard's vpcd 3.3.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::os::linux::net::TcpStreamExt as _;

/// What the driver asks.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Message {
    /// Field off.
    PowerOff,
    /// Field on.
    PowerOn,
    /// Field off and on.
    Reset,
    /// Give the answer to reset; so often that it is the driver's way to see the card.
    Atr,
    /// A command for the card. A native command may be one byte long as well.
    Command(Vec<u8>),
}

impl Message {
    fn parse(bytes: Vec<u8>) -> Self {
        match bytes.as_slice() {
            [0x00] => Self::PowerOff,
            [0x01] => Self::PowerOn,
            [0x02] => Self::Reset,
            [0x04] => Self::Atr,
            _ => Self::Command(bytes),
        }
    }
}

/// One connection to the driver.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    out: Vec<u8>,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, out: Vec::new() })
    }

    /// The next message; none when the driver has hung up between two messages.
    pub(super) fn receive(&mut self) -> io::Result<Option<Message>> {
        let mut length = [0; 2];
        match self.stream.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            result => result?,
        }
        // The driver sends length and body apart, and the body waits up to 40 ms for the
        // acknowledgement of the length unless the kernel gives it at once. The setting does not
        // last, so it is made after each receive.
        self.stream.set_quickack(true)?;
        let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
        self.stream.read_exact(&mut bytes)?;
        self.stream.set_quickack(true)?;
        Ok(Some(Message::parse(bytes)))
    }

    /// Sends one answer, in one write.
    pub(super) fn send(&mut self, answer: &[u8]) -> io::Result<()> {
        let length = u16::try_from(answer.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "an answer of over 64 KiB"))?;
        self.out.clear();
        self.out.extend_from_slice(&length.to_be_bytes());
        self.out.extend_from_slice(answer);
        self.stream.write_all(&self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn native_commands_of_one_byte_are_commands() {
        for byte in [0x45, 0x60, 0x6A, 0x51, 0xAF, 0x03, 0x05] {
            assert_eq!(Message::parse(vec![byte]), Message::Command(vec![byte]));
        }
    }

    #[test]
    fn control_bytes_are_controls_only_when_alone() {
        assert_eq!(Message::parse(vec![0]), Message::PowerOff);
        assert_eq!(Message::parse(vec![1]), Message::PowerOn);
        assert_eq!(Message::parse(vec![2]), Message::Reset);
        assert_eq!(Message::parse(vec![4]), Message::Atr);
        assert_eq!(Message::parse(vec![0, 0xA4]), Message::Command(vec![0, 0xA4]));
        assert_eq!(Message::parse(Vec::new()), Message::Command(Vec::new()));
    }
}
