//! A card on disk: one file with everything that the EEPROM holds.
//!
//! The first line names the format and its version, the rest is JSON. The image holds the keys: whoever can
//! read it has the card.

use crate::eeprom::Contents;

/// An image that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The first line is not that of a card image.
    #[error("not the image of a card")]
    NotAnImage,
    /// The image was written by a later release.
    #[error("card image of version {found}, this release reads version {VERSION}")]
    UnknownVersion {
        /// Version that the image names.
        found: u32,
    },
    /// The image is cut short or was changed by hand.
    #[error("card image is damaged")]
    Damaged(#[source] serde_json::Error),
    /// The image can be read but describes a card that cannot exist.
    #[error("card image describes a card that cannot exist: {reason}")]
    Impossible {
        /// What cannot be.
        reason: &'static str,
    },
}

/// The version that this release writes. 2 added value and record files.
const VERSION: u32 = 2;

const MAGIC: &str = "congvu-picc ";

pub(crate) fn write(contents: &Contents) -> Vec<u8> {
    let mut image = format!("{MAGIC}{VERSION}\n").into_bytes();
    serde_json::to_writer(&mut image, contents)
        .expect("the contents have only text keys and go to memory");
    image.push(b'\n');
    image
}

pub(crate) fn read(image: &[u8]) -> Result<Contents, ImageError> {
    let text = image.strip_prefix(MAGIC.as_bytes()).ok_or(ImageError::NotAnImage)?;
    let end = text.iter().position(|&byte| byte == b'\n').ok_or(ImageError::NotAnImage)?;
    let (version, body) = text.split_at(end);
    let found = str::from_utf8(version)
        .ok()
        .and_then(|digits| digits.parse().ok())
        .ok_or(ImageError::NotAnImage)?;
    if !(1..=VERSION).contains(&found) {
        return Err(ImageError::UnknownVersion { found });
    }
    let contents: Contents = serde_json::from_slice(body).map_err(ImageError::Damaged)?;
    check(&contents).map_err(|reason| ImageError::Impossible { reason })?;
    Ok(contents)
}

/// Makes sure of everything that the rest of the crate takes for granted.
fn check(contents: &Contents) -> Result<(), &'static str> {
    let keys = contents.applications.iter().flat_map(|application| &application.keys);
    if !keys.chain([&contents.master_key]).all(crate::key::Key::is_well_formed) {
        return Err("a key has the wrong length");
    }
    if contents.blocks_used > contents.blocks_total() {
        return Err("more memory is in use than the chip has");
    }
    let mut needed = 0;
    for application in &contents.applications {
        if !(1..=14).contains(&application.keys.len())
            || application.keys.iter().any(|key| key.kind() != application.key_kind)
        {
            return Err("an application's keys do not fit its settings");
        }
        needed += application.blocks();
        for file in &application.files {
            if file.number > 31 || !file.body.is_possible() {
                return Err("a file's number or contents are out of range");
            }
            if !file.rights.name_only_keys_below(application.keys.len()) {
                return Err("a file's rights name a key that is not there");
            }
            needed += file.blocks();
        }
        let aids = contents.applications.iter().filter(|other| other.aid == application.aid);
        if aids.count() != 1 {
            return Err("two applications have the same identifier");
        }
    }
    if needed > contents.blocks_used {
        return Err("applications and files need more memory than is in use");
    }
    Ok(())
}
