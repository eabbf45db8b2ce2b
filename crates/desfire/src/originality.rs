//! The maker's signature over a chip's identifier.
//!
//! It tells that a chip with this identifier was made by NXP, not that this is the chip: an emulator
//! can answer with a signature it has seen. Proving an originality key, which only the maker holds,
//! would tell. DESFire EV1 has the signature on late chips at most.
//!
//! Source: NXP AN12343 rev. 1.1 §7; public keys as published with open tools.

use p224::ecdsa::signature::hazmat::PrehashVerifier as _;
use p224::ecdsa::{Signature, VerifyingKey};

use crate::Uid;

/// A maker's public key, and what it signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MakerKey {
    /// Product family.
    pub family: &'static str,
    /// The uncompressed point: `04`, x, y.
    sec1: [u8; 57],
}

impl MakerKey {
    /// A key by its uncompressed point, such as that of a software card.
    pub const fn new(family: &'static str, sec1: [u8; 57]) -> Self {
        Self { family, sec1 }
    }

    /// Whether `signature` (r and s, 28 bytes each) is this key's over the identifier. The
    /// identifier itself is signed, not a hash of it. False for a key or signature that cannot be.
    pub fn verify(&self, uid: Uid, signature: &[u8; 56]) -> bool {
        let mut number = [0; 28];
        for (to, from) in number.iter_mut().skip(28 - 7).zip(uid.0) {
            *to = from;
        }
        let (Ok(key), Ok(signature)) =
            (VerifyingKey::from_sec1_bytes(&self.sec1), Signature::from_slice(signature))
        else {
            return false;
        };
        key.verify_prehash(&number, &signature).is_ok()
    }
}

/// The key among `keys` that made the signature.
pub fn maker<'k>(keys: &'k [MakerKey], uid: Uid, signature: &[u8; 56]) -> Option<&'k MakerKey> {
    keys.iter().find(|key| key.verify(uid, signature))
}

macro_rules! keys {
    ($($family:literal $point:literal)*) => {
        /// NXP's keys, as published.
        pub const NXP: &[MakerKey] = &[$(MakerKey::new($family, point($point))),*];
    };
}

keys! {
    "MIFARE DESFire EV3" "041DB46C145D0A36539C6544BD6D9B0AA62FF91EC48CBC6ABAE36E0089A46F0D08C8A715EA40A63313B92E90DDC1730230E0458A33276FB743"
    "MIFARE DESFire Light" "040E98E117AAA36457F43173DC920A8757267F44CE4EC5ADD3C54075571AEBBF7B942A9774A1D94AD02572427E5AE0A2DD36591B1FB34FCF3D"
    "MIFARE DESFire EV2, NTAG 424 DNA" "04B304DC4C615F5326FE9383DDEC9AA892DF3A57FA7FFB3276192BC0EAA252ED45A865E3B093A3D0DCE5BE29E92F1392CE7DE321E3E5C52B3A"
    "MIFARE DESFire EV2, NTAG 424 DNA (second key)" "048A9B380AF2EE1B98DC417FECC263F8449C7625CECE82D9B916C992DA209D68422B81EC20B65A66B5102A61596AF3379200599316A00A1410"
    "MIFARE DESFire EV2 XL" "04CD5D45E50B1502F0BA4656FF37669597E7E183251150F9574CC8DA56BF01C7ABE019E29FEA48F9CE22C3EA4029A765E1BC95A89543BAD1BC"
    "MIFARE DESFire EV1, NTAG 413 DNA" "04BB5D514F7050025C7D0F397310360EEC91EAF792E96FC7E0F496CB4E669D414F877B7B27901FE67C2E3B33CD39D1C797715189AC951C2ADD"
}

/// The bytes of a point in hexadecimal, at compile time.
const fn point(text: &str) -> [u8; 57] {
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    let mut out = [0; 57];
    let mut rest = pairs;
    let mut at = 0;
    while let [[high, low], after @ ..] = rest {
        let (bytes, _) = out.split_at_mut(at + 1);
        if let Some(last) = bytes.last_mut() {
            *last = digit(*high) << 4 | digit(*low);
        }
        rest = after;
        at += 1;
    }
    out
}

const fn digit(text: u8) -> u8 {
    match text {
        b'0'..=b'9' => text - b'0',
        _ => text - b'A' + 10,
    }
}
