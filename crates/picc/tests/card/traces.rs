//! Conversations recorded with a physical DESFire EV3: the software card must give the same bytes.
//!
//! The recordings were published with the crate `desox` 0.5.4 (MIT). Only the card's challenges are taken
//! from them; identifier, production data and keys are those of the card that was recorded.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use picc::{Card, Model, Production, Size};
use serde_json::Value;

/// Every recording that the card must be able to play.
const PLAYED: [&str; 6] = [
    "application",
    "file_io",
    "key_change_app_aes_aes",
    "key_change_app_des_des",
    "key_change_picc_round_the_world",
    "metadata",
];

fn play(topic: &Value) -> usize {
    let unhex = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let challenges = Arc::new(Mutex::new(VecDeque::new()));
    let given = Arc::clone(&challenges);
    let entropy = move |bytes: &mut [u8]| {
        let challenge: Vec<u8> = given.lock().unwrap().pop_front().unwrap();
        bytes.copy_from_slice(&challenge);
    };
    let uid = unhex(&topic["uid"]).try_into().unwrap();
    let production = Production { batch: [0x21, 0x13, 0x62, 0x30, 0x30], week: 0x40, year: 0x24 };
    let mut card = Card::factory(Model::Ev3, Size::K4, uid, entropy).unwrap().made(production);
    let steps = topic["steps"].as_array().unwrap();
    for (number, step) in steps.iter().enumerate() {
        if let Some(auth) = step.get("auth") {
            challenges.lock().unwrap().push_back(unhex(&auth["rnd_b"]));
        }
        let answer = card.transmit(&unhex(&step["tx"]));
        assert_eq!(hex::encode(answer), step["rx"].as_str().unwrap(), "step {number}");
    }
    assert!(challenges.lock().unwrap().is_empty());
    steps.len()
}

#[test]
fn the_card_answers_every_recorded_exchange_byte_for_byte() {
    let file = include_str!("../vectors/real_card_traces.json");
    let topics: serde_json::Map<String, Value> = serde_json::from_str(file).unwrap();
    let names: Vec<&str> = topics.keys().map(String::as_str).collect();
    assert_eq!(names, PLAYED, "a recording is neither played nor left out on purpose");
    let exchanges: usize = topics.values().map(play).sum();
    assert_eq!(exchanges, 113);
}
