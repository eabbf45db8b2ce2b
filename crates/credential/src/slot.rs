//! How content lies in a file: its length in two bytes, MSB first, then the bytes.
//!
//! One read of the first frame therefore tells how much more there is, so that a record of up to
//! 476 bytes takes two reads without asking for the file's settings.

use desfire::{Authenticated, Command, Error, Failed, File, FileKind, Link, ev2};

/// Bytes before the content.
pub(crate) const PREFIX: u32 = 2;

/// The content of a file, or what is there instead.
pub(crate) enum Slot {
    Content(Vec<u8>),
    /// The length is 0 or beyond the file.
    Unreadable,
}

/// Bytes of content that fit.
pub(crate) fn capacity(file: &File) -> usize {
    match file.settings.kind {
        FileKind::Standard(size) | FileKind::Backup(size) => {
            usize::try_from(size.saturating_sub(PREFIX)).unwrap_or(0)
        }
        _ => 0,
    }
}

/// Content as it goes into its file; none when it is too long for any length prefix.
pub(crate) fn framed(content: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(content.len()).ok()?;
    Some([&length.to_be_bytes(), content].concat())
}

/// Reads the content of `file`.
pub(crate) fn read<L: Link>(
    card: Authenticated<L, ev2::Session>,
    file: &File,
) -> Result<(Authenticated<L, ev2::Session>, Slot), Failed<L>> {
    let size = capacity(file) + 2;
    let first = Command::read_limit(file.read_mode(Some(card.key()))).min(size);
    let (card, head) = card.read(file, 0, first)?;
    let Some((prefix, start)) = head.split_first_chunk::<2>() else {
        return Ok((card, Slot::Unreadable));
    };
    let length = usize::from(u16::from_be_bytes(*prefix));
    if length == 0 || length > capacity(file) {
        return Ok((card, Slot::Unreadable));
    }
    if let Some(content) = start.get(..length) {
        return Ok((card, Slot::Content(content.to_vec())));
    }
    let (card, rest) = card.read(file, u32::try_from(first).unwrap_or(0), length - start.len())?;
    Ok((card, Slot::Content([start, &rest].concat())))
}

/// Takes the reason out of a failure, when the card is not needed any more.
pub(crate) fn reason<L: Link>(failed: Failed<L>) -> Error<L::Error> {
    failed.error
}
