//! What a chip says of itself.

use core::fmt;

use crate::Nonsense;

/// A chip's 7-byte serial number.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Uid(pub [u8; 7]);

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uid({self})")
    }
}

/// A generation of MIFARE DESFire.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Generation {
    /// EV1, and what came before it.
    Ev1,
    /// EV2 and EV2 XL.
    Ev2,
    /// EV3.
    Ev3,
    /// Not a DESFire EV1 to EV3, or newer than this table. Holds the hardware's major version.
    Other(u8),
}

/// Hardware or software of a chip, as reported.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Part {
    /// Maker; `04` is NXP.
    pub vendor: u8,
    /// Product family; the low half is `1` for DESFire, on any kind of silicon.
    pub kind: u8,
    /// Variant.
    pub subkind: u8,
    /// Major version.
    pub major: u8,
    /// Minor version.
    pub minor: u8,
    /// Storage code: `2n` is 2ⁿ bytes, `2n + 1` is more than 2ⁿ and less than 2ⁿ⁺¹.
    pub storage: u8,
    /// Protocol code; `05` is ISO 14443-2 and -3.
    pub protocol: u8,
}

/// The answer to `GetVersion`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Version {
    /// The silicon.
    pub hardware: Part,
    /// What runs on it.
    pub software: Part,
    /// The serial number; none when the chip shows random ones and hides it.
    pub uid: Option<Uid>,
    /// Number of the production batch.
    pub batch: [u8; 5],
    /// Calendar week and year of production, binary-coded decimal.
    pub produced: (u8, u8),
}

impl Version {
    /// Reads the joined frames: 28 bytes, or 29 on chips that add one to the last frame.
    ///
    /// # Errors
    ///
    /// [`Nonsense::Length`] for any other length, [`Nonsense::Value`] for an impossible storage
    /// code.
    ///
    /// Source: NXP AN12343 rev. 1.1, table 4.
    pub fn parse(answer: &[u8]) -> Result<Self, Nonsense> {
        let (fixed, rest) = answer.split_first_chunk::<28>().ok_or(Nonsense::Length)?;
        if rest.len() > 1 {
            return Err(Nonsense::Length);
        }
        let [
            h0,
            h1,
            h2,
            h3,
            h4,
            h5,
            h6, //
            s0,
            s1,
            s2,
            s3,
            s4,
            s5,
            s6, //
            u0,
            u1,
            u2,
            u3,
            u4,
            u5,
            u6, //
            b0,
            b1,
            b2,
            b3,
            b4,
            week,
            year,
        ] = *fixed;
        let hardware = Part::from([h0, h1, h2, h3, h4, h5, h6]);
        if hardware.storage / 2 >= 32 {
            return Err(Nonsense::Value);
        }
        let uid = [u0, u1, u2, u3, u4, u5, u6];
        Ok(Self {
            hardware,
            software: Part::from([s0, s1, s2, s3, s4, s5, s6]),
            uid: (uid != [0; 7]).then_some(Uid(uid)),
            batch: [b0, b1, b2, b3, b4],
            produced: (week, year),
        })
    }

    /// Which DESFire this is.
    pub const fn generation(&self) -> Generation {
        match (self.hardware.kind & 0x0F, self.hardware.major) {
            (1, 0x00 | 0x01) => Generation::Ev1,
            (1, 0x12 | 0x22) => Generation::Ev2,
            (1, 0x33) => Generation::Ev3,
            (_, major) => Generation::Other(major),
        }
    }

    /// Size of the EEPROM in bytes; the lower bound where the code names a range.
    pub const fn storage_bytes(&self) -> u32 {
        1 << (self.hardware.storage / 2)
    }
}

impl From<[u8; 7]> for Part {
    fn from([vendor, kind, subkind, major, minor, storage, protocol]: [u8; 7]) -> Self {
        Self { vendor, kind, subkind, major, minor, storage, protocol }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EV3_8K: [u8; 28] = [
        4, 1, 1, 0x33, 0, 0x1A, 5, 4, 1, 1, 3, 0, 0x1A, 5, 4, 1, 2, 3, 4, 5, 6, 0xB, 0xA, 0, 0, 0,
        0x20, 0x23,
    ];

    #[test]
    fn reads_generation_size_and_uid() {
        let version = Version::parse(&EV3_8K).unwrap();
        assert_eq!(version.generation(), Generation::Ev3);
        assert_eq!(version.storage_bytes(), 8192);
        assert_eq!(version.uid, Some(Uid([4, 1, 2, 3, 4, 5, 6])));
    }

    #[test]
    fn random_uid_chip_has_no_uid() {
        let mut answer = EV3_8K;
        answer[14..21].fill(0);
        assert_eq!(Version::parse(&answer).unwrap().uid, None);
    }

    #[test]
    fn rejects_wrong_length_and_storage() {
        assert_eq!(Version::parse(&EV3_8K[..27]), Err(Nonsense::Length));
        assert_eq!(Version::parse(&[4; 30]), Err(Nonsense::Length));
        let mut answer = EV3_8K;
        answer[5] = 0xFF;
        assert_eq!(Version::parse(&answer), Err(Nonsense::Value));
    }
}
