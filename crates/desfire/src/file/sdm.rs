//! Secure dynamic messaging: what a file shows to whoever reads it without a key.

use alloc::vec::Vec;

use super::{Access, Take};
use crate::{Misuse, Nonsense};

/// Settings of dynamic messaging (EV3): where in the file the card mirrors its identifier, its read
/// counter, encrypted data and a MAC over it all, at every read without a key.
///
/// Offsets count bytes from the beginning of the file; the mirrored text is upper-case hexadecimal.
///
/// Source: NXP AN12196 §3 and `NT4H2421Gx` §10.7.1 (NTAG 424 DNA, the same messaging).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Sdm {
    /// Whether the identifier is mirrored.
    pub mirrors_uid: bool,
    /// Whether the read counter is mirrored.
    pub mirrors_counter: bool,
    /// The counter at which reading stops.
    pub counter_limit: Option<u32>,
    /// Who can tell which card it is: a key enciphers identifier and counter; free shows them; never
    /// hides them.
    pub meta_read: Access,
    /// The key under which data are encrypted and the MAC is made; never for no MAC.
    pub file_read: Access,
    /// Who may ask for the counter.
    pub counter_retrieval: Access,
    /// Where the identifier stands: 14 characters.
    pub uid_offset: Option<u32>,
    /// Where the counter stands: 6 characters; `FFFFFF` counts without showing.
    pub counter_offset: Option<u32>,
    /// Where identifier and counter stand enciphered: 32 characters, in LRP 48.
    pub picc_data_offset: Option<u32>,
    /// Where the text begins that the MAC covers.
    pub mac_input_offset: Option<u32>,
    /// Where data are shown encrypted, and how many characters they take: twice the bytes.
    pub encrypted: Option<(u32, u32)>,
    /// Where the MAC stands: 16 characters.
    pub mac_offset: Option<u32>,
}

impl Sdm {
    /// The counter is not shown.
    pub const NOT_SHOWN: u32 = 0xFF_FFFF;

    /// The block as `ChangeFileSettings` sends it.
    ///
    /// # Errors
    ///
    /// [`Misuse`] where a field is missing that the others call for, or one is there that they do
    /// not, or an offset exceeds 24 bits.
    pub(crate) fn to_wire(self) -> Result<Vec<u8>, Misuse> {
        let bit = |set: bool, value: u8| if set { value } else { 0 };
        let options = bit(self.mirrors_uid, 0x80)
            | bit(self.mirrors_counter, 0x40)
            | bit(self.counter_limit.is_some(), 0x20)
            | bit(self.encrypted.is_some(), 0x10)
            | 0x01;
        let mut out = Vec::from([
            options,
            0xF0 | self.counter_retrieval.nibble(),
            self.meta_read.nibble() << 4 | self.file_read.nibble(),
        ]);
        let calls = Calls::of(options, self.meta_read, self.file_read);
        let mut field = |value: Option<u32>, called: bool| match value {
            Some(number) if called && number < 1 << 24 => {
                out.extend(crate::command::low3(number));
                Ok(())
            }
            None if !called => Ok(()),
            Some(_) if called => Err(Misuse::OutOfRange("offset of dynamic messaging")),
            _ => Err(Misuse::Contradiction("an offset of dynamic messaging is missing or idle")),
        };
        field(self.uid_offset, calls.uid)?;
        field(self.counter_offset, calls.counter)?;
        field(self.picc_data_offset, calls.picc_data)?;
        field(self.mac_input_offset, calls.mac)?;
        field(self.encrypted.map(|(offset, _)| offset), calls.encrypted)?;
        field(self.encrypted.map(|(_, length)| length), calls.encrypted)?;
        field(self.mac_offset, calls.mac)?;
        field(self.counter_limit, calls.limit)?;
        Ok(out)
    }

    /// Reads the block; returns what follows it.
    pub(crate) fn parse(wire: &[u8]) -> Result<(Self, &[u8]), Nonsense> {
        let mut wire = Take(wire);
        let [options, low, high] = wire.array()?;
        let meta_read = Access::from_nibble(high >> 4);
        let file_read = Access::from_nibble(high & 0x0F);
        let calls = Calls::of(options, meta_read, file_read);
        let mut field = |called: bool| if called { wire.u24().map(Some) } else { Ok(None) };
        let uid_offset = field(calls.uid)?;
        let counter_offset = field(calls.counter)?;
        let picc_data_offset = field(calls.picc_data)?;
        let mac_input_offset = field(calls.mac)?;
        let encrypted = field(calls.encrypted)?.zip(field(calls.encrypted)?);
        let mac_offset = field(calls.mac)?;
        let counter_limit = field(calls.limit)?;
        let sdm = Self {
            mirrors_uid: options & 0x80 != 0,
            mirrors_counter: options & 0x40 != 0,
            counter_limit,
            meta_read,
            file_read,
            counter_retrieval: Access::from_nibble(low & 0x0F),
            uid_offset,
            counter_offset,
            picc_data_offset,
            mac_input_offset,
            encrypted,
            mac_offset,
        };
        Ok((sdm, wire.0))
    }

    /// What a card would refuse in a file of `size` bytes, said before it is asked.
    pub(crate) fn check(&self, size: u32) -> Result<(), Misuse> {
        let no = |what| Err(Misuse::Contradiction(what));
        let mirrors = self.mirrors_uid || self.mirrors_counter;
        if self.meta_read != Access::Never && !mirrors {
            return no("somebody may read identifier and counter, and neither is mirrored");
        }
        if self.meta_read == Access::Never && self.mirrors_uid {
            return no("the identifier is mirrored and nobody may read it");
        }
        if self.counter_retrieval != Access::Never && !self.mirrors_counter {
            return no("somebody may ask for a counter that does not count");
        }
        if self.encrypted.is_some() && !(self.mirrors_uid && self.mirrors_counter) {
            return no("encrypted data need identifier and counter");
        }
        if self.counter_limit.is_some() && !self.mirrors_counter {
            return no("a limit needs a counter");
        }
        if self.file_read == Access::Free {
            return no("the MAC needs a key");
        }
        if let (Some((offset, length)), Some(input), Some(mac)) =
            (self.encrypted, self.mac_input_offset, self.mac_offset)
            && (offset < input
                || length == 0
                || length % 32 != 0
                || length > mac.saturating_sub(offset))
        {
            return no(
                "encrypted data must lie between the MAC's input and the MAC, in steps of 32",
            );
        }
        if self.mac_offset.is_some_and(|mac| mac + 16 > size) {
            return no("the MAC lies beyond the end of the file");
        }
        if self.mac_offset < self.mac_input_offset {
            return no("the MAC's input begins behind the MAC");
        }
        self.fields_apart()
    }

    fn fields_apart(&self) -> Result<(), Misuse> {
        let shown = self.counter_offset.filter(|offset| *offset != Self::NOT_SHOWN);
        let fields = [
            self.uid_offset.map(|at| (at, 14)),
            shown.map(|at| (at, 6)),
            self.picc_data_offset.map(|at| (at, 32)),
            self.encrypted,
            self.mac_offset.map(|at| (at, 16)),
        ];
        let mut taken: Vec<(u32, u32)> = fields.into_iter().flatten().collect();
        taken.sort_unstable();
        for pair in taken.windows(2) {
            if let [(first, length), (second, _)] = pair
                && first + length > *second
            {
                return Err(Misuse::Contradiction("fields of dynamic messaging overlap"));
            }
        }
        Ok(())
    }
}

/// Which fields the options and rights call for.
#[expect(clippy::struct_excessive_bools, reason = "one answer a field")]
struct Calls {
    uid: bool,
    counter: bool,
    picc_data: bool,
    mac: bool,
    encrypted: bool,
    limit: bool,
}

impl Calls {
    fn of(options: u8, meta_read: Access, file_read: Access) -> Self {
        let mac = file_read != Access::Never;
        Self {
            uid: options & 0x80 != 0 && meta_read == Access::Free,
            counter: options & 0x40 != 0 && meta_read == Access::Free,
            picc_data: matches!(meta_read, Access::Key(_)),
            mac,
            encrypted: mac && options & 0x10 != 0,
            limit: options & 0x20 != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyNo;

    fn tap() -> Sdm {
        Sdm {
            mirrors_uid: true,
            mirrors_counter: true,
            counter_limit: None,
            meta_read: Access::Key(KeyNo::new(2).unwrap()),
            file_read: Access::Key(KeyNo::new(1).unwrap()),
            counter_retrieval: Access::Key(KeyNo::new(1).unwrap()),
            uid_offset: None,
            counter_offset: None,
            picc_data_offset: Some(0x20),
            mac_input_offset: Some(0x43),
            encrypted: None,
            mac_offset: Some(0x43),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let wire = tap().to_wire().unwrap();
        assert_eq!(Sdm::parse(&wire), Ok((tap(), &[][..])));
        for cut in 0..wire.len() {
            assert_eq!(Sdm::parse(&wire[..cut]).err(), Some(Nonsense::Length));
        }
    }

    #[test]
    fn contradictions_are_told_before_the_card_refuses_them() {
        let refused = |change: fn(&mut Sdm)| {
            let mut sdm = tap();
            change(&mut sdm);
            sdm.check(256).and_then(|()| sdm.to_wire().map(drop)).is_err()
        };
        assert!(!refused(|_| ()));
        let changes: [fn(&mut Sdm); 12] = [
            |sdm| (sdm.mirrors_uid, sdm.mirrors_counter) = (false, false),
            |sdm| sdm.meta_read = Access::Never,
            |sdm| sdm.mirrors_counter = false,
            |sdm| sdm.file_read = Access::Free,
            |sdm| sdm.file_read = Access::Never,
            |sdm| sdm.mac_offset = Some(250),
            |sdm| sdm.mac_offset = Some(0x30),
            |sdm| sdm.mac_input_offset = Some(0x44),
            |sdm| sdm.encrypted = Some((0x43, 32)),
            |sdm| (sdm.mac_offset, sdm.encrypted) = (Some(0x80), Some((0x43, 31))),
            |sdm| sdm.uid_offset = Some(0),
            |sdm| sdm.picc_data_offset = None,
        ];
        for (place, change) in changes.into_iter().enumerate() {
            assert!(refused(change), "change {place}");
        }
    }
}
