//! What needs no session: checks, ciphers, derivations, taps, settings.

use desfire::sun::{PiccData, Tap};
use desfire::tmac::TransactionKeys;
use desfire::{
    Access, AccessRights, DfName, FileKind, FileSettings, Ins, Key, Mode, Sdm, Uid, Version,
    an10922 as derive, apdu, crc_a, dam, jam_crc, lrp, originality as maker, raw,
};

use super::{Vector, aes, array, bytes, key};

pub(crate) fn crc16(vector: &Vector<'_>) {
    vector.expect("crc_le", &crc_a([bytes(vector.input(), "data").as_slice()]));
}

pub(crate) fn crc32(vector: &Vector<'_>) {
    vector.expect("crc_le", &jam_crc([bytes(vector.input(), "data").as_slice()]));
}

pub(crate) fn cmac(vector: &Vector<'_>) {
    let input = vector.input();
    let key = if vector.name().starts_with("aes") {
        Key::from(aes(input, "key"))
    } else {
        key(input, "key")
    };
    vector.expect("cmac", &raw::cmac(&key, &bytes(input, "message")));
}

pub(crate) fn cmac_subkeys(vector: &Vector<'_>) {
    let input = vector.input();
    let key = if input["cipher"] == "aes" { aes(input, "key").into() } else { key(input, "key") };
    let [k1, k2] = raw::cmac_subkeys(&key);
    vector.expect("k1", &k1);
    vector.expect("k2", &k2);
}

pub(crate) fn des_block(vector: &Vector<'_>) {
    let input = vector.input();
    let plain = raw::decipher(&key(input, "key"), &bytes(input, "ciphertext"));
    vector.expect("plaintext", &plain);
}

pub(crate) fn an10922(vector: &Vector<'_>) {
    let input = vector.input();
    let data = bytes(input, "div_input");
    let derived = match key(input, "master_key") {
        Key::Aes(key) => derive::aes128(&key, &data).unwrap().expose().to_vec(),
        Key::Des(key) => derive::des2(&key, &data).unwrap().expose().to_vec(),
        Key::Des3(key) => derive::des3(&key, &data).unwrap().expose().to_vec(),
    };
    vector.expect("diversified", &derived);
}

pub(crate) fn wrapped_apdu(vector: &Vector<'_>) {
    let input = vector.input();
    let ins = Ins(super::byte(input, "ins"));
    vector.expect("c_apdu", &apdu::wrap(ins, &bytes(input, "data")));
}

pub(crate) fn getversion(vector: &Vector<'_>) {
    let frames = vector.input()["frames"].as_array().unwrap();
    let joined: Vec<u8> =
        frames.iter().flat_map(|frame| hex::decode(frame.as_str().unwrap()).unwrap()).collect();
    let version = Version::parse(&joined).unwrap();
    vector.expect("vendor", &[version.hardware.vendor]);
    vector.expect("hw_type", &[version.hardware.kind]);
    vector.expect("hw_storage", &[version.hardware.storage]);
    vector.expect("uid", &version.uid.unwrap().0);
}

pub(crate) fn originality(vector: &Vector<'_>) {
    let input = vector.input();
    let key = maker::MakerKey::new("of the vector", array(input, "public_key_sec1"));
    let (uid, signature) = (Uid(array(input, "uid")), array(input, "signature"));
    let valid = key.verify(uid, &signature);
    vector.expect("valid", &[u8::from(valid)]);
    if valid {
        let other = Uid(uid.0.map(|byte| byte ^ 1));
        assert!(!key.verify(other, &signature), "another identifier");
        let mut forged = signature;
        forged[9] ^= 1;
        assert!(!key.verify(uid, &forged), "another signature");
        assert_eq!(maker::maker(&[key], uid, &signature), Some(&key));
    }
}

pub(crate) fn file_settings_decode(vector: &Vector<'_>) {
    let settings = FileSettings::parse(&bytes(vector.input(), "response")).unwrap();
    let mode = match settings.mode {
        Mode::Plain => 0,
        Mode::Mac => 1,
        Mode::Full => 3,
    };
    vector.expect("comm_mode", &[mode]);
    vector.expect("access_rights_wire", &settings.rights.to_wire());
    match settings.kind {
        FileKind::Standard(size) => {
            vector.expect("file_type", &[0]);
            vector.expect("size_le", &three(size));
        }
        FileKind::Value(value) => {
            vector.expect("file_type", &[2]);
            vector.expect("lower", &value.lower.to_le_bytes());
            vector.expect("upper", &value.upper.to_le_bytes());
            vector.expect("limited_credit_value", &value.value.to_le_bytes());
            let flags = u8::from(value.limited_credit) | u8::from(value.free_value) << 1;
            vector.expect("limited_credit_enabled", &[flags]);
        }
        other => panic!("{other:?}"),
    }
    vector.expect("sdm_enabled", &[u8::from(settings.sdm.is_some())]);
    let Some(sdm) = settings.sdm else { return };
    let option = |set: bool, bit: u8| if set { bit } else { 0 };
    let options = option(sdm.mirrors_uid, 0x80)
        | option(sdm.mirrors_counter, 0x40)
        | option(sdm.counter_limit.is_some(), 0x20)
        | option(sdm.encrypted.is_some(), 0x10)
        | 1;
    vector.expect("sdm_options", &[options]);
    let nibble = |access: Access| match access {
        Access::Key(key) => key.get(),
        Access::Free => 0xE,
        Access::Never => 0xF,
    };
    let wire =
        [0xF0 | nibble(sdm.counter_retrieval), nibble(sdm.meta_read) << 4 | nibble(sdm.file_read)];
    vector.expect("sdm_access_rights_wire", &wire);
    vector.expect("picc_data_offset", &three(sdm.picc_data_offset.unwrap()));
    vector.expect("mac_input_offset", &three(sdm.mac_input_offset.unwrap()));
    vector.expect("enc_offset", &three(sdm.encrypted.unwrap().0));
    vector.expect("enc_length", &three(sdm.encrypted.unwrap().1));
    vector.expect("mac_offset", &three(sdm.mac_offset.unwrap()));
}

pub(crate) fn file_settings_encode(vector: &Vector<'_>) {
    use desfire::{Command, File, FileNo};
    let input = vector.input();
    let rights = AccessRights::from_wire(array(input, "access_rights_wire"));
    let [_, high] = array::<2>(input, "sdm_access_rights_wire");
    let [low, _] = array::<2>(input, "sdm_access_rights_wire");
    let access = |nibble: u8| {
        // The four rights of a file have the same form.
        AccessRights::from_wire([nibble, 0]).change
    };
    let [options] = array::<1>(input, "sdm_options");
    let offset = |field: &str| {
        let [a, b, c] = array(input, field);
        Some(u32::from_le_bytes([a, b, c, 0]))
    };
    let sdm = Sdm {
        mirrors_uid: options & 0x80 != 0,
        mirrors_counter: options & 0x40 != 0,
        counter_limit: None,
        meta_read: access(high >> 4),
        file_read: access(high & 0x0F),
        counter_retrieval: access(low & 0x0F),
        uid_offset: None,
        counter_offset: None,
        picc_data_offset: offset("picc_data_offset"),
        mac_input_offset: offset("mac_input_offset"),
        encrypted: None,
        mac_offset: offset("mac_offset"),
    };
    let [option] = array::<1>(input, "file_option");
    assert_eq!(option, 0x40, "plain, with dynamic messaging");
    let mut settings = FileSettings::new(FileKind::Standard(256), Mode::Plain, rights);
    let file = File { number: FileNo::new(2).unwrap(), settings };
    settings.sdm = Some(sdm);
    let command = Command::change_file_settings(&file, &settings).unwrap();
    vector.expect("cmd_data", &command.data);
}

pub(crate) fn dam_mac_config(vector: &Vector<'_>) {
    let input = vector.input();
    let [old, new] =
        ["old_df_name", "new_df_name"].map(|field| DfName::new(&bytes(input, field)).ok());
    let key = aes(input, "dam_mac_key");
    vector.expect("dam_mac", &dam::rename_mac(&key, old.as_ref(), new.as_ref()));
    let covered = vector.maybe("mac_input").unwrap();
    let odd: Vec<u8> = raw::cmac(&key.into(), &covered).chunks(2).map(|two| two[1]).collect();
    vector.expect("dam_mac", &odd);
}

pub(crate) fn tmac_session_keys(vector: &Vector<'_>) {
    let input = vector.input();
    // Some sources give the counter as it was before the transaction.
    let before = u32::from(!input["inc"].is_null());
    let counter = u32::from_le_bytes(array(input, "tmc_le")) + before;
    let keys = TransactionKeys::new(&aes(input, "app_tm_key"), Uid(array(input, "uid")), counter);
    let (encryption, mac) = keys.danger_keys();
    vector.expect("ses_tm_enc", encryption.expose());
    vector.expect("ses_tm_mac", mac.expose());
}

fn transaction(vector: &Vector<'_>) -> TransactionKeys {
    let input = vector.input();
    let counter = u32::from_le_bytes(array(input, "tmc_le"));
    TransactionKeys::new(&aes(input, "app_tm_key"), Uid(array(input, "uid")), counter)
}

pub(crate) fn tmac_value(vector: &Vector<'_>) {
    let value = transaction(vector).value(&bytes(vector.input(), "tmi"));
    vector.expect("tmv", &value);
}

pub(crate) fn tmac_reader_id(vector: &Vector<'_>) {
    let reader = transaction(vector).reader_id(array(vector.input(), "enc_rid"));
    vector.expect("reader_id", &reader);
}

fn picc(vector: &Vector<'_>) -> PiccData {
    let input = vector.input();
    let [a, b, c] = array(input, "read_ctr");
    let counter = u32::from_le_bytes([a, b, c, 0]);
    PiccData { uid: Some(Uid(array(input, "uid"))), counter: Some(counter) }
}

pub(crate) fn sdm_session_keys(vector: &Vector<'_>) {
    let key = aes(vector.input(), "sdm_file_read_key");
    let tap = Tap::aes(&key, &picc(vector));
    let (encryption, mac) = tap.danger_aes_keys().unwrap();
    vector.expect("ses_sdm_enc", encryption.expose());
    vector.expect("ses_sdm_mac", mac.expose());
    for (input, output) in [("sv1", encryption), ("sv2", mac)] {
        let derived = raw::cmac(&key.clone().into(), &vector.maybe(input).unwrap());
        assert_eq!(derived, output.expose(), "{input}");
    }
}

pub(crate) fn sun_aes(vector: &Vector<'_>) {
    let input = vector.input();
    let picc = if input["picc_enc"].is_null() {
        picc(vector)
    } else {
        let enciphered = array(input, "picc_enc");
        let meta = aes(input, "meta_key");
        vector.expect("picc_plain", &raw::decipher(&meta.clone().into(), &enciphered));
        PiccData::decipher(&meta, enciphered).unwrap()
    };
    vector.expect("uid", &picc.uid.unwrap().0);
    vector.expect("read_ctr", &three(picc.counter.unwrap()));
    let tap = Tap::aes(&aes(input, "file_key"), &picc);
    let (encryption, mac) = tap.danger_aes_keys().unwrap();
    vector.expect("ses_sdm_enc", encryption.expose());
    vector.expect("ses_sdm_mac", mac.expose());
    let mut start = three(picc.counter.unwrap()).to_vec();
    start.resize(16, 0);
    vector.expect("enc_iv", &raw::encipher(&encryption.clone().into(), &start));
    tapped(vector, &tap);
}

pub(crate) fn sun_lrp(vector: &Vector<'_>) {
    let input = vector.input();
    let (random, enciphered) = (array(input, "picc_rand"), array::<16>(input, "picc_enc"));
    let meta = aes(input, "meta_key");
    let mut plain = enciphered;
    lrp::primitive::Lrp::new(&meta, 0).decrypt(&mut random.clone(), &mut plain);
    vector.expect("picc_plain", &plain);
    let picc = PiccData::decipher_lrp(&meta, random, enciphered).unwrap();
    vector.expect("uid", &picc.uid.unwrap().0);
    vector.expect("read_ctr", &three(picc.counter.unwrap()));
    let file_key = aes(input, "file_key");
    let mut session = vec![0x00, 0x01, 0x00, 0x80];
    session.extend(picc.uid.unwrap().0);
    session.extend(three(picc.counter.unwrap()));
    session.extend([0x1E, 0xE1]);
    let master = lrp::primitive::Lrp::new(&file_key, 0).cmac(&[&session]);
    vector.expect("ses_master", &master);
    tapped(vector, &Tap::lrp(&file_key, &picc));
}

fn tapped(vector: &Vector<'_>, tap: &Tap) {
    let input = vector.input();
    vector.expect("file_plain", &tap.decipher(&bytes(input, "enc_file")));
    if let Some(mac) = vector.maybe("sdm_mac") {
        let mac: [u8; 8] = mac.try_into().unwrap();
        let text = bytes(input, "mac_input_ascii");
        tap.verify(&text, mac).unwrap();
        tap.verify(&[&text, b"x".as_slice()].concat(), mac).unwrap_err();
        tap.verify(&text, mac.map(|byte| byte ^ 0x80)).unwrap_err();
    }
}

fn three(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}
