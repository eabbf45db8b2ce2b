//! The handshakes: three passes in which card and terminal prove the same key to each other.

use crate::card::{Card, Reply};
use crate::chip::Model;
use crate::cipher::{Cipher, rotated};
use crate::key::{Key, KeyKind};
use crate::messaging::{D40, Ev1, Ev2, Messaging, Transaction, require_equal};
use crate::session::{Pending, Session};
use crate::status::Status;

/// A handshake whose first pass is done.
#[derive(Debug)]
pub(crate) struct Handshake {
    method: Method,
    key_no: u8,
    rnd_b: Vec<u8>,
    /// Last ciphertext block of the first pass.
    iv: Vec<u8>,
}

/// Which handshake, and what of its first pass is needed later.
#[derive(Debug, Clone, Copy)]
enum Method {
    D40,
    Ev1,
    Ev2First { terminal_capabilities: [u8; 6] },
    Ev2NonFirst(Transaction),
}

/// Whether the instruction starts a handshake on a card of that generation.
pub(crate) fn is_authentication(ins: u8, model: Model) -> bool {
    match ins {
        0x0A | 0x1A | 0xAA => true,
        0x71 | 0x77 => model >= Model::Ev2,
        _ => false,
    }
}

impl Card {
    /// First pass: the card sends its challenge, enciphered.
    ///
    /// Whatever session there was is over. An unknown key is told apart from a key of another cipher.
    pub(crate) fn authenticate(&mut self, ins: u8, payload: &[u8]) -> Result<Reply, Status> {
        self.volatile.end_session();
        let suspended = self.volatile.suspended;
        let (key_no, method) = match (ins, payload) {
            (0x0A, &[key_no]) => (key_no, Method::D40),
            (0x1A | 0xAA, &[key_no]) => (key_no, Method::Ev1),
            (0x71, [key_no, length, capabilities @ ..])
                if usize::from(*length) == capabilities.len() =>
            {
                let mut terminal_capabilities = [0; 6];
                terminal_capabilities
                    .iter_mut()
                    .zip(capabilities)
                    .for_each(|(to, from)| *to = *from);
                (*key_no, Method::Ev2First { terminal_capabilities })
            }
            (0x77, &[key_no]) => {
                let transaction = suspended.ok_or(Status::AUTHENTICATION_ERROR)?;
                (key_no, Method::Ev2NonFirst(transaction))
            }
            _ => return Err(Status::LENGTH_ERROR),
        };
        if ins != 0x77 {
            self.volatile.suspended = None;
        }
        let key = self.key(key_no)?;
        let (kind, fits) = match (ins, key.kind()) {
            (0x0A, kind @ KeyKind::Des) => (kind, true),
            (0x1A, kind @ (KeyKind::Des | KeyKind::Des3)) => (kind, true),
            (0xAA | 0x71 | 0x77, kind @ KeyKind::Aes) => (kind, true),
            (_, kind) => (kind, false),
        };
        if !fits {
            return Err(Status::AUTHENTICATION_ERROR);
        }
        let cipher = Cipher::new(kind, key.bytes());
        let mut rnd_b = vec![0; challenge_length(kind)];
        (self.entropy)(&mut rnd_b);
        let mut answer = rnd_b.clone();
        let mut iv = cipher.zero_iv();
        cipher.encrypt_cbc(&mut iv, &mut answer);
        let handshake = Handshake { method, key_no, rnd_b, iv };
        self.volatile.pending = Pending::Authentication(handshake);
        Ok(Reply { status: Status::ADDITIONAL_FRAME, data: answer })
    }

    /// Third pass: the terminal's proof is checked, the card's is sent, the session begins.
    pub(crate) fn finish_authentication(
        &mut self,
        handshake: Handshake,
        token: &[u8],
    ) -> Result<Reply, Status> {
        let Handshake { method, key_no, rnd_b, mut iv } = handshake;
        if token.len() != 2 * rnd_b.len() {
            return Err(Status::LENGTH_ERROR);
        }
        let key = self.key(key_no)?.clone();
        let cipher = Cipher::new(key.kind(), key.bytes());
        let mut plain = token.to_vec();
        match method {
            Method::D40 => cipher.recover_d40(&mut plain),
            Method::Ev1 => cipher.decrypt_cbc(&mut iv, &mut plain),
            Method::Ev2First { .. } | Method::Ev2NonFirst(_) => {
                cipher.decrypt_cbc(&mut cipher.zero_iv(), &mut plain);
            }
        }
        let (rnd_a, proof) = plain.split_at(rnd_b.len());
        require_equal(proof, &rotated(&rnd_b)).map_err(|_| Status::AUTHENTICATION_ERROR)?;

        let mut answer = rotated(rnd_a);
        let messaging = match method {
            Method::D40 | Method::Ev1 => {
                let session_key = session_key(&key, rnd_a, &rnd_b);
                let session_cipher = Cipher::new(key.kind(), &session_key);
                match method {
                    Method::D40 => {
                        iv = cipher.zero_iv();
                        Messaging::D40(D40::new(session_cipher))
                    }
                    Method::Ev1 | Method::Ev2First { .. } | Method::Ev2NonFirst(_) => {
                        Messaging::Ev1(Ev1::new(session_cipher))
                    }
                }
            }
            Method::Ev2First { terminal_capabilities } => {
                let mut id = [0; 4];
                (self.entropy)(&mut id);
                let capabilities = self.eeprom.contents().capabilities;
                answer = [&id[..], &answer, &capabilities, &terminal_capabilities].concat();
                iv = cipher.zero_iv();
                let transaction = Transaction { id, counter: 0 };
                Messaging::Ev2(Ev2::new(&cipher, block(rnd_a), block(&rnd_b), transaction))
            }
            Method::Ev2NonFirst(transaction) => {
                iv = cipher.zero_iv();
                Messaging::Ev2(Ev2::new(&cipher, block(rnd_a), block(&rnd_b), transaction))
            }
        };
        cipher.encrypt_cbc(&mut iv, &mut answer);
        self.volatile.session = Some(Session { key_no, messaging });
        Ok(Reply { status: Status::OK, data: answer })
    }
}

/// The session key of the two older handshakes, cut from both challenges.
///
/// Behaviour seen on DESFire EV1; a single DES key (equal halves) gives a single DES session key.
fn session_key(key: &Key, rnd_a: &[u8], rnd_b: &[u8]) -> Vec<u8> {
    let pick = |from: usize| {
        let piece = |rnd: &[u8]| rnd.get(from..from + 4).unwrap_or_default().to_vec();
        [piece(rnd_a), piece(rnd_b)].concat()
    };
    match key.kind() {
        KeyKind::Aes => [pick(0), pick(12)].concat(),
        KeyKind::Des3 => [pick(0), pick(6), pick(12)].concat(),
        KeyKind::Des if is_single_des(key.bytes()) => [pick(0), pick(0)].concat(),
        KeyKind::Des => [pick(0), pick(4)].concat(),
    }
}

/// Whether both halves are the same but for parity bits, which DES does not look at.
fn is_single_des(key: &[u8]) -> bool {
    let (left, right) = key.split_at(key.len() / 2);
    left.iter().zip(right).all(|(left, right)| left >> 1 == right >> 1)
}

fn challenge_length(kind: KeyKind) -> usize {
    match kind {
        KeyKind::Des => 8,
        KeyKind::Des3 | KeyKind::Aes => 16,
    }
}

fn block(challenge: &[u8]) -> [u8; 16] {
    challenge.try_into().expect("AES challenges have 16 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chip::Size;
    use crate::eeprom::{Aid, Application};
    use crate::rights::KeySettings;
    use crate::vectors::{Vector, of_kind};

    /// A card with one application of 14 keys that are all the vector's, selected, whose next random bytes
    /// are `random`.
    fn card(kind: KeyKind, key: &[u8], mut random: Vec<u8>) -> Card {
        let entropy = move |bytes: &mut [u8]| {
            let rest = random.split_off(bytes.len());
            bytes.copy_from_slice(&std::mem::replace(&mut random, rest));
        };
        let mut card = Card::factory(Model::Ev3, Size::K8, [4; 7], entropy).unwrap();
        let application = Application {
            aid: Aid([1, 2, 3]),
            settings: KeySettings::FACTORY,
            key_kind: kind,
            files_have_iso_ids: false,
            more_settings: None,
            iso_id: None,
            df_name: Vec::new(),
            keys: vec![Key::new(kind, key, 0).unwrap(); 14],
            files: Vec::new(),
        };
        card.eeprom.write(|contents| contents.applications.push(application)).unwrap();
        card.volatile.select(Aid([1, 2, 3]));
        card
    }

    fn decrypt(key: &[u8], mut data: Vec<u8>) -> Vec<u8> {
        let cipher = Cipher::new(KeyKind::Aes, key);
        cipher.decrypt_cbc(&mut cipher.zero_iv(), &mut data);
        data
    }

    fn hello(ins: u8, parameters: &[u8]) -> Vec<u8> {
        let length = u8::try_from(parameters.len()).unwrap();
        [&[0x90, ins, 0, 0, length], parameters, &[0]].concat()
    }

    fn answer(data: &[u8], status: u8) -> Vec<u8> {
        [data, &[0x91, status]].concat()
    }

    fn first(vector: &Vector, random: Vec<u8>, capabilities: Option<[u8; 6]>) -> (Card, Vec<u8>) {
        let mut card = card(KeyKind::Aes, &vector.input("key"), random);
        if let Some(capabilities) = capabilities {
            card.eeprom.write(|contents| contents.capabilities = capabilities).unwrap();
        }
        let terminal = vector.input("pcd_cap2");
        let length = u8::try_from(terminal.len()).unwrap();
        let parameters = [&vector.input("key_no")[..], &[length], &terminal].concat();
        let challenge = card.transmit(&hello(0x71, &parameters));
        (card, challenge)
    }

    #[test]
    fn ev2_first_answers_as_published_and_recorded() {
        for vector in of_kind("ev2_auth_first") {
            let key = vector.input("key");
            let rnd_b = decrypt(&key, vector.input("enc_rndb"));
            let random = [rnd_b, vector.expected("ti")].concat();
            let (mut card, challenge) = first(&vector, random, None);
            assert_eq!(challenge, answer(&vector.input("enc_rndb"), 0xAF), "{}", vector.name);
            let proof = card.transmit(&hello(0xAF, &vector.expected("token")));
            assert_eq!(proof, answer(&vector.input("part2_resp"), 0x00), "{}", vector.name);
        }
    }

    #[test]
    fn ev2_first_echoes_the_terminals_capabilities() {
        for vector in of_kind("ev2_auth_first_card") {
            let random = [vector.input("rndb"), vector.input("ti")].concat();
            let capabilities = vector.input("pdcap2").try_into().unwrap();
            let (mut card, challenge) = first(&vector, random, Some(capabilities));
            assert_eq!(challenge, answer(&vector.expected("enc_rndb"), 0xAF), "{}", vector.name);
            let proof = card.transmit(&hello(0xAF, &vector.input("token")));
            assert_eq!(proof, answer(&vector.expected("part2_resp"), 0x00), "{}", vector.name);
        }
    }

    #[test]
    fn ev2_non_first_keeps_identifier_and_counter() {
        for vector in of_kind("ev2_auth_nonfirst") {
            let key = vector.input("key");
            let rnd_b = decrypt(&key, vector.input("enc_rndb"));
            let mut card = card(KeyKind::Aes, &key, rnd_b);
            let transaction = Transaction { id: [9; 4], counter: 7 };
            card.volatile.suspended = Some(transaction);
            let challenge = card.transmit(&hello(0x77, &vector.input("key_no")));
            assert_eq!(challenge, answer(&vector.input("enc_rndb"), 0xAF), "{}", vector.name);
            let proof = card.transmit(&hello(0xAF, &vector.expected("token")));
            assert_eq!(proof, answer(&vector.expected("part2_resp"), 0x00), "{}", vector.name);
            card.volatile.end_session();
            assert_eq!(card.volatile.suspended, Some(transaction));
        }
    }

    #[test]
    fn older_handshakes_answer_as_recorded() {
        for vector in of_kind("ev1_auth").into_iter().chain(of_kind("d40_auth")) {
            let mut key = vector.input("key");
            if key.len() == 8 {
                key.extend_from_within(..);
            }
            let alg = vector.inputs["alg"].as_str().unwrap_or("des");
            let kind = match alg {
                "aes" => KeyKind::Aes,
                "3k3des" => KeyKind::Des3,
                _ => KeyKind::Des,
            };
            let ins = vector.input("cmd").first().copied().unwrap_or(0x0A);
            let cipher = Cipher::new(kind, &key);
            let mut rnd_b = vector.input("enc_rndb");
            cipher.decrypt_cbc(&mut cipher.zero_iv(), &mut rnd_b);
            let mut card = card(kind, &key, rnd_b);
            let challenge = card.transmit(&hello(ins, &vector.input("key_no")));
            assert_eq!(challenge, answer(&vector.input("enc_rndb"), 0xAF), "{}", vector.name);
            let proof = card.transmit(&hello(0xAF, &vector.expected("token")));
            assert_eq!(proof, answer(&vector.expected("enc_rnda_rot"), 0x00), "{}", vector.name);
        }
    }

    #[test]
    fn a_wrong_token_is_an_authentication_error() {
        let mut card = card(KeyKind::Aes, &[0; 16], vec![7; 16]);
        card.transmit(&hello(0xAA, &[0]));
        assert_eq!(card.transmit(&hello(0xAF, &[0; 32])), [0x91, 0xAE]);
        assert_eq!(card.transmit(&hello(0xAF, &[0; 32])), [0x91, 0x1C]);
    }
}
