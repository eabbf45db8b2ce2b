//! A card that lies: each answer is honest, changed in one byte, made up, or missing.

#![no_main]

use core::convert::Infallible;

use desfire::{
    AesKey, Aid, AppSettings, Card, DesKey, FileKind, FileNo, Key, KeyNo, KeySettings, KeyType, Link,
    NewApplication, NewKey,
};
use libfuzzer_sys::fuzz_target;
use picc::{Model, Size};

struct Liar<'a> {
    honest: picc::Card,
    plan: &'a [u8],
    answers: u32,
}

impl Liar<'_> {
    fn take(&mut self) -> Option<u8> {
        let (&first, rest) = self.plan.split_first()?;
        self.plan = rest;
        Some(first)
    }
}

impl Link for Liar<'_> {
    type Error = Infallible;

    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, Infallible> {
        self.answers += 1;
        assert!(self.answers < 100_000, "a conversation without end");
        let mut answer = self.honest.transmit(command);
        match self.take().unwrap_or(0) {
            0..=0xBF => {}
            0xC0..=0xDF => {
                let at = usize::from(self.take().unwrap_or(0));
                let with = self.take().unwrap_or(1);
                if let Some(byte) = answer.get_mut(at) {
                    *byte ^= with;
                }
            }
            0xE0..=0xFE => {
                let length = usize::from(self.take().unwrap_or(0)).min(self.plan.len());
                let (made_up, rest) = self.plan.split_at(length);
                answer = made_up.to_vec();
                self.plan = rest;
            }
            0xFF => answer.clear(),
        }
        Ok(answer)
    }
}

type Failed<'a> = desfire::Failed<Liar<'a>>;

/// As much of a card's life as one terminal can lead it through.
fn personalise(link: Liar<'_>) -> Result<(), Failed<'_>> {
    let aid = Aid::new(0x83_8001).expect("24 bits");
    let master = KeyNo::MASTER;
    let mut card = Card::new(link);
    let _ = card.version();
    let _ = card.free_memory();
    let _ = card.application_ids();
    let _ = card.df_names();
    let _ = card.key_settings();
    let _ = card.files();
    let _ = card.signature();
    assert!(card.proximity_check(&AesKey::new([0x77; 16]), &[&[1; 8]]).is_err(), "never proven");
    let _ = card.select(Aid::PICC);
    let session = card.authenticate_des(master, &DesKey::FACTORY, [1; 8])?;
    let (session, _) = session.card_uid()?;
    let aes = NewKey::Aes { key: AesKey::new([7; 16]), version: 1 };
    let card = session.change_own_key(&aes)?;
    let session = card.authenticate_ev2(master, &AesKey::new([7; 16]), [2; 16])?;
    let (session, _) = session.version()?;
    let new = NewApplication::new(aid, AppSettings::aes(KeySettings(0x0F), 3));
    // Refused when the application is there already, which ends the session.
    let session = match session.create_application(&new) {
        Ok(session) => session,
        Err(failed) => failed.card.authenticate_ev2(master, &AesKey::new([7; 16]), [5; 16])?,
    };
    let (session, _) = session.application_ids()?;
    let (session, _) = session.free_memory()?;
    let card = session.select(aid)?;
    let session = card.authenticate_ev2(master, &AesKey::FACTORY, [3; 16])?;
    let (session, _) = session.key_settings()?;
    let one = KeyNo::new(1).expect("a key number");
    let nines = NewKey::Aes { key: AesKey::new([9; 16]), version: 2 };
    let session = session.change_other_key(one, &Key::factory(KeyType::Aes), &nines)?;
    let (session, _) = session.file_ids()?;
    // The card was given a file of its own, in a mode that the plan chose.
    let (session, file) = session.file(FileNo::new(1).expect("a file number"))?;
    let session = session.write(&file, 0, &[0x5A; 300])?;
    let (session, _) = session.read(&file, 0, 300)?;
    let session = match file.settings.kind {
        FileKind::Value(_) => session.value(&file)?.0,
        FileKind::Linear(records) | FileKind::Cyclic(records) => {
            session.read_records(&file, 0, records.current.min(64))?.0
        }
        _ => session,
    };
    let session = session.authenticate_further(one, &AesKey::new([9; 16]), [4; 16])?;
    let (session, _) = session.key_version(one)?;
    let _card = session.forget();
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let Some((&mode, plan)) = data.split_first() else { return };
    let mut seed = 0u8;
    let entropy = move |bytes: &mut [u8]| {
        for byte in bytes {
            seed = seed.wrapping_mul(5).wrapping_add(113);
            *byte = seed;
        }
    };
    let mut honest = picc::Card::factory(Model::Ev3, Size::K8, [4; 7], entropy).expect("exists");
    // Leave a file behind for the terminal that comes: it meets its application already there.
    if mode & 0x80 != 0 {
        honest.transmit(&[0x90, 0xCA, 0, 0, 5, 0x01, 0x80, 0x83, 0x0F, 0x83, 0]);
        honest.transmit(&[0x90, 0x5A, 0, 0, 3, 0x01, 0x80, 0x83, 0]);
        honest.transmit(&[0x90, 0xCD, 0, 0, 7, 1, mode & 3, 0, 0, 0, 2, 0, 0]);
        honest.reset();
    }
    let _ = personalise(Liar { honest, plan, answers: 0 });
});
