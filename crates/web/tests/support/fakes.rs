//! What stands in for stations and for the workshop.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use web::{CheckAnswer, ChipCheck, Desk, DeskError, FaceSide, OnChip, Picture, Workshop};
use wire::station::{ChipRefusal, Claim, Claimed, Queue, Report};
use wire::{Actor, AuthorityId, CardSerial, PersonId};

/// Knows one token, refuses every chip, and finds no card valid.
pub(crate) struct FakeDesk;

#[async_trait]
impl Desk for FakeDesk {
    async fn healthy(&self) -> Result<(), DeskError> {
        Ok(())
    }

    async fn station(&self, token: &str) -> Result<Option<Actor>, DeskError> {
        Ok((token == "right").then(|| "station-1".parse().unwrap()))
    }

    async fn claim(&self, _: &Actor, _: Claim) -> Result<Claimed, DeskError> {
        Ok(Claimed::Refused { reason: ChipRefusal::Spoiled })
    }

    async fn queue(&self, _: &Actor) -> Result<Queue, DeskError> {
        Ok(Queue { waiting: 0 })
    }

    async fn report(&self, _: &Actor, _: Report) -> Result<(), DeskError> {
        Ok(())
    }

    async fn check(&self, _: &str) -> Result<CheckAnswer, DeskError> {
        Ok(CheckAnswer::NotValidNow)
    }
}

/// Draws one dot, reads a "picture" that begins with `QR:`, and has one answer of its reader.
#[derive(Default)]
pub(crate) struct FakeWorkshop {
    pub(crate) real: AtomicBool,
    /// What the reader says next; none: there is no card on it.
    pub(crate) chip: Mutex<Option<ChipCheck>>,
    /// What was asked to be put on the reader.
    pub(crate) put: Mutex<Option<CardSerial>>,
}

#[async_trait]
impl Workshop for FakeWorkshop {
    fn is_demo(&self) -> bool {
        !self.real.load(Ordering::SeqCst)
    }

    async fn face(&self, _: AuthorityId, _: CardSerial, _: FaceSide) -> Result<Picture, DeskError> {
        Ok(dot())
    }

    async fn proof(&self, _: AuthorityId, _: PersonId, _: FaceSide) -> Result<Picture, DeskError> {
        Ok(dot())
    }

    async fn portrait(&self, _: AuthorityId, _: CardSerial) -> Result<Option<Picture>, DeskError> {
        Ok(Some(dot()))
    }

    async fn on_chip(&self, _: AuthorityId, _: CardSerial, _: &str) -> Result<OnChip, DeskError> {
        Ok(OnChip {
            fields: vec![("full_name", "Nguyễn Văn Mẫu".to_owned())],
            record_sha256: "00".repeat(32),
            photo_bytes: None,
            qr_masked: "7K2M|G01.•••••••••001.CC".to_owned(),
        })
    }

    async fn read_qr(&self, picture: Vec<u8>) -> Result<String, DeskError> {
        let text = picture.strip_prefix(b"QR:").map(<[u8]>::to_vec);
        text.and_then(|text| String::from_utf8(text).ok()).ok_or_else(|| DeskError::Refused {
            code: "no-code",
            text: "no code is on the picture".to_owned(),
        })
    }

    async fn check_reader(
        &self,
        put: Option<CardSerial>,
        _: phrase::Lang,
    ) -> Result<ChipCheck, DeskError> {
        *self.put.lock().unwrap() = put;
        self.chip.lock().unwrap().clone().ok_or_else(|| DeskError::Refused {
            code: "no-card",
            text: "there is no card on the reader".to_owned(),
        })
    }
}

fn dot() -> Picture {
    Picture { media_type: "image/png", bytes: vec![0x89, b'P', b'N', b'G'].into() }
}
