//! Checking a transaction MAC: what a card signs of the transactions on one application.
//!
//! Whoever shares the transaction key with the card can tell, long after and without the card, that
//! it carried out exactly these reads and writes. In EV2 messaging only; how LRP splits its counter
//! is not public (see [`crate::manual::unknown`]).
//!
//! Source: NXP AN12343 rev. 1.1 §6; layouts from behaviour described for DESFire EV2.

use alloc::vec::Vec;

use subtle::ConstantTimeEq as _;

use crate::cipher::{Cipher, odd_bytes, pad_zero};
use crate::{AesKey, FileNo, Ins, Uid};

/// The keys of one transaction.
#[derive(Debug)]
pub struct TransactionKeys {
    encryption: AesKey,
    mac: AesKey,
}

impl TransactionKeys {
    /// The keys of the transaction with this number, as `CommitTransaction` returns it, on this
    /// card.
    pub fn new(key: &AesKey, uid: Uid, counter: u32) -> Self {
        let cipher = Cipher::from(key);
        let [c0, c1, c2, c3] = counter.to_le_bytes();
        let [u0, u1, u2, u3, u4, u5, u6] = uid.0;
        let derive = |label| {
            let vector = [label, 0, 1, 0, 0x80, c0, c1, c2, c3, u0, u1, u2, u3, u4, u5, u6];
            AesKey::new(cipher.cmac([0; 16], &[&vector]))
        };
        Self { encryption: derive(0xA5), mac: derive(0x5A) }
    }

    /// The MAC of a transaction with this input.
    pub fn value(&self, input: &[u8]) -> [u8; 8] {
        odd_bytes(&Cipher::from(&self.mac).cmac([0; 16], &[input]))
    }

    /// Whether the card signed a transaction with this input. Compared in constant time.
    pub fn verify(&self, input: &TransactionInput, value: [u8; 8]) -> bool {
        self.value(&input.0).ct_eq(&value).into()
    }

    /// Deciphers what `CommitReaderID` answered: the reader of the transaction before. The keys are
    /// those of that transaction.
    pub fn reader_id(&self, enciphered: [u8; 16]) -> [u8; 16] {
        let mut reader = enciphered;
        Cipher::from(&self.encryption).decrypt(&mut reader);
        reader
    }

    /// The keys for encryption and for MACs, to compare with published ones.
    pub const fn danger_keys(&self) -> (&AesKey, &AesKey) {
        (&self.encryption, &self.mac)
    }
}

/// What the commands of a transaction add to its MAC, in their order. Reading counts too.
#[derive(Clone, Default)]
pub struct TransactionInput(Vec<u8>);

impl TransactionInput {
    /// `ReadData` and `WriteData`: `data` is what was read or written.
    #[must_use]
    pub fn data(mut self, ins: Ins, file: FileNo, offset: u32, data: &[u8]) -> Self {
        self.span(ins, file, [offset, length_of(data)], 8, data);
        self
    }

    /// `ReadRecords` (first record, number of records) and `WriteRecord` (offset, length).
    #[must_use]
    pub fn records(mut self, ins: Ins, file: FileNo, numbers: [u32; 2], data: &[u8]) -> Self {
        self.span(ins, file, numbers, 8, data);
        self
    }

    /// `UpdateRecord`.
    #[must_use]
    pub fn update(mut self, ins: Ins, file: FileNo, record: u32, offset: u32, data: &[u8]) -> Self {
        self.span(ins, file, [record, offset, length_of(data)], 5, data);
        self
    }

    /// `GetValue`, `Credit`, `Debit`, `LimitedCredit`.
    #[must_use]
    pub fn value(mut self, ins: Ins, file: FileNo, value: i32) -> Self {
        self.0.extend([ins.0, file.get()]);
        self.0.extend(value.to_le_bytes());
        pad_zero(&mut self.0, 16);
        self
    }

    /// `ClearRecordFile`.
    #[must_use]
    pub fn clear(mut self, file: FileNo) -> Self {
        self.0.extend([Ins::CLEAR_RECORD_FILE.0, file.get()]);
        pad_zero(&mut self.0, 16);
        self
    }

    /// `CommitReaderID`: the reader, and the enciphered reader of the transaction before.
    #[must_use]
    pub fn reader(mut self, reader: [u8; 16], before: [u8; 16]) -> Self {
        self.0.push(Ins::COMMIT_READER_ID.0);
        self.0.extend(reader);
        self.0.extend(before);
        pad_zero(&mut self.0, 16);
        self
    }

    /// The input as it goes into the MAC.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn span<const N: usize>(
        &mut self,
        ins: Ins,
        file: FileNo,
        numbers: [u32; N],
        zeros: usize,
        data: &[u8],
    ) {
        self.0.extend([ins.0, file.get()]);
        self.0.extend(numbers.into_iter().flat_map(crate::command::low3));
        self.0.resize(self.0.len() + zeros, 0);
        self.0.extend_from_slice(data);
        pad_zero(&mut self.0, 16);
    }
}

impl core::fmt::Debug for TransactionInput {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "TransactionInput({} bytes)", self.0.len())
    }
}

fn length_of(data: &[u8]) -> u32 {
    u32::try_from(data.len()).unwrap_or(u32::MAX)
}
