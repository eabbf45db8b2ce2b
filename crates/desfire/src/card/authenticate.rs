//! Authentication: from a card to one that has proven a key.

use alloc::vec::Vec;

use super::{Authenticated, Card, nonsense};
use crate::{
    AesKey, AnySession, BadAnswer, Des3Key, DesKey, Error, Failed, Ins, Key, KeyNo, Link,
    Messaging, Misuse, Nonsense, Refused, Status, d40, ev1, ev2, lrp,
};

impl<L: Link> Card<L> {
    /// Authenticates by the best messaging that the card offers for this key: EV2 or LRP, then EV1,
    /// then D40. `rnd_a` must be unpredictable; a DES key uses its first half.
    ///
    /// # Errors
    ///
    /// The card with nothing proven, and the reason: [`Status::AUTHENTICATION_ERROR`] when the key is
    /// wrong or of another type.
    pub fn authenticate(
        mut self,
        number: KeyNo,
        key: &Key,
        rnd_a: [u8; 16],
    ) -> Result<Authenticated<L, AnySession>, Failed<L>> {
        let result = match key {
            Key::Aes(key) => self.best_of_aes(number, key, rnd_a),
            Key::Des3(key) => self.ev1(number, ev1::Handshake::des3(key, rnd_a)),
            Key::Des(key) => match self.ev1(number, ev1::Handshake::des(key, half(rnd_a))) {
                Err(error) if is_unknown(&error) => self.d40(number, key, half(rnd_a)),
                result => result,
            },
        };
        self.proven(number, result)
    }

    fn best_of_aes(
        &mut self,
        number: KeyNo,
        key: &AesKey,
        rnd_a: [u8; 16],
    ) -> Result<AnySession, Error<L::Error>> {
        match self.ev2(number, ev2::Handshake::first(key, rnd_a)) {
            Err(Error::Nonsense { rule: Nonsense::Lrp, .. }) => {
                // The card waits for a token: the first command that is none ends that.
                match self.lrp(number, lrp::Handshake::first(key, rnd_a)) {
                    Err(error) if error.refusal() == Some(Status::COMMAND_ABORTED) => {
                        self.lrp(number, lrp::Handshake::first(key, rnd_a)).map(Into::into)
                    }
                    result => result.map(Into::into),
                }
            }
            Err(error) if is_unknown(&error) => self
                .ev1_of(Ins::AUTHENTICATE_AES, number, ev1::Handshake::aes(key, rnd_a))
                .map(Into::into),
            result => result.map(Into::into),
        }
    }

    /// `Authenticate`; D40 messaging. `rnd_a` must be unpredictable.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate`].
    pub fn authenticate_d40(
        mut self,
        number: KeyNo,
        key: &DesKey,
        rnd_a: [u8; 8],
    ) -> Result<Authenticated<L, d40::Session>, Failed<L>> {
        let result = self.d40_of(number, d40::Handshake::new(key, rnd_a));
        self.proven(number, result)
    }

    /// `AuthenticateISO` with a DES key; EV1 messaging. `rnd_a` must be unpredictable.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate`].
    pub fn authenticate_des(
        mut self,
        number: KeyNo,
        key: &DesKey,
        rnd_a: [u8; 8],
    ) -> Result<Authenticated<L, ev1::Session>, Failed<L>> {
        let handshake = ev1::Handshake::des(key, rnd_a);
        let result = self.ev1_of(Ins::AUTHENTICATE_ISO, number, handshake);
        self.proven(number, result)
    }

    /// `AuthenticateISO` with a three-key triple DES key; EV1 messaging. `rnd_a` must be
    /// unpredictable.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate`].
    pub fn authenticate_des3(
        mut self,
        number: KeyNo,
        key: &Des3Key,
        rnd_a: [u8; 16],
    ) -> Result<Authenticated<L, ev1::Session>, Failed<L>> {
        let handshake = ev1::Handshake::des3(key, rnd_a);
        let result = self.ev1_of(Ins::AUTHENTICATE_ISO, number, handshake);
        self.proven(number, result)
    }

    /// `AuthenticateAES`; EV1 messaging. `rnd_a` must be unpredictable.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate`].
    pub fn authenticate_aes_ev1(
        mut self,
        number: KeyNo,
        key: &AesKey,
        rnd_a: [u8; 16],
    ) -> Result<Authenticated<L, ev1::Session>, Failed<L>> {
        let handshake = ev1::Handshake::aes(key, rnd_a);
        let result = self.ev1_of(Ins::AUTHENTICATE_AES, number, handshake);
        self.proven(number, result)
    }

    /// `AuthenticateEV2First`; EV2 messaging. `rnd_a` must be unpredictable.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate`]; [`Status::ILLEGAL_COMMAND`] on EV1, [`Nonsense::Lrp`] on a card that
    /// speaks LRP.
    pub fn authenticate_ev2(
        mut self,
        number: KeyNo,
        key: &AesKey,
        rnd_a: [u8; 16],
    ) -> Result<Authenticated<L, ev2::Session>, Failed<L>> {
        let result = self.ev2(number, ev2::Handshake::first(key, rnd_a));
        self.proven(number, result)
    }

    /// `AuthenticateLRPFirst`; LRP messaging. `rnd_a` must be unpredictable.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate`]; [`Nonsense::NotLrp`] on a card that does not speak LRP.
    pub fn authenticate_lrp(
        mut self,
        number: KeyNo,
        key: &AesKey,
        rnd_a: [u8; 16],
    ) -> Result<Authenticated<L, lrp::Session>, Failed<L>> {
        let result = self.lrp(number, lrp::Handshake::first(key, rnd_a));
        self.proven(number, result)
    }

    pub(super) fn proven<S>(
        self,
        key: KeyNo,
        result: Result<S, Error<L::Error>>,
    ) -> Result<Authenticated<L, S>, Failed<L>> {
        match result {
            Ok(session) => Ok(Authenticated { card: self, session, key }),
            Err(error) => Err(Failed { card: self, error }),
        }
    }

    fn d40(
        &mut self,
        number: KeyNo,
        key: &DesKey,
        rnd_a: [u8; 8],
    ) -> Result<AnySession, Error<L::Error>> {
        self.d40_of(number, d40::Handshake::new(key, rnd_a)).map(Into::into)
    }

    fn d40_of(
        &mut self,
        number: KeyNo,
        handshake: d40::Handshake,
    ) -> Result<d40::Session, Error<L::Error>> {
        let request = handshake.request(number);
        self.passes(Ins::AUTHENTICATE, &request, |challenge| {
            let (proof, token) = handshake.challenge(challenge)?;
            Ok((token, move |answer: &[u8]| proof.finish(answer)))
        })
    }

    fn ev1(
        &mut self,
        number: KeyNo,
        handshake: ev1::Handshake,
    ) -> Result<AnySession, Error<L::Error>> {
        self.ev1_of(Ins::AUTHENTICATE_ISO, number, handshake).map(Into::into)
    }

    fn ev1_of(
        &mut self,
        ins: Ins,
        number: KeyNo,
        handshake: ev1::Handshake,
    ) -> Result<ev1::Session, Error<L::Error>> {
        let request = handshake.request(number);
        self.passes(ins, &request, |challenge| {
            let (proof, token) = handshake.challenge(challenge)?;
            Ok((token, move |answer: &[u8]| proof.finish(answer)))
        })
    }

    fn ev2(
        &mut self,
        number: KeyNo,
        handshake: ev2::Handshake,
    ) -> Result<ev2::Session, Error<L::Error>> {
        let ins = handshake.ins();
        let request = handshake.request(number);
        self.passes(ins, &request, |challenge| {
            let (proof, token) = handshake.challenge(challenge)?;
            Ok((token, move |answer: &[u8]| proof.finish(answer)))
        })
    }

    fn lrp(
        &mut self,
        number: KeyNo,
        handshake: lrp::Handshake,
    ) -> Result<lrp::Session, Error<L::Error>> {
        let ins = handshake.ins();
        let request = handshake.request(number);
        self.passes(ins, &request, |challenge| {
            let (proof, token) = handshake.challenge(challenge)?;
            Ok((token, move |answer: &[u8]| proof.finish(answer)))
        })
    }

    /// The three passes: request → challenge → token → proof.
    fn passes<S, F>(
        &mut self,
        ins: Ins,
        request: &[u8],
        challenged: impl FnOnce(&[u8]) -> Result<(Vec<u8>, F), Nonsense>,
    ) -> Result<S, Error<L::Error>>
    where
        F: FnOnce(&[u8]) -> Result<S, BadAnswer>,
    {
        if self.selected.is_none() {
            return Err(Misuse::NothingSelected.into());
        }
        let challenge = self.pass(ins, ins, request, Status::ADDITIONAL_FRAME)?;
        let (token, finish) = challenged(&challenge).map_err(nonsense(ins))?;
        let proof = self.pass(ins, Ins::ADDITIONAL_FRAME, &token, Status::OK)?;
        finish(&proof).map_err(|bad| Error::bad_answer(ins, bad))
    }

    fn pass(
        &mut self,
        ins: Ins,
        sent: Ins,
        payload: &[u8],
        due: Status,
    ) -> Result<Vec<u8>, Error<L::Error>> {
        let answer = self.transmit(&self.framing.wrap(sent, payload))?;
        match self.framing.unwrap(&answer).map_err(nonsense(ins))? {
            (data, status) if status == due => Ok(data.to_vec()),
            (_, Status::OK | Status::ADDITIONAL_FRAME) => {
                Err(Error::Nonsense { ins, rule: Nonsense::OutOfStep })
            }
            (_, status) => Err(Refused { ins, status }.into()),
        }
    }
}

impl<L: Link> Authenticated<L, ev2::Session> {
    /// `AuthenticateEV2NonFirst`: another key of the same application, in the same transaction.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate_ev2`].
    pub fn authenticate_further(
        mut self,
        number: KeyNo,
        key: &AesKey,
        rnd_a: [u8; 16],
    ) -> Result<Self, Failed<L>> {
        let handshake = ev2::Handshake::non_first(&self.session, key, rnd_a);
        let result = self.card.ev2(number, handshake);
        self.card.proven(number, result)
    }
}

impl<L: Link> Authenticated<L, lrp::Session> {
    /// `AuthenticateLRPNonFirst`: another key of the same application, in the same transaction.
    ///
    /// # Errors
    ///
    /// As [`Card::authenticate_lrp`].
    pub fn authenticate_further(
        mut self,
        number: KeyNo,
        key: &AesKey,
        rnd_a: [u8; 16],
    ) -> Result<Self, Failed<L>> {
        let handshake = lrp::Handshake::non_first(&self.session, key, rnd_a);
        let result = self.card.lrp(number, handshake);
        self.card.proven(number, result)
    }
}

impl<L: Link, S: Messaging + Into<AnySession>> Authenticated<L, S> {
    /// The same card, with its messaging out of the type.
    pub fn into_any(self) -> Authenticated<L, AnySession> {
        Authenticated { card: self.card, session: self.session.into(), key: self.key }
    }
}

/// Whether the card does not have this way of authenticating, or was told to refuse it.
fn is_unknown<E: core::error::Error + 'static>(error: &Error<E>) -> bool {
    matches!(error.refusal(), Some(Status::ILLEGAL_COMMAND | Status::PERMISSION_DENIED))
}

fn half(random: [u8; 16]) -> [u8; 8] {
    *random.first_chunk().expect("eight of sixteen bytes")
}
