//! Published and captured vectors, one test a kind. Origins stand in `vectors/desfire.json`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails here has found something"
)]

use desfire::{
    AesKey, Command, DesKey, Ins, KeyNo, Messaging, Mode, NewKey, Status, Version, an10922, apdu,
    ev1, ev2, jam_crc,
};
use serde_json::Value;

fn aes(value: &Value, field: &str) -> AesKey {
    AesKey::new(array(value, field))
}

fn number(value: &Value) -> KeyNo {
    KeyNo::new(byte(value, "key_no")).unwrap()
}

fn ev2_session(inputs: &Value) -> ev2::Session {
    ev2::Session::danger_from_keys(
        aes(inputs, "ses_auth_enc"),
        aes(inputs, "ses_auth_mac"),
        array(inputs, "ti"),
        u16::from_le_bytes(array(inputs, "cmd_ctr_le")),
    )
}

fn command(step: &Value) -> Command {
    let mode = match step["mode"].as_str().unwrap() {
        "plain" => Mode::Plain,
        "mac" => Mode::Mac,
        "full" => Mode::Full,
        other => panic!("mode {other}"),
    };
    let mut command = Command::new(Ins(byte(step, "ins")), mode, &bytes(step, "header"));
    command.data = maybe(step, "data").unwrap_or_default().into();
    command
}

/// Wraps, compares the APDU, and unwraps the answer where the vector has one.
fn converse(name: &str, session: &mut ev2::Session, step: &Value, expected: &Value) {
    let command = command(step);
    let payload = session.wrap(&command).unwrap();
    assert_eq!(apdu::wrap(command.ins, &payload), bytes(expected, "c_apdu"), "{name}: command");
    if let Some(answer) = maybe(expected, "r_data") {
        let status = Status(maybe(step, "rc").map_or(0, |rc| rc[0]));
        let data = session.unwrap(&command, status, &answer).unwrap_or_else(|error| {
            panic!("{name}: answer: {error}");
        });
        assert_eq!(data, maybe(step, "resp_data").unwrap_or_default(), "{name}: answer data");
    }
}

#[test]
fn crc32() {
    for vector in vectors("crc32") {
        let data = bytes(&vector["inputs"], "data");
        assert_eq!(jam_crc([&*data]), array(&vector["expected"], "crc_le"), "{}", name(&vector));
    }
}

#[test]
fn an10922_of_aes_keys() {
    let (aes_vectors, others): (Vec<_>, Vec<_>) =
        vectors("an10922").into_iter().partition(|vector| vector["inputs"]["alg"] == "aes");
    assert!(!aes_vectors.is_empty());
    for vector in aes_vectors {
        let inputs = &vector["inputs"];
        let key = an10922::aes128(&aes(inputs, "master_key"), &bytes(inputs, "div_input")).unwrap();
        assert_eq!(*key.expose(), array(&vector["expected"], "diversified"), "{}", name(&vector));
    }
    // Keys of these kinds are not derived here.
    assert_eq!(others.iter().map(name).collect::<Vec<_>>(), ["an10922_3tdea"]);
}

#[test]
fn wrapped_apdu() {
    for vector in vectors("wrapped_apdu") {
        let inputs = &vector["inputs"];
        let wrapped = apdu::wrap(Ins(byte(inputs, "ins")), &bytes(inputs, "data"));
        assert_eq!(wrapped, bytes(&vector["expected"], "c_apdu"), "{}", name(&vector));
    }
}

#[test]
fn getversion() {
    for vector in vectors("getversion") {
        let frames = vector["inputs"]["frames"].as_array().unwrap();
        let joined: Vec<u8> =
            frames.iter().flat_map(|frame| hex::decode(frame.as_str().unwrap()).unwrap()).collect();
        let version = Version::parse(&joined).unwrap();
        let expected = &vector["expected"];
        assert_eq!(version.hardware.vendor, byte(expected, "vendor"), "{}", name(&vector));
        assert_eq!(version.hardware.kind, byte(expected, "hw_type"), "{}", name(&vector));
        assert_eq!(version.hardware.storage, byte(expected, "hw_storage"), "{}", name(&vector));
        assert_eq!(version.uid.unwrap().0, array(expected, "uid"), "{}", name(&vector));
    }
}

#[test]
fn ev2_auth_first() {
    for vector in vectors("ev2_auth_first") {
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        let handshake = ev2::Handshake::first(&aes(inputs, "key"), array(inputs, "rnda"));
        let (proof, token) = handshake.challenge(&bytes(inputs, "enc_rndb")).unwrap();
        assert_eq!(token, bytes(expected, "token"), "{}", name(&vector));
        let session = proof.finish(&bytes(inputs, "part2_resp")).unwrap();
        assert_eq!(session.transaction(), array(expected, "ti"), "{}", name(&vector));
        if let Some(key) = maybe(expected, "ses_auth_enc") {
            assert_eq!(session.danger_encryption_key().expose(), &*key, "{}", name(&vector));
            assert_eq!(
                *session.danger_mac_key().expose(),
                array(expected, "ses_auth_mac"),
                "{}",
                name(&vector)
            );
        }
    }
}

#[test]
fn ev2_auth_nonfirst() {
    for vector in vectors("ev2_auth_nonfirst") {
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        let zero = AesKey::new([0; 16]);
        let before = ev2::Session::danger_from_keys(zero.clone(), zero, [1, 2, 3, 4], 14);
        let handshake =
            ev2::Handshake::non_first(&before, &aes(inputs, "key"), array(inputs, "rnda"));
        assert_eq!(handshake.request(number(inputs)), [byte(inputs, "key_no")]);
        let (proof, token) = handshake.challenge(&bytes(inputs, "enc_rndb")).unwrap();
        assert_eq!(token, bytes(expected, "token"), "{}", name(&vector));
        let session = proof.finish(&bytes(expected, "part2_resp")).unwrap();
        assert_eq!((session.transaction(), session.counter()), ([1, 2, 3, 4], 14));
    }
}

/// Drives the whole handshake against a card made of the same two random numbers.
#[test]
fn ev2_session_keys() {
    use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _};
    for vector in vectors("ev2_session_keys") {
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        let cipher = aes::Aes128::new(&array::<16>(inputs, "key").into());
        let mut challenge = array::<16>(inputs, "rndb").into();
        cipher.encrypt_block(&mut challenge);
        let mut rotated = array::<16>(inputs, "rnda");
        rotated.rotate_left(1);
        let mut plain = [0; 32];
        plain[4..20].copy_from_slice(&rotated);
        let mut answer = Vec::new();
        for block in plain.chunks(16) {
            let mut block: [u8; 16] = block.try_into().unwrap();
            if let Some(last) = answer.last_chunk::<16>() {
                block.iter_mut().zip(last).for_each(|(to, from)| *to ^= from);
            }
            let mut block = block.into();
            cipher.encrypt_block(&mut block);
            answer.extend_from_slice(&block);
        }
        let (proof, _) = ev2::Handshake::first(&aes(inputs, "key"), array(inputs, "rnda"))
            .challenge(&challenge)
            .unwrap();
        let session = proof.finish(&answer).unwrap();
        assert_eq!(*session.danger_encryption_key().expose(), array(expected, "ses_auth_enc"));
        assert_eq!(*session.danger_mac_key().expose(), array(expected, "ses_auth_mac"));
    }
}

#[test]
fn ev2_iv() {
    for vector in vectors("ev2_iv") {
        let inputs = &vector["inputs"];
        let session = ev2::Session::danger_from_keys(
            aes(inputs, "ses_auth_enc"),
            AesKey::new([0; 16]),
            array(inputs, "ti"),
            u16::from_le_bytes(array(inputs, "cmd_ctr_le")),
        );
        let iv = match inputs["label"].as_str().unwrap() {
            "A55A" => session.command_iv(),
            "5AA5" => session.answer_iv(),
            other => panic!("label {other}"),
        };
        assert_eq!(iv, array(&vector["expected"], "iv"), "{}", name(&vector));
    }
}

#[test]
fn ev2_command() {
    for vector in vectors("ev2_command") {
        let mut session = ev2_session(&vector["inputs"]);
        converse(name(&vector), &mut session, &vector["inputs"], &vector["expected"]);
    }
}

#[test]
fn ev2_conversations() {
    for vector in vectors("ev2_session") {
        let inputs = &vector["inputs"];
        let handshake = ev2::Handshake::first(&aes(inputs, "key"), array(inputs, "rnda"));
        let (proof, _) = handshake.challenge(&bytes(inputs, "enc_rndb")).unwrap();
        // The proof is not in these vectors; its keys depend on what is there.
        let mut session = proof
            .danger_unproven(array(inputs, "ti"), u16::from_le_bytes(array(inputs, "cmd_ctr_le")));
        let steps = inputs["steps"].as_array().unwrap();
        let results = vector["expected"]["results"].as_array().unwrap();
        assert_eq!(steps.len(), results.len());
        for (step, result) in steps.iter().zip(results) {
            converse(name(&vector), &mut session, step, result);
        }
    }
}

#[test]
fn ev2_changekey() {
    for vector in vectors("ev2_changekey") {
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        let mut session = ev2_session(inputs);
        let key = KeyNo::new(byte(inputs, "header")).unwrap();
        let (new, version) = (aes(inputs, "new_key"), byte(inputs, "version"));
        let command = match maybe(inputs, "old_key") {
            Some(_) => Command::change_other_key(key, &aes(inputs, "old_key"), &new, version),
            None => Command::change_own_key(key, &NewKey::Aes { key: new, version }, false),
        };
        let payload = session.wrap(&command).unwrap();
        assert_eq!(
            apdu::wrap(command.ins, &payload),
            bytes(expected, "c_apdu"),
            "{}",
            name(&vector)
        );
        let answer = session.unwrap(&command, Status::OK, &bytes(expected, "r_data")).unwrap();
        assert!(answer.is_empty(), "{}", name(&vector));
    }
}

#[test]
fn ev1_auth() {
    let mut later = Vec::new();
    for vector in vectors("ev1_auth") {
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        let (challenge, proof) = (bytes(inputs, "enc_rndb"), bytes(expected, "enc_rnda_rot"));
        let token = match inputs["alg"].as_str().unwrap() {
            "des" | "2k3des" => {
                let key = bytes(inputs, "key");
                let key = if key.len() == 8 { key.repeat(2) } else { key };
                let handshake = ev1::Handshake::des(
                    &DesKey::new(key.try_into().unwrap()),
                    array(inputs, "rnda"),
                );
                let (waiting, token) = handshake.challenge(&challenge).unwrap();
                waiting.finish(&proof).unwrap();
                token
            }
            "aes" => {
                let handshake = ev1::Handshake::aes(&aes(inputs, "key"), array(inputs, "rnda"));
                let (waiting, token) = handshake.challenge(&challenge).unwrap();
                waiting.finish(&proof).unwrap();
                token
            }
            _ => {
                later.push(name(&vector).to_owned());
                continue;
            }
        };
        assert_eq!(token, bytes(expected, "token"), "{}", name(&vector));
    }
    assert_eq!(later, ["ev1_auth_3k3des_zero"]);
}

#[test]
fn ev1_changekey() {
    let mut later = Vec::new();
    for vector in vectors("ev1_changekey") {
        let (inputs, expected) = (&vector["inputs"], &vector["expected"]);
        if inputs["alg"] == "3k3des" || inputs["ins"] != "C4" {
            later.push(name(&vector).to_owned());
            continue;
        }
        let key = number(inputs);
        let new: [u8; 16] = array(inputs, "new_key");
        let mut session = if inputs["alg"] == "aes" {
            ev1::Session::danger_from_aes_key(&aes(inputs, "session_key"))
        } else {
            let half = bytes(inputs, "session_key").repeat(2);
            ev1::Session::danger_from_des_key(&DesKey::new(half.try_into().unwrap()))
        };
        let version = maybe(inputs, "version").map(|version| version[0]);
        let command = match (maybe(inputs, "old_key"), version) {
            (Some(_), Some(version)) => {
                Command::change_other_key(key, &aes(inputs, "old_key"), &AesKey::new(new), version)
            }
            (None, Some(version)) => {
                Command::change_own_key(key, &NewKey::Aes { key: AesKey::new(new), version }, false)
            }
            _ => Command::change_own_key(key, &NewKey::Des(DesKey::new(new)), false),
        };
        let payload = session.wrap(&command).unwrap();
        assert_eq!(payload[1..], bytes(expected, "cryptogram"), "{}", name(&vector));
    }
    assert_eq!(later, ["ev1_changekey_same_3k3des", "ev1_changekeyev2_keyset2"]);
}

/// All vectors of one kind. There must be some: a kind that loses its vectors proves nothing.
fn vectors(kind: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("vectors/desfire.json")).unwrap();
    let found: Vec<Value> = file["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|vector| vector["kind"] == kind)
        .cloned()
        .collect();
    assert!(!found.is_empty(), "no vector of kind {kind}");
    found
}

/// A field in hex; nothing where the vector has none.
fn maybe(value: &Value, field: &str) -> Option<Vec<u8>> {
    value.get(field).map(|text| hex::decode(text.as_str().unwrap()).unwrap())
}

/// A field in hex.
fn bytes(value: &Value, field: &str) -> Vec<u8> {
    maybe(value, field).unwrap_or_else(|| panic!("no field {field} in {value}"))
}

/// A field of fixed length.
fn array<const N: usize>(value: &Value, field: &str) -> [u8; N] {
    bytes(value, field).try_into().unwrap()
}

/// A field of one byte.
fn byte(value: &Value, field: &str) -> u8 {
    let [byte] = array(value, field);
    byte
}

/// The vector's name, for messages.
fn name(vector: &Value) -> &str {
    vector["name"].as_str().unwrap()
}
