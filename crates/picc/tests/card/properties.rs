//! Laws that hold whatever a terminal sends.

use crate::terminal::{Ev2, application, blank, crc32, ok};
use picc::{Card, Model, Size};
use proptest::prelude::*;

const KEY: [u8; 16] = [0xC5; 16];
const SECRET: [u8; 8] = *b"\xD1SECRET\x8F";

/// A card whose file 1 holds a secret for key 1 alone, transmitted in any mode.
fn with_secret(model: Model, mode: u8) -> Card {
    let mut card = blank(Model::Ev3, Size::K8);
    application(&mut card, 0x0F, 2);
    ok(&mut card, 0xCD, &[1, mode, 0xFF, 0x1E, 8, 0, 0]);
    let write = [&[1, 0, 0, 0, 8, 0, 0][..], &SECRET].concat();
    ok(&mut card, 0x8D, &write);
    let mut session = Ev2::first(&mut card, 0, &[0; 16]).unwrap();
    let change = [&KEY[..], &[1], &crc32(&KEY)].concat();
    session.full(&mut card, 0xC4, &[1], &change).unwrap();
    // From now on nobody can take the application's key 0 and change key 1 with it.
    session.full(&mut card, 0x54, &[], &[0xF1]).unwrap();
    card.reset();
    let image = String::from_utf8(card.to_bytes()).unwrap();
    let image = image.replace("\"ev3\"", &format!("\"{}\"", model.to_string().to_lowercase()));
    Card::from_bytes(image.as_bytes(), crate::terminal::counting()).unwrap()
}

fn model() -> impl Strategy<Value = Model> {
    prop_oneof![Just(Model::Ev1), Just(Model::Ev2), Just(Model::Ev3)]
}

/// Mostly commands that exist, wrapped, with parameters that are often right; sometimes anything.
fn command() -> impl Strategy<Value = Vec<u8>> {
    let ins = prop::sample::select(vec![
        0x0A, 0x1A, 0xAA, 0x71, 0x77, 0xAF, 0xAF, 0xAF, 0x60, 0x51, 0x6E, 0x6A, 0x45, 0x54, 0x64,
        0xC4, 0xCA, 0xCD, 0xCB, 0xDF, 0x6F, 0x61, 0xF5, 0x5F, 0xBD, 0xAD, 0x3D, 0x8D, 0xC7, 0xA7,
    ]);
    let parameters = prop_oneof![
        Just(vec![]),
        Just(vec![0]),
        Just(vec![1]),
        Just(vec![1, 0]),
        Just(vec![0x33, 0x22, 0x11]),
        Just(vec![1, 0, 0, 0, 0, 0, 0]),
        Just(vec![1, 0, 0, 0, 8, 0, 0]),
        Just(vec![1, 0, 0xEE, 0xEE]),
        Just(vec![2, 0, 0xEE, 0xEE, 8, 0, 0]),
        prop::collection::vec(any::<u8>(), 0..48),
    ];
    let wrapped = (ins, parameters).prop_map(|(ins, parameters): (u8, Vec<u8>)| {
        let length = u8::try_from(parameters.len()).unwrap();
        match length {
            0 => vec![0x90, ins, 0, 0, 0],
            _ => [&[0x90, ins, 0, 0, length], &parameters[..], &[0]].concat(),
        }
    });
    let select = Just(vec![0x90, 0x5A, 0, 0, 3, 0x33, 0x22, 0x11, 0]);
    prop_oneof![
        6 => wrapped,
        2 => select,
        1 => prop::collection::vec(any::<u8>(), 0..64),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_conversation_without_the_key_reveals_the_file(
        model in model(),
        mode in prop::sample::select(vec![0u8, 1, 3]),
        commands in prop::collection::vec(command(), 1..60),
    ) {
        let mut card = with_secret(model, mode);
        let mut heard = Vec::new();
        for command in commands {
            let answer = card.transmit(&command);
            prop_assert!(answer.len() <= 258);
            prop_assert!(!answer.is_empty());
            heard.extend_from_slice(&answer[..answer.len() - answer.len().min(2)]);
        }
        prop_assert!(!heard.windows(SECRET.len()).any(|window| window == SECRET));
    }

    #[test]
    fn whatever_happened_the_image_loads_again(
        model in model(),
        commands in prop::collection::vec(command(), 1..40),
        cut in 0u64..12,
    ) {
        let mut card = blank(model, Size::K2);
        card.cut_power_after_writes(cut);
        for command in commands {
            card.transmit(&command);
        }
        let image = card.to_bytes();
        let again = Card::from_bytes(&image, crate::terminal::counting());
        prop_assert!(again.is_ok_and(|again| again.to_bytes() == image));
    }
}

#[test]
fn the_key_does_reveal_the_file() {
    for mode in [1, 3] {
        let mut card = with_secret(Model::Ev3, mode);
        ok(&mut card, 0x5A, &[0x33, 0x22, 0x11]);
        let mut session = Ev2::first(&mut card, 1, &KEY).unwrap();
        let read = session.mac(&mut card, 0xAD, &[1, 0, 0, 0, 8, 0, 0]).unwrap();
        let read = if mode == 3 { session.decipher(&read) } else { read };
        assert_eq!(read, SECRET);
    }
}
