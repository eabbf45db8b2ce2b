//! A sequence of APDUs to a locked card: each is a length byte and as many bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picc::Card;

const LOCKED: &[u8] = include_bytes!("../cards/locked.picc");
const SECRET: &[u8] = b"the secret of file 1";

fuzz_target!(|data: &[u8]| {
    let mut seed = 0u8;
    let entropy = move |bytes: &mut [u8]| {
        for byte in bytes {
            seed = seed.wrapping_mul(5).wrapping_add(113);
            *byte = seed;
        }
    };
    let mut card = Card::from_bytes(LOCKED, entropy).expect("the image is checked in");
    let mut heard = Vec::new();
    let mut rest = data;
    while let Some((&length, tail)) = rest.split_first() {
        if length == 0xFF {
            card.reset();
            rest = tail;
            continue;
        }
        let (apdu, tail) = tail.split_at(usize::from(length).min(tail.len()));
        rest = tail;
        let writes = card.writes();
        let mut answer = card.transmit(apdu);
        assert!(!answer.is_empty() && answer.len() <= 258);
        assert!(card.writes() - writes <= 256);
        // Of an answer in several frames the data follow each other without the status.
        answer.truncate(answer.len().saturating_sub(2));
        heard.extend_from_slice(&answer);
    }
    assert!(!heard.windows(SECRET.len()).any(|window| window == SECRET));
    let image = card.to_bytes();
    let again = Card::from_bytes(&image, |_: &mut [u8]| {}).expect("an own image loads");
    assert_eq!(again.to_bytes(), image);
});
