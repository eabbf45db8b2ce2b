//! Runs `conversations.json`: what a terminal sends (`>`) and what the card must answer (`<`).
//!
//! The card's identifier is `04A1B2C3D4E5F6` and all its random bytes are zero.

use picc::{Card, Model, Size};
use serde::Deserialize;

#[derive(Deserialize)]
struct Conversation {
    name: String,
    card: (String, String),
    steps: Vec<String>,
}

fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

fn card(model: &str, size: &str) -> Card {
    let uid = [0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6];
    let (model, size): (Model, Size) = (model.parse().unwrap(), size.parse().unwrap());
    Card::factory(model, size, uid, |bytes: &mut [u8]| bytes.fill(0)).unwrap()
}

#[test]
fn every_conversation_goes_as_written() {
    let file = include_str!("conversations.json");
    let conversations: Vec<Conversation> = serde_json::from_str(file).unwrap();
    assert!(conversations.len() >= 35);
    let mut wrong = Vec::new();
    for Conversation { name, card: (model, size), steps } in conversations {
        let mut card = card(&model, &size);
        let mut answer = None;
        for (number, step) in steps.iter().enumerate() {
            match step.split_at(1) {
                (">", command) => answer = Some(card.transmit(&unhex(command))),
                ("<", expected) => {
                    let got = answer.take().unwrap();
                    if got != unhex(expected) {
                        let got = hex::encode_upper(got);
                        wrong.push(format!("{name}, step {number}: {got}, not {expected}"));
                    }
                }
                _ if step == "reset" => card.reset(),
                _ => panic!("{name}: {step}?"),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
