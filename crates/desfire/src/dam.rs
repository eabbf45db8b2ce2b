//! Delegated applications: what the card's issuer computes for the party that will own one.
//!
//! Source: NXP AN12752 for the procedure; layouts from public test suites (see
//! [`crate::manual::unknown`]).

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::cipher::{Cipher, odd_bytes};
use crate::command::delegated_parameters;
use crate::{AesKey, Aid, DfName, Ins, Key, Misuse, NewApplication};

/// The first key of a delegated application, enciphered under the issuer's DAM encryption key:
/// `random` must be unpredictable.
pub fn encrypted_key(dam_enc: &AesKey, random: [u8; 7], key: &Key, version: u8) -> [u8; 32] {
    let mut plain = Zeroizing::new(Vec::with_capacity(32));
    plain.extend(random);
    plain.extend_from_slice(key.bytes());
    plain.resize(31, 0);
    plain.push(version);
    Cipher::from(dam_enc).cbc_encrypt(&mut [0; 16], &mut plain);
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(plain.iter()) {
        *to = *from;
    }
    out
}

/// Leave to create one application in one slot, under the issuer's DAM MAC key.
///
/// # Errors
///
/// [`Misuse`] for settings that no application can have.
pub fn creation_mac(
    dam_mac: &AesKey,
    new: &NewApplication,
    slot: u16,
    slot_version: u8,
    quota: u16,
    encrypted_key: &[u8; 32],
) -> Result<[u8; 8], Misuse> {
    let parameters = delegated_parameters(new, slot, slot_version, quota)?;
    let parts: [&[u8]; 3] =
        [&[Ins::CREATE_DELEGATED_APPLICATION.0], &parameters, encrypted_key.as_slice()];
    Ok(mac(dam_mac, &parts))
}

/// Leave to delete one application.
pub fn deletion_mac(dam_mac: &AesKey, aid: Aid) -> [u8; 8] {
    mac(dam_mac, &[&[Ins::DELETE_APPLICATION.0], &aid.to_wire()])
}

/// Leave to change an application's DF name; none for no name.
pub fn rename_mac(dam_mac: &AesKey, old: Option<&DfName>, new: Option<&DfName>) -> [u8; 8] {
    let [old, new] = [old, new].map(|name| {
        let mut record = [0; 17];
        let name = name.map(DfName::as_bytes).unwrap_or_default();
        let length = u8::try_from(name.len()).unwrap_or(16);
        let bytes = core::iter::once(length).chain(name.iter().copied());
        for (to, from) in record.iter_mut().zip(bytes) {
            *to = from;
        }
        record
    });
    mac(dam_mac, &[&old, &new])
}

fn mac(key: &AesKey, parts: &[&[u8]]) -> [u8; 8] {
    odd_bytes(&Cipher::from(key).cmac([0; 16], parts))
}
