//! EV2 and LRP.

use desfire::lrp::primitive::Lrp;
use desfire::{AesKey, Command, Ins, Key, KeyNo, Messaging, Status, apdu, ev2, lrp, raw};
use serde_json::Value;

use super::{Vector, aes, array, byte, bytes, command, new_key, number};

fn session(input: &Value) -> ev2::Session {
    ev2::Session::danger_from_keys(
        aes(input, "ses_auth_enc"),
        aes(input, "ses_auth_mac"),
        array(input, "ti"),
        u16::from_le_bytes(array(input, "cmd_ctr_le")),
    )
}

/// Wraps, compares the APDU, and unwraps the answer where there is one. Returns the plain answer.
fn converse(
    session: &mut dyn Messaging,
    command: &Command,
    step: &Value,
    expected: &Value,
) -> Option<Vec<u8>> {
    let payload = session.wrap(command).unwrap();
    let frame = apdu::wrap(command.ins, &payload);
    assert_eq!(hex::encode_upper(frame), expected["c_apdu"].as_str().unwrap(), "{step}");
    let answer = expected["r_data"].as_str().map(|text| hex::decode(text).unwrap())?;
    let status = Status(bytes(step, "rc").first().copied().unwrap_or_default());
    let data = session.unwrap(command, status, &answer);
    Some(data.unwrap_or_else(|error| panic!("{step}: {error}")))
}

fn both(vector: &Vector<'_>) -> Value {
    serde_json::json!({
        "c_apdu": vector.expected("c_apdu"), "r_data": vector.expected("r_data")
    })
}

pub(crate) fn ev2_command(vector: &Vector<'_>) {
    let input = vector.input();
    let command = command(input);
    let data = converse(&mut session(input), &command, input, &both(vector));
    if let Some(data) = data {
        assert_eq!(data, bytes(input, "resp_data"));
    }
}

pub(crate) fn ev2_commit_reader_id(vector: &Vector<'_>) {
    let input = vector.input();
    let command = Command::commit_reader_id(array(input, "reader_id"));
    let data = converse(&mut session(input), &command, input, &both(vector)).unwrap();
    assert_eq!(data, bytes(input, "enc_tmri_prev"));
}

pub(crate) fn ev2_changekey(vector: &Vector<'_>) {
    let input = vector.input();
    let number = KeyNo::new(byte(input, "header")).unwrap();
    let new = new_key(input);
    let command = if input["old_key"].is_null() {
        Command::change_own_key(number, &new, false)
    } else {
        let old = Key::from(aes(input, "old_key"));
        Command::change_other_key(number, &old, &new, false)
    };
    assert_eq!(command.ins.0, byte(input, "ins"));
    let data = converse(&mut session(input), &command, input, &both(vector)).unwrap();
    assert!(data.is_empty());
}

pub(crate) fn ev2_iv(vector: &Vector<'_>) {
    let input = vector.input();
    let keys = serde_json::json!({
        "ses_auth_enc": input["ses_auth_enc"], "ses_auth_mac": input["ses_auth_enc"],
        "ti": input["ti"], "cmd_ctr_le": input["cmd_ctr_le"],
    });
    let session = session(&keys);
    let iv = if input["label"] == "A55A" { session.command_iv() } else { session.answer_iv() };
    vector.expect("iv", &iv);
}

pub(crate) fn ev2_auth_first(vector: &Vector<'_>) {
    let input = vector.input();
    let key = aes(input, "key");
    let handshake = ev2::Handshake::first(&key, array(input, "rnda"));
    assert_eq!(handshake.request(number(input)), [byte(input, "key_no"), 0]);
    assert_eq!(handshake.ins(), Ins::AUTHENTICATE_EV2_FIRST);
    let enciphered = bytes(input, "enc_rndb");
    vector.expect("rndb", &raw::decipher(&key.clone().into(), &enciphered));
    let (proof, token) = handshake.challenge(&enciphered).unwrap();
    vector.expect("token", &token);
    let answer = bytes(input, "part2_resp");
    vector.expect("part2_plain", &raw::decipher(&key.clone().into(), &answer));
    let session = proof.finish(&answer).unwrap();
    vector.expect("ti", &session.transaction());
    vector.expect("pdcap2", &session.capabilities().card);
    vector.expect("pcdcap2", &session.capabilities().terminal);
    vector.expect("ses_auth_enc", session.danger_encryption_key().expose());
    vector.expect("ses_auth_mac", session.danger_mac_key().expose());
    for (field, derived) in
        [("sv1", session.danger_encryption_key()), ("sv2", session.danger_mac_key())]
    {
        if let Some(vector) = vector.maybe(field) {
            assert_eq!(raw::cmac(&key.clone().into(), &vector), derived.expose(), "{field}");
        }
    }
}

/// The card's words from its own side: the terminal says the recorded token and takes them.
pub(crate) fn ev2_auth_first_card(vector: &Vector<'_>) {
    let input = vector.input();
    let key = aes(input, "key");
    let token = raw::decipher(&key.clone().into(), &bytes(input, "token"));
    let rnd_a: [u8; 16] = token[..16].try_into().unwrap();
    let challenge = vector.maybe("enc_rndb").unwrap();
    assert_eq!(raw::decipher(&key.clone().into(), &challenge), bytes(input, "rndb"));
    let (proof, token) = ev2::Handshake::first(&key, rnd_a).challenge(&challenge).unwrap();
    assert_eq!(token, bytes(input, "token"));
    let session = proof.finish(&vector.maybe("part2_resp").unwrap()).unwrap();
    assert_eq!(session.transaction().as_slice(), bytes(input, "ti"));
    assert_eq!(session.capabilities().card.as_slice(), bytes(input, "pdcap2"));
    let mut said = bytes(input, "pcd_cap2");
    said.resize(6, 0);
    assert_eq!(session.capabilities().terminal.as_slice(), said);
}

pub(crate) fn ev2_auth_nonfirst(vector: &Vector<'_>) {
    let input = vector.input();
    let any = AesKey::FACTORY;
    let before = ev2::Session::danger_from_keys(any.clone(), any, [1, 2, 3, 4], 7);
    let handshake = ev2::Handshake::non_first(&before, &aes(input, "key"), array(input, "rnda"));
    assert_eq!(handshake.request(number(input)), [byte(input, "key_no")]);
    assert_eq!(handshake.ins(), Ins::AUTHENTICATE_EV2_NON_FIRST);
    let (proof, token) = handshake.challenge(&bytes(input, "enc_rndb")).unwrap();
    vector.expect("token", &token);
    let session = proof.finish(&vector.maybe("part2_resp").unwrap()).unwrap();
    assert_eq!((session.transaction(), session.counter()), ([1, 2, 3, 4], 7), "kept");
}

pub(crate) fn ev2_session_keys(vector: &Vector<'_>) {
    let input = vector.input();
    let key = aes(input, "key");
    let challenge = raw::encipher(&key.clone().into(), &bytes(input, "rndb"));
    let (proof, _) =
        ev2::Handshake::first(&key, array(input, "rnda")).challenge(&challenge).unwrap();
    let session = proof.danger_unproven([0; 4], 0);
    vector.expect("ses_auth_enc", session.danger_encryption_key().expose());
    vector.expect("ses_auth_mac", session.danger_mac_key().expose());
}

pub(crate) fn ev2_session(vector: &Vector<'_>) {
    let input = vector.input();
    let handshake = ev2::Handshake::first(&aes(input, "key"), array(input, "rnda"));
    let (proof, _) = handshake.challenge(&bytes(input, "enc_rndb")).unwrap();
    let counter = u16::from_le_bytes(array(input, "cmd_ctr_le"));
    let mut session = proof.danger_unproven(array(input, "ti"), counter);
    steps(vector, &mut session);
}

fn steps(vector: &Vector<'_>, session: &mut dyn Messaging) {
    let results = vector.expected("results").as_array().unwrap();
    let steps = vector.input()["steps"].as_array().unwrap();
    assert_eq!(steps.len(), results.len());
    for (step, result) in steps.iter().zip(results) {
        let data = converse(session, &command(step), step, result).unwrap();
        assert_eq!(data, bytes(step, "resp_data"), "{step}");
    }
}

pub(crate) fn lrp_plaintexts(vector: &Vector<'_>) {
    let lrp = Lrp::new(&aes(vector.input(), "key"), 0);
    for at in [0, 1, 14, 15] {
        vector.expect(&format!("p{at}"), &lrp.danger_plaintexts()[at]);
    }
}

pub(crate) fn lrp_updated_keys(vector: &Vector<'_>) {
    for at in 0..3 {
        let lrp = Lrp::new(&aes(vector.input(), "key"), at);
        vector.expect(&format!("k{at}"), lrp.danger_updated_key().expose());
    }
}

pub(crate) fn lrp_eval(vector: &Vector<'_>) {
    let input = vector.input();
    let text = input["input_nibbles"].as_str().unwrap();
    // An odd number of nibbles is marked.
    let text = text.strip_prefix("n:").unwrap_or(text);
    let nibbles = text.chars().map(|digit| u8::try_from(digit.to_digit(16).unwrap()).unwrap());
    let lrp = Lrp::new(&aes(input, "key"), byte(input, "updated_key").into());
    vector.expect("y", &lrp.eval(nibbles, byte(input, "final") == 1));
}

pub(crate) fn lricb_encrypt(vector: &Vector<'_>) {
    let input = vector.input();
    let mut data = bytes(input, "plaintext");
    if byte(input, "padding") == 1 {
        data.push(0x80);
        data.resize(data.len().next_multiple_of(16), 0);
    }
    let plain = data.clone();
    let lrp = Lrp::new(&aes(input, "key"), byte(input, "updated_key").into());
    lrp.encrypt(&mut bytes(input, "counter"), &mut data);
    vector.expect("ciphertext", &data);
    lrp.decrypt(&mut bytes(input, "counter"), &mut data);
    assert_eq!(data, plain);
}

pub(crate) fn lrp_cmac(vector: &Vector<'_>) {
    let input = vector.input();
    let message = bytes(input, "message");
    let lrp = Lrp::new(&aes(input, "key"), 0);
    vector.expect("mac", &lrp.cmac(&[&message]));
    let [whole, padded] = lrp.danger_subkeys();
    let whole_blocks = !message.is_empty() && message.len().is_multiple_of(16);
    vector.expect("subkey_used", if whole_blocks { &whole } else { &padded });
}

pub(crate) fn lrp_subkeys(vector: &Vector<'_>) {
    let [k1, k2] = Lrp::new(&aes(vector.input(), "key"), 0).danger_subkeys();
    vector.expect("k1", &k1);
    vector.expect("k2", &k2);
}

fn lrp_proof(input: &Value, handshake: lrp::Handshake) -> (lrp::Proof, Vec<u8>) {
    let challenge = [&[0x01], bytes(input, "rndb").as_slice()].concat();
    handshake.challenge(&challenge).unwrap()
}

pub(crate) fn lrp_auth_first(vector: &Vector<'_>) {
    let input = vector.input();
    let key = aes(input, "key");
    let handshake = lrp::Handshake::first(&key, array(input, "rnda"));
    assert_eq!(handshake.ins(), Ins::AUTHENTICATE_EV2_FIRST);
    let request = handshake.request(number(input));
    assert_eq!(request, [byte(input, "key_no"), 6, 2, 0, 0, 0, 0, 0]);
    let (proof, token) = lrp_proof(input, handshake);
    let mac = token.strip_prefix(bytes(input, "rnda").as_slice()).unwrap();
    vector.expect("pcd_response", mac);
    let enciphered = bytes(input, "picc_data");
    let answer = [enciphered.as_slice(), &vector.maybe("picc_response").unwrap()].concat();
    let session = proof.finish(&answer).unwrap();
    vector.expect("ti", &session.transaction());
    assert_eq!(session.capabilities().terminal.as_slice(), bytes(input, "pcd_cap2"));
    assert_eq!(session.blocks(), 1);
    vector.expect("ses_mac_updated_key", session.danger_mac().danger_updated_key().expose());
    let encryption = session.danger_encryption().danger_updated_key();
    vector.expect("ses_enc_updated_key", encryption.expose());
    let mut plain = enciphered;
    session.danger_encryption().decrypt(&mut [0; 4], &mut plain);
    vector.expect("picc_plain", &plain);
    if let Some(context) = vector.maybe("session_vector") {
        vector.expect("ses_auth_master", &Lrp::new(&key, 0).cmac(&[&context]));
    }
}

pub(crate) fn lrp_auth_nonfirst(vector: &Vector<'_>) {
    let input = vector.input();
    let before = lrp::Session::danger_from_master(&AesKey::FACTORY, [1, 2, 3, 4], 7, 9);
    let handshake = lrp::Handshake::non_first(&before, &aes(input, "key"), array(input, "rnda"));
    assert_eq!(handshake.ins(), Ins::AUTHENTICATE_EV2_NON_FIRST);
    assert_eq!(handshake.request(number(input)), [byte(input, "key_no")]);
    let (proof, token) = lrp_proof(input, handshake);
    let mac = token.strip_prefix(bytes(input, "rnda").as_slice()).unwrap();
    vector.expect("pcd_response", mac);
    let session = proof.finish(&vector.maybe("picc_response").unwrap()).unwrap();
    assert_eq!((session.transaction(), session.counter()), ([1, 2, 3, 4], 7), "kept");
    assert_eq!(session.blocks(), 0);
}

pub(crate) fn lrp_session_keys(vector: &Vector<'_>) {
    let input = vector.input();
    let handshake = lrp::Handshake::first(&aes(input, "key"), array(input, "rnda"));
    let (proof, _) = lrp_proof(input, handshake);
    let session = proof.danger_unproven([0; 4], 0, 0);
    let master = aes(&serde_json::json!({ "key": vector.expected("ses_auth_master") }), "key");
    let expected = lrp::Session::danger_from_master(&master, [0; 4], 0, 0);
    for (ours, theirs) in [
        (session.danger_mac(), expected.danger_mac()),
        (session.danger_encryption(), expected.danger_encryption()),
    ] {
        assert_eq!(ours.danger_updated_key(), theirs.danger_updated_key());
        assert_eq!(ours.danger_plaintexts(), theirs.danger_plaintexts());
    }
}

pub(crate) fn lrp_session(vector: &Vector<'_>) {
    let input = vector.input();
    let transaction = array(input, "ti");
    let counter = u16::from_le_bytes(array(input, "cmd_ctr_le"));
    let blocks = u32::from_be_bytes(array(input, "enc_ctr"));
    let key = aes(input, "key");
    let mut session = if input["session_vector"].is_null() {
        let handshake = lrp::Handshake::first(&key, array(input, "rnda"));
        lrp_proof(input, handshake).0.danger_unproven(transaction, counter, blocks)
    } else {
        let master = Lrp::new(&key, 0).cmac(&[&bytes(input, "session_vector")]);
        let master = AesKey::new(master);
        lrp::Session::danger_from_master(&master, transaction, counter, blocks)
    };
    steps(vector, &mut session);
    vector.expect("enc_ctr_after", &session.blocks().to_be_bytes());
}
