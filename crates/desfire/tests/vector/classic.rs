//! D40 and EV1.

use desfire::{Command, Ins, Key, KeyNo, Messaging, Mode, Status, d40, ev1, jam_crc, raw};

use super::{Vector, array, byte, bytes, command, key, new_key, number};

fn d40_session(vector: &Vector<'_>) -> d40::Session {
    let Key::Des(key) = key(vector.input(), "session_key") else { panic!("no DES key") };
    d40::Session::danger_from_key(&key)
}

pub(crate) fn d40_auth(vector: &Vector<'_>) {
    let input = vector.input();
    let Key::Des(key) = key(input, "key") else { panic!("no DES key") };
    let handshake = d40::Handshake::new(&key, array(input, "rnda"));
    assert_eq!(handshake.request(number(input)), [byte(input, "key_no")]);
    let enciphered = bytes(input, "enc_rndb");
    vector.expect("rndb", &raw::decipher(&key.into(), &enciphered));
    let (proof, token) = handshake.challenge(&enciphered).unwrap();
    vector.expect("token", &token);
    let mut session = proof.finish(&vector.maybe("enc_rnda_rot").unwrap()).unwrap();
    let Key::Des(expected) = super::key(&vector_session(vector), "key") else { panic!() };
    let mut expected = d40::Session::danger_from_key(&expected);
    let probe = probe();
    assert_eq!(session.wrap(&probe).unwrap(), expected.wrap(&probe).unwrap(), "session key");
}

fn vector_session(vector: &Vector<'_>) -> serde_json::Value {
    serde_json::json!({ "key": vector.expected("session_key") })
}

/// A command that shows a session's key by its MAC.
fn probe() -> Command {
    let mut command = Command::new(Ins::WRITE_DATA, Mode::Mac, &[1, 0, 0, 0, 3, 0, 0]);
    command.data = vec![1, 2, 3].into();
    command
}

pub(crate) fn d40_mac(vector: &Vector<'_>) {
    let data = bytes(vector.input(), "data");
    let mut command = Command::new(Ins::WRITE_DATA, Mode::Mac, &[]);
    command.data = data.clone().into();
    let sent = d40_session(vector).wrap(&command).unwrap();
    let mac = sent.strip_prefix(data.as_slice()).unwrap();
    vector.expect("mac", mac);
    let read = Command::new(Ins::READ_DATA, Mode::Mac, &[]);
    assert_eq!(d40_session(vector).unwrap(&read, Status::OK, &sent).unwrap(), data);
}

pub(crate) fn d40_full_tx(vector: &Vector<'_>) {
    let mut command = Command::new(Ins::WRITE_DATA, Mode::Full, &[]);
    command.data = bytes(vector.input(), "data").into();
    vector.expect("cryptogram", &d40_session(vector).wrap(&command).unwrap());
}

pub(crate) fn d40_full_rx(vector: &Vector<'_>) {
    let data = bytes(vector.input(), "data");
    let answer = vector.maybe("cryptogram").unwrap();
    for expects in [None, Some(data.len())] {
        let mut read = Command::new(Ins::READ_DATA, Mode::Full, &[]);
        read.expects = expects;
        assert_eq!(d40_session(vector).unwrap(&read, Status::OK, &answer).unwrap(), data);
    }
}

pub(crate) fn d40_changekey(vector: &Vector<'_>) {
    let input = vector.input();
    let new = new_key(input);
    let command = if input["old_key"].is_null() {
        Command::change_own_key(KeyNo::MASTER, &new, false)
    } else {
        Command::change_other_key(KeyNo::new(1).unwrap(), &key(input, "old_key"), &new, false)
    };
    let sent = d40_session(vector).wrap(&command).unwrap();
    vector.expect("cryptogram", sent.strip_prefix(command.header.as_slice()).unwrap());
}

fn ev1(input: &serde_json::Value) -> ev1::Session {
    ev1::Session::danger_from_key(&key(input, "session_key"))
}

pub(crate) fn ev1_auth(vector: &Vector<'_>) {
    let input = vector.input();
    let key = key(input, "key");
    let handshake = match &key {
        Key::Des(key) => ev1::Handshake::des(key, array(input, "rnda")),
        Key::Des3(key) => ev1::Handshake::des3(key, array(input, "rnda")),
        Key::Aes(key) => ev1::Handshake::aes(key, array(input, "rnda")),
    };
    assert_eq!(handshake.request(number(input)), [byte(input, "key_no")]);
    let enciphered = bytes(input, "enc_rndb");
    vector.expect("rndb", &raw::decipher(&key, &enciphered));
    let (proof, token) = handshake.challenge(&enciphered).unwrap();
    vector.expect("token", &token);
    // Where the card refused, there is no proof.
    let Some(answer) = vector.maybe("enc_rnda_rot") else { return };
    let mut session = proof.finish(&answer).unwrap();
    let field = ["session_key", "session_key_parity_cleared"]
        .into_iter()
        .find(|field| vector.maybe(field).is_some())
        .unwrap();
    let expected =
        serde_json::json!({ "alg": input["alg"], "session_key": vector.expected(field) });
    let mut expected = ev1(&expected);
    let version = Command::get_version();
    expected.wrap(&version).unwrap();
    session.wrap(&version).unwrap();
    let (theirs, ours) = (expected.danger_chaining_value(), session.danger_chaining_value());
    assert_eq!(theirs, ours, "session key");
    if let Some(mac) = vector.maybe("format_resp_cmac") {
        let mut session = ev1(&serde_json::json!({
            "alg": input["alg"], "session_key": vector.expected(field)
        }));
        let format = Command::format_picc();
        assert!(session.wrap(&format).unwrap().is_empty());
        assert!(session.unwrap(&format, Status::OK, &mac).unwrap().is_empty());
    }
}

pub(crate) fn ev1_session(vector: &Vector<'_>) {
    let input = vector.input();
    let mut session = ev1(input);
    let results = vector.expected("results").as_array().unwrap();
    let steps = input["steps"].as_array().unwrap();
    assert_eq!(steps.len(), results.len());
    for (step, result) in steps.iter().zip(results) {
        let command = command(step);
        let sent = session.wrap(&command).unwrap();
        assert_eq!(hex::encode_upper(sent), result["tx"].as_str().unwrap(), "{step}");
        let data = session.unwrap(&command, Status::OK, &bytes(result, "rx")).unwrap();
        assert_eq!(data, bytes(step, "resp_data"), "{step}");
    }
}

pub(crate) fn ev1_cmac_chain(vector: &Vector<'_>) {
    let input = vector.input();
    let mut session = ev1(input);
    let command = Command::new(Ins(byte(input, "ins")), Mode::Mac, &bytes(input, "header"));
    session.wrap(&command).unwrap();
    vector.expect("tx_cmac", &session.danger_chaining_value());
    let mac = vector.maybe("rx_cmac").unwrap();
    let data = bytes(input, "resp_data");
    let answer = [&data, &mac[..8]].concat();
    assert_eq!(session.unwrap(&command, Status::OK, &answer).unwrap(), data);
    vector.expect("rx_cmac", &session.danger_chaining_value());
}

pub(crate) fn ev1_changekey(vector: &Vector<'_>) {
    let input = vector.input();
    let (new, number) = (new_key(input), number(input));
    let old = || key(input, "old_key");
    let command = match (bytes(input, "header").as_slice(), input["old_key"].is_null()) {
        ([set, _], false) => Command::change_key_in_set(*set, number, &old(), &new).unwrap(),
        (_, false) => Command::change_other_key(number, &old(), &new, false),
        (_, true) => Command::change_own_key(number, &new, false),
    };
    assert_eq!(command.ins.0, byte(input, "ins"));
    let check = jam_crc([&[command.ins.0][..], &command.header, &command.data]);
    vector.expect("crc_command", &check);
    let mut session = ev1(input);
    let sent = session.wrap(&command).unwrap();
    vector.expect("cryptogram", sent.strip_prefix(command.header.as_slice()).unwrap());
    if let Some(mac) = vector.maybe("resp_cmac") {
        assert!(session.unwrap(&command, Status::OK, &mac).unwrap().is_empty());
    }
}
