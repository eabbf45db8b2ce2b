//! Everything that takes an answer apart, with any bytes: never a panic, never a success without a
//! right MAC.

#![no_main]

use desfire::{
    AesKey, BadAnswer, Command, Des3Key, DesKey, FileSettings, Key, Messaging, Status, Uid, Version,
    apdu, d40, ev1, ev2, lrp, originality, proximity, sun,
};
use libfuzzer_sys::fuzz_target;

fn judge(mut session: impl Messaging, command: &Command, answer: &[u8], proves: bool) {
    session.wrap(command).expect("a command of every messaging");
    let judged: Result<Vec<u8>, BadAnswer> = session.unwrap(command, Status::OK, answer);
    assert!(!(proves && judged.is_ok()), "an answer without its MAC");
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, answer)) = data.split_first() else { return };
    let _ = Version::parse(answer);
    let _ = FileSettings::parse(answer);
    let _ = proximity::Prepared::parse(answer);
    let _ = apdu::Framing::Native.unwrap(answer);
    let _ = apdu::Framing::Wrapped.unwrap(answer);
    let secret = AesKey::new([0x5C; 16]);
    if let Some(block) = answer.first_chunk() {
        let _ = sun::PiccData::decipher(&secret, *block);
    }
    if let Some(signature) = answer.first_chunk() {
        assert!(originality::maker(originality::NXP, Uid([4; 7]), signature).is_none());
    }
    let mut command =
        if choice & 1 == 0 { Command::get_card_uid() } else { Command::get_key_settings() };
    command.open_ended = choice & 2 != 0;
    let ev1 = |key: Key| ev1::Session::danger_from_key(&key);
    // D40 does not protect these answers, and two bytes of CRC are found by chance.
    judge(d40::Session::danger_from_key(&DesKey::new([7; 16])), &command, answer, false);
    judge(ev1(DesKey::new([7; 16]).into()), &command, answer, command.mode != desfire::Mode::Full);
    judge(ev1(Des3Key::new([7; 24]).into()), &command, answer, command.mode != desfire::Mode::Full);
    judge(ev1(secret.clone().into()), &command, answer, command.mode != desfire::Mode::Full);
    let ev2 = ev2::Session::danger_from_keys(secret.clone(), secret.clone(), [1; 4], 3);
    judge(ev2, &command, answer, true);
    judge(lrp::Session::danger_from_master(&secret, [1; 4], 3, 0), &command, answer, true);
});
