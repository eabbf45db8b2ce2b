//! Secure messaging against published values and recorded conversations, from the card's side: each command
//! of a vector must open to what the terminal meant, each answer must be sealed to the bytes that were seen.

use serde_json::Value;

use super::*;
use crate::cipher::Cipher;
use crate::vectors::{Vector, bytes, of_kind};

fn mode(name: &str) -> CommMode {
    match name {
        "plain" => CommMode::Plain,
        "mac" => CommMode::Mac,
        "full" => CommMode::Full,
        other => panic!("unknown mode {other}"),
    }
}

fn transaction(vector: &Vector) -> Transaction {
    Transaction {
        id: vector.input("ti").try_into().unwrap(),
        counter: u16::from_le_bytes(vector.input("cmd_ctr_le").try_into().unwrap()),
    }
}

fn ev2_of(vector: &Vector) -> Messaging {
    let (enc, mac) = (vector.input("ses_auth_enc"), vector.input("ses_auth_mac"));
    Messaging::Ev2(Ev2::from_keys(&enc, &mac, transaction(vector)))
}

/// The parameters of a wrapped command.
fn payload(apdu: &[u8]) -> &[u8] {
    if apdu.len() < 6 { &[] } else { &apdu[5..apdu.len() - 1] }
}

/// Opens the command of an EV2 step and seals its answer.
fn step(messaging: &mut Messaging, step: &Value, expected: &Value, name: &str) {
    let (header, data) = (bytes(step, "header"), bytes(step, "data"));
    let command = Protected {
        ins: bytes(step, "ins")[0],
        header: header.len(),
        mode: mode(step["mode"].as_str().unwrap()),
        data: if data.is_empty() { Protection::None } else { Protection::Counted },
    };
    let apdu = bytes(expected, "c_apdu");
    let opened = messaging.open(command, payload(&apdu));
    assert_eq!(opened, Ok([&header[..], &data].concat()), "{name}");
    let length = messaging.wire_length(command, data.len());
    if !data.is_empty() {
        assert_eq!(payload(&apdu).len(), header.len() + length, "{name}");
    }
    if expected.get("r_data").is_some() {
        let status = Status(bytes(step, "rc").first().copied().unwrap_or(0));
        let sealed = messaging.seal(command, status, &bytes(step, "resp_data"), false);
        assert_eq!(sealed, bytes(expected, "r_data"), "{name}");
    }
}

#[test]
fn ev2_commands_open_and_answers_seal_as_published() {
    for vector in of_kind("ev2_command") {
        step(&mut ev2_of(&vector), &vector.inputs, &vector.expected, &vector.name);
    }
}

#[test]
fn ev2_sessions_of_several_commands_keep_their_counter() {
    for vector in of_kind("ev2_session") {
        let key = Cipher::new(KeyKind::Aes, &vector.input("key"));
        let mut rnd_b = vector.input("enc_rndb");
        key.decrypt_cbc(&mut [0; 16], &mut rnd_b);
        let rnd_a = vector.input("rnda").try_into().unwrap();
        let ev2 = Ev2::new(&key, rnd_a, rnd_b.try_into().unwrap(), transaction(&vector));
        let mut messaging = Messaging::Ev2(ev2);
        let steps = vector.inputs["steps"].as_array().unwrap();
        let results = vector.expected["results"].as_array().unwrap();
        assert_eq!(steps.len(), results.len());
        for (inputs, expected) in steps.iter().zip(results) {
            step(&mut messaging, inputs, expected, &vector.name);
        }
    }
}

#[test]
fn ev2_session_keys_are_those_published() {
    for vector in of_kind("ev2_session_keys") {
        let key = Cipher::new(KeyKind::Aes, &vector.input("key"));
        let rnd_a: [u8; 16] = vector.input("rnda").try_into().unwrap();
        let rnd_b: [u8; 16] = vector.input("rndb").try_into().unwrap();
        let keys = |label| ev2::session_key(&key, label, rnd_a, rnd_b);
        assert_eq!(keys([0xA5, 0x5A]), vector.expected("ses_auth_enc"), "{}", vector.name);
        assert_eq!(keys([0x5A, 0xA5]), vector.expected("ses_auth_mac"), "{}", vector.name);
    }
}

#[test]
fn ev2_initialisation_vectors_are_those_published() {
    for vector in of_kind("ev2_iv") {
        let ev2 = Ev2::from_keys(&vector.input("ses_auth_enc"), &[0; 16], transaction(&vector));
        let label = vector.input("label").try_into().unwrap();
        let iv = ev2.iv(label, ev2.transaction().counter);
        assert_eq!(iv, vector.expected("iv"), "{}", vector.name);
    }
}

/// Opens a key change and checks that it carries the vector's new key.
fn change(messaging: &mut Messaging, vector: &Vector, ins: u8, payload: &[u8], header: usize) {
    let own = vector.inputs.get("old_key").is_none();
    let new_key = vector.input("new_key");
    let kind = match (new_key.len(), vector.inputs.get("version")) {
        (24, _) => KeyKind::Des3,
        (_, None) => KeyKind::Des,
        (_, Some(_)) => KeyKind::Aes,
    };
    let command = Protected { ins, header, mode: CommMode::Full, data: Protection::None };
    let change = messaging.open_key_change(command, payload, kind, own);
    let mut change = change.unwrap_or_else(|status| panic!("{}: {status:?}", vector.name));
    if let Some(check) = change.check {
        crate::cipher::xor(&mut change.bytes, &vector.input("old_key"));
        assert_eq!(check, messaging.key_check(&change.bytes), "{}", vector.name);
    }
    assert_eq!(change.bytes, new_key, "{}", vector.name);
    assert_eq!(change.version, vector.input("version").first().copied().unwrap_or(0));
}

#[test]
fn ev2_key_changes_open_as_published() {
    for vector in of_kind("ev2_changekey") {
        let mut messaging = ev2_of(&vector);
        let apdu = vector.expected("c_apdu");
        change(&mut messaging, &vector, vector.input("ins")[0], payload(&apdu), 1);
        let answer = vector.expected("r_data");
        if !answer.is_empty() {
            let command =
                Protected { ins: 0xC4, header: 1, mode: CommMode::Full, data: Protection::None };
            assert_eq!(messaging.seal(command, Status::OK, &[], false), answer, "{}", vector.name);
        }
    }
}

fn ev1_of(vector: &Vector) -> Messaging {
    let mut key = vector.input("session_key");
    let kind = match vector.inputs["alg"].as_str().unwrap() {
        "aes" => KeyKind::Aes,
        "3k3des" => KeyKind::Des3,
        _ => KeyKind::Des,
    };
    if key.len() == 8 {
        key.extend_from_within(..);
    }
    Messaging::Ev1(Ev1::new(Cipher::new(kind, &key)))
}

#[test]
fn ev1_key_changes_open_as_recorded() {
    for vector in of_kind("ev1_changekey") {
        let mut header = vector.input("header");
        if header.is_empty() {
            header = vector.input("key_no");
        }
        let payload = [&header[..], &vector.expected("cryptogram")].concat();
        let mut messaging = ev1_of(&vector);
        change(&mut messaging, &vector, vector.input("ins")[0], &payload, header.len());
    }
}

#[test]
fn ev1_sessions_run_one_chain_through_all_commands() {
    for vector in of_kind("ev1_session") {
        let mut messaging = ev1_of(&vector);
        let steps = vector.inputs["steps"].as_array().unwrap();
        let results = vector.expected["results"].as_array().unwrap();
        for (inputs, expected) in steps.iter().zip(results) {
            let (header, data) = (bytes(inputs, "header"), bytes(inputs, "data"));
            let (tx, rx) = (inputs["tx"].as_str().unwrap(), inputs["rx"].as_str().unwrap());
            let ins = bytes(inputs, "ins")[0];
            let protection = match tx {
                "full" => Protection::Fixed(data.len()),
                "mac" => Protection::Counted,
                _ => Protection::None,
            };
            let command = Protected { ins, header: header.len(), mode: mode(tx), data: protection };
            let opened = messaging.open(command, &bytes(expected, "tx"));
            assert_eq!(opened, Ok([&header[..], &data].concat()), "{}", vector.name);
            let answer = Protected { mode: mode(rx), ..command };
            let sealed = messaging.seal(answer, Status::OK, &bytes(inputs, "resp_data"), false);
            assert_eq!(sealed, bytes(expected, "rx"), "{}", vector.name);
        }
    }
}

#[test]
fn d40_key_changes_open() {
    for vector in of_kind("d40_changekey") {
        let mut key = vector.input("session_key");
        if key.len() == 8 {
            key.extend_from_within(..);
        }
        let mut messaging = Messaging::D40(D40::new(Cipher::new(KeyKind::Des, &key)));
        let payload = [&[0][..], &vector.expected("cryptogram")].concat();
        change(&mut messaging, &vector, 0xC4, &payload, 1);
    }
}

/// A D40 session and a command with the vector's data, or with room for them in the answer.
fn d40_of(vector: &Vector, mode: CommMode, data: Protection) -> (Messaging, Protected) {
    let mut key = vector.input("session_key");
    key.extend_from_within(..);
    let messaging = Messaging::D40(D40::new(Cipher::new(KeyKind::Des, &key)));
    (messaging, Protected { ins: 0x3D, header: 7, mode, data })
}

#[test]
fn d40_data_are_checked_and_deciphered() {
    for (kind, field, mode) in
        [("d40_mac", "mac", CommMode::Mac), ("d40_full_tx", "cryptogram", CommMode::Full)]
    {
        for vector in of_kind(kind) {
            let data = vector.input("data");
            let (mut messaging, command) = d40_of(&vector, mode, Protection::Counted);
            let header = [1, 0, 0, 0, u8::try_from(data.len()).unwrap(), 0, 0];
            let sent = match mode {
                CommMode::Mac => [&data[..], &vector.expected(field)].concat(),
                CommMode::Plain | CommMode::Full => vector.expected(field),
            };
            assert_eq!(sent.len(), messaging.wire_length(command, data.len()));
            let opened = messaging.open(command, &[&header[..], &sent].concat());
            assert_eq!(opened, Ok([&header[..], &data].concat()), "{}", vector.name);
            let mut forged = [&header[..], &sent].concat();
            *forged.last_mut().unwrap() ^= 1;
            assert_eq!(messaging.open(command, &forged), Err(Status::INTEGRITY_ERROR));
        }
    }
}

#[test]
fn d40_answers_are_enciphered_with_a_short_crc() {
    for vector in of_kind("d40_full_rx") {
        let (mut messaging, command) = d40_of(&vector, CommMode::Full, Protection::Read);
        let sealed = messaging.seal(command, Status::OK, &vector.input("data"), false);
        assert_eq!(sealed, vector.expected("cryptogram"), "{}", vector.name);
    }
}

#[test]
fn ev2_refuses_a_command_with_one_bit_changed() {
    for vector in of_kind("ev2_command") {
        let apdu = vector.expected("c_apdu");
        let header = vector.input("header").len();
        let mode = mode(vector.inputs["mode"].as_str().unwrap());
        let command = Protected {
            ins: vector.input("ins")[0],
            header,
            mode,
            data: if vector.input("data").is_empty() {
                Protection::None
            } else {
                Protection::Counted
            },
        };
        for bit in 0..payload(&apdu).len() * 8 {
            let mut changed = payload(&apdu).to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            let opened = ev2_of(&vector).open(command, &changed);
            assert_eq!(opened, Err(Status::INTEGRITY_ERROR), "{} bit {bit}", vector.name);
        }
    }
}

#[test]
fn ev2_ends_when_its_counter_is_used_up() {
    let transaction = Transaction { id: [1; 4], counter: u16::MAX };
    let mut messaging = Messaging::Ev2(Ev2::from_keys(&[0; 16], &[0; 16], transaction));
    let command = Protected { ins: 0x6A, header: 0, mode: CommMode::Plain, data: Protection::None };
    assert_eq!(messaging.open(command, &[]), Err(Status::AUTHENTICATION_ERROR));
}
