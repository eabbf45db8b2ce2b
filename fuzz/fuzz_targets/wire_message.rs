//! JSON of what stations and registry say to each other, and texts of card serials.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wire::CardSerial;
use wire::station::{Claim, Claimed, Job, Report};

/// What is read is written, and read again, the same.
fn round_trip<T: DeserializeOwned + Serialize>(data: &[u8]) {
    if let Ok(message) = serde_json::from_slice::<T>(data) {
        let written = serde_json::to_vec(&message).expect("a message can be written");
        let again: T = serde_json::from_slice(&written).expect("an own message can be read");
        assert_eq!(serde_json::to_vec(&again).expect("a message can be written"), written);
    }
}

fuzz_target!(|data: &[u8]| {
    round_trip::<Claim>(data);
    round_trip::<Claimed>(data);
    round_trip::<Job>(data);
    round_trip::<Report>(data);
    if let Some(serial) = str::from_utf8(data).ok().and_then(|text| text.parse::<CardSerial>().ok())
    {
        assert_eq!(serial.to_string().parse::<CardSerial>().ok(), Some(serial));
    }
});
