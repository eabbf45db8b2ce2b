//! Commands of ISO/IEC 7816-4 over the driver.

use alloc::vec::Vec;

use super::{Authenticated, Card};
use crate::{Aid, BadAnswer, Error, Failed, Ins, IsoRefused, Key, KeyNo, Link, Nonsense, ev1, iso};

impl<L: Link> Card<L> {
    /// Sends an APDU of [`iso`] and returns the data of its answer.
    ///
    /// # Errors
    ///
    /// [`Error::IsoRefused`] for any status word but `9000`.
    pub fn iso(&mut self, apdu: &[u8]) -> Result<Vec<u8>, Error<L::Error>> {
        let ins = apdu.get(1).copied().unwrap_or_default();
        let answer = self.transmit(apdu)?;
        let nonsense = |rule| Error::Nonsense { ins: Ins(ins), rule };
        match iso::unwrap(&answer).map_err(nonsense)? {
            (data, 0x9000) => Ok(data.to_vec()),
            (_, sw) => Err(IsoRefused { ins, sw }.into()),
        }
    }

    /// Selects an application by its DF name. Its identifier is not told; `aid` is what the caller
    /// knows it to be.
    ///
    /// # Errors
    ///
    /// [`Error::IsoRefused`] when there is none.
    pub fn select_name(&mut self, name: &[u8], aid: Aid) -> Result<(), Error<L::Error>> {
        self.selected = None;
        self.iso(&iso::select_name(name)?)?;
        self.selected = Some(aid);
        Ok(())
    }

    /// Authenticates by the three ISO commands; EV1 messaging. Both random numbers must be
    /// unpredictable.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate`].
    pub fn authenticate_iso(
        mut self,
        number: KeyNo,
        key: &Key,
        random: [[u8; 16]; 2],
    ) -> Result<Authenticated<L, ev1::Session>, Failed<L>> {
        let result = self.iso_passes(number, key, random);
        self.proven(number, result)
    }

    fn iso_passes(
        &mut self,
        number: KeyNo,
        key: &Key,
        random: [[u8; 16]; 2],
    ) -> Result<ev1::Session, Error<L::Error>> {
        let in_application = self.selected.is_some_and(|aid| aid != Aid::PICC);
        let handshake = iso::Handshake::new(number, key, in_application, random);
        let bad = |ins| move |bad: BadAnswer| Error::bad_answer(Ins(ins), bad);
        let challenge = self.iso(&handshake.get_challenge()?)?;
        let (convincing, command) =
            handshake.external_authenticate(&challenge).map_err(bad(0x84))?;
        if !self.iso(&command)?.is_empty() {
            return Err(Error::Nonsense { ins: Ins(0x82), rule: Nonsense::Length });
        }
        let answer = self.iso(&convincing.internal_authenticate()?)?;
        convincing.finish(&answer).map_err(bad(0x88))
    }
}
