//! The signed record: a CWT with claim 169, in an untagged `COSE_Sign1` with ES256.
//!
//! Every claim, key and type is written down in `docs/record.md`. The bytes that were signed are
//! stored and verified as they are, never encoded again.
//!
//! Source: RFC 8392 (CWT), RFC 9052 (COSE), RFC 8949 §4.2 (deterministic CBOR), IANA claim 169
//! (MOSIP), draft-ietf-oauth-status-list (claim 65535).

use std::fmt;

use ciborium::Value;
use coset::{
    Algorithm, CborSerializable as _, CoseSign1, CoseSign1Builder, HeaderBuilder,
    RegisteredLabelWithPrivate, iana,
};
use desfire::Uid;
use jiff::Timestamp;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use sha2::{Digest as _, Sha256};

/// Name of an issuer's key: the first 8 bytes of the SHA-256 of its `SubjectPublicKeyInfo` (DER).
pub type Kid = [u8; 8];

/// What a record states. Texts are UTF-8 in NFC. `Debug` shows the serial only.
#[derive(Clone, Eq, PartialEq)]
pub struct Record {
    /// Who issued it: the managing authority's name in the trust list.
    pub issuer: String,
    /// When it was signed. Whole seconds.
    pub issued_at: Timestamp,
    /// From when it holds. Whole seconds.
    pub not_before: Timestamp,
    /// Until when it holds. Whole seconds.
    pub expires: Timestamp,
    /// Where its status stands.
    pub status: StatusRef,
    /// Short serial of the card, with its check character.
    pub serial: String,
    /// Full name of the holder.
    pub full_name: String,
    /// Date of birth, `YYYYMMDD`, `YYYYMM` or `YYYY`.
    pub birth: String,
    /// Sex.
    pub gender: Gender,
    /// The rest, in a map of our own.
    pub service: Service,
}

/// A place in a status list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatusRef {
    /// Index in the list.
    pub index: u64,
    /// Address of the list.
    pub uri: String,
}

/// Sex, by the codes of claim 169.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Gender {
    /// 1.
    Male,
    /// 2.
    Female,
    /// 3.
    Other,
}

/// What claim 169 has no place for.
#[derive(Clone, Eq, PartialEq)]
pub struct Service {
    /// Number as printed on the card; holds the personal id number.
    pub card_number: String,
    /// Type of holder, such as `CB`.
    pub card_type: String,
    /// Position, title or job position.
    pub title: String,
    /// Work unit.
    pub employing_unit: String,
    /// Ministry, sector or province.
    pub managing_agency: String,
    /// Agency code.
    pub agency_code: String,
    /// The chip that this record belongs to.
    pub chip: Uid,
    /// SHA-256 of the photo's file content; none where there is no photo.
    pub photo_sha256: Option<[u8; 32]>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("serial", &self.serial).finish_non_exhaustive()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("agency_code", &self.agency_code).finish_non_exhaustive()
    }
}

/// A record whose signature was verified. [`TrustList::verify`] is the only way to one.
#[derive(Clone, Debug)]
pub struct VerifiedRecord {
    record: Record,
    kid: Kid,
}

impl VerifiedRecord {
    /// What it states.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The key that signed it.
    pub const fn kid(&self) -> Kid {
        self.kid
    }

    /// Whether the record holds at `now` by its own dates; its status is another question.
    pub fn dates(&self, now: Timestamp) -> Dates {
        if now < self.record.not_before {
            Dates::NotYet
        } else if now >= self.record.expires {
            Dates::Expired
        } else {
            Dates::Hold
        }
    }
}

/// A record's own dates, seen at one moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dates {
    /// Before the first moment.
    NotYet,
    /// Within.
    Hold,
    /// At or after the last moment.
    Expired,
}

/// Why bytes are no record to rely on.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Not a `COSE_Sign1` with a payload, or too long.
    #[error("not a signed record")]
    NotSigned,
    /// Signed by another algorithm than ES256.
    #[error("signed by an unknown algorithm")]
    Algorithm,
    /// The key is not in the trust list.
    #[error("signed by an unknown key")]
    UnknownKey,
    /// The signature does not verify.
    #[error("the signature is wrong")]
    Signature,
    /// The key belongs to another issuer than the one named.
    #[error("signed by the key of another issuer")]
    Issuer,
    /// The signature is right, but a claim is missing or of another form.
    #[error("claim {0} is missing or malformed")]
    Claim(&'static str),
    /// The version of the private map is newer than this program.
    #[error("record version {0} is unknown")]
    Version(u64),
}

/// A record cannot be encoded.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EncodeError<E> {
    /// Encoding failed: a text is longer than any record.
    #[error("the record cannot be encoded")]
    TooLong,
    /// The signer failed.
    #[error("the record was not signed")]
    Signer(#[source] E),
}

impl Record {
    /// Encodes and signs. `sign` gets the bytes to be signed and returns the ES256 signature, r ‖ s.
    ///
    /// # Errors
    ///
    /// [`EncodeError::Signer`] when `sign` fails, [`EncodeError::TooLong`] beyond 4 KiB.
    pub fn sign<E>(
        &self,
        kid: Kid,
        sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<Vec<u8>, EncodeError<E>> {
        let protected =
            HeaderBuilder::new().algorithm(iana::Algorithm::ES256).key_id(kid.to_vec()).build();
        let mut payload = Vec::with_capacity(512);
        ciborium::into_writer(&self.claims(), &mut payload).map_err(|_| EncodeError::TooLong)?;
        let unsigned = CoseSign1Builder::new().protected(protected).payload(payload).build();
        let signature = sign(&unsigned.tbs_data(&[])).map_err(EncodeError::Signer)?;
        let signed = CoseSign1 { signature: signature.to_vec(), ..unsigned };
        let bytes = signed.to_vec().map_err(|_| EncodeError::TooLong)?;
        if bytes.len() > LONGEST { Err(EncodeError::TooLong) } else { Ok(bytes) }
    }

    /// The claims in the order of deterministic CBOR.
    fn claims(&self) -> Value {
        let status_list = map([
            (Value::from("idx"), self.status.index.into()),
            (Value::from("uri"), self.status.uri.as_str().into()),
        ]);
        let identity = map([
            (ID.into(), self.serial.as_str().into()),
            (FULL_NAME.into(), self.full_name.as_str().into()),
            (BIRTH.into(), self.birth.as_str().into()),
            (GENDER.into(), self.gender.code().into()),
            (COUNTRY.into(), "VN".into()),
        ]);
        map([
            (ISS.into(), self.issuer.as_str().into()),
            (EXP.into(), self.expires.as_second().into()),
            (NBF.into(), self.not_before.as_second().into()),
            (IAT.into(), self.issued_at.as_second().into()),
            (CLAIM_169.into(), identity),
            (STATUS.into(), map([(Value::from("status_list"), status_list)])),
            (SERVICE.into(), self.service.to_value()),
        ])
    }

    fn from_claims(claims: &Value) -> Result<Self, RecordError> {
        let identity = get(claims, CLAIM_169, "169")?;
        let service = get(claims, SERVICE, "-65838")?;
        let list = named(get(claims, STATUS, "65535")?, "status_list");
        let list = list.and_then(|list| {
            let index = integer(named(list, "idx")?)?;
            Some((index, text(named(list, "uri")?)?))
        });
        let (index, uri) = list.ok_or(RecordError::Claim("65535"))?;
        let seconds = |key, name| {
            let number = integer(get(claims, key, name)?).ok_or(RecordError::Claim(name))?;
            Timestamp::from_second(number).map_err(|_| RecordError::Claim(name))
        };
        Ok(Self {
            issuer: string(claims, ISS, "1")?,
            issued_at: seconds(IAT, "6")?,
            not_before: seconds(NBF, "5")?,
            expires: seconds(EXP, "4")?,
            status: StatusRef {
                index: u64::try_from(index).map_err(|_| RecordError::Claim("65535"))?,
                uri,
            },
            serial: string(identity, ID, "169/1")?,
            full_name: string(identity, FULL_NAME, "169/4")?,
            birth: string(identity, BIRTH, "169/8")?,
            gender: integer(get(identity, GENDER, "169/9")?)
                .and_then(Gender::from_code)
                .ok_or(RecordError::Claim("169/9"))?,
            service: Service::from_value(service)?,
        })
    }
}

impl Service {
    fn to_value(&self) -> Value {
        let mut entries = vec![
            (VERSION_KEY.into(), VERSION.into()),
            (CARD_NUMBER.into(), self.card_number.as_str().into()),
            (CARD_TYPE.into(), self.card_type.as_str().into()),
            (TITLE.into(), self.title.as_str().into()),
            (EMPLOYING_UNIT.into(), self.employing_unit.as_str().into()),
            (MANAGING_AGENCY.into(), self.managing_agency.as_str().into()),
            (AGENCY_CODE.into(), self.agency_code.as_str().into()),
            (CHIP.into(), Value::Bytes(self.chip.0.to_vec())),
        ];
        if let Some(digest) = self.photo_sha256 {
            entries.push((PHOTO.into(), Value::Bytes(digest.to_vec())));
        }
        Value::Map(entries)
    }

    fn from_value(map: &Value) -> Result<Self, RecordError> {
        let version = integer(get(map, VERSION_KEY, "-65838/0")?)
            .and_then(|version| u64::try_from(version).ok())
            .ok_or(RecordError::Claim("-65838/0"))?;
        if version != VERSION {
            return Err(RecordError::Version(version));
        }
        let photo_sha256 = match get(map, PHOTO, "-65838/8") {
            Ok(value) => Some(bytes(value).ok_or(RecordError::Claim("-65838/8"))?),
            Err(_) => None,
        };
        Ok(Self {
            card_number: string(map, CARD_NUMBER, "-65838/1")?,
            card_type: string(map, CARD_TYPE, "-65838/2")?,
            title: string(map, TITLE, "-65838/3")?,
            employing_unit: string(map, EMPLOYING_UNIT, "-65838/4")?,
            managing_agency: string(map, MANAGING_AGENCY, "-65838/5")?,
            agency_code: string(map, AGENCY_CODE, "-65838/6")?,
            chip: bytes(get(map, CHIP, "-65838/7")?)
                .map(Uid)
                .ok_or(RecordError::Claim("-65838/7"))?,
            photo_sha256,
        })
    }
}

impl Gender {
    const fn code(self) -> i64 {
        match self {
            Self::Male => 1,
            Self::Female => 2,
            Self::Other => 3,
        }
    }

    const fn from_code(code: i64) -> Option<Self> {
        match code {
            1 => Some(Self::Male),
            2 => Some(Self::Female),
            3 => Some(Self::Other),
            _ => None,
        }
    }
}

/// Issuers' keys that a checker trusts.
#[derive(Clone, Debug, Default)]
pub struct TrustList {
    keys: Vec<(Kid, VerifyingKey, String)>,
}

/// A public key cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a P-256 public key in SubjectPublicKeyInfo form")]
pub struct BadKey;

impl TrustList {
    /// Trusts the key `spki` (DER) for records of `issuer`, and of no other.
    ///
    /// # Errors
    ///
    /// [`BadKey`] when it is no P-256 key.
    pub fn add(&mut self, issuer: &str, spki: &[u8]) -> Result<Kid, BadKey> {
        let key = VerifyingKey::from_public_key_der(spki).map_err(|_| BadKey)?;
        let kid = kid_of(spki);
        self.keys.push((kid, key, issuer.to_owned()));
        Ok(kid)
    }

    /// Verifies a record's signature and reads it.
    ///
    /// # Errors
    ///
    /// [`RecordError`]. Dates and status are not judged here.
    pub fn verify(&self, bytes: &[u8]) -> Result<VerifiedRecord, RecordError> {
        if bytes.len() > LONGEST {
            return Err(RecordError::NotSigned);
        }
        let signed = CoseSign1::from_slice(bytes).map_err(|_| RecordError::NotSigned)?;
        let header = &signed.protected.header;
        let es256 = RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256);
        if header.alg.as_ref().is_none_or(|alg: &Algorithm| *alg != es256)
            || !header.crit.is_empty()
        {
            return Err(RecordError::Algorithm);
        }
        let known = self.keys.iter().filter(|(kid, ..)| header.key_id == kid);
        let signature =
            Signature::from_slice(&signed.signature).map_err(|_| RecordError::Signature)?;
        let signed_bytes = signed.tbs_data(&[]);
        let mut outcome = RecordError::UnknownKey;
        for (kid, key, issuer) in known {
            if key.verify(&signed_bytes, &signature).is_err() {
                outcome = RecordError::Signature;
                continue;
            }
            let payload = signed.payload.as_deref().ok_or(RecordError::NotSigned)?;
            let claims =
                ciborium::from_reader(payload).map_err(|_| RecordError::Claim("payload"))?;
            let record = Record::from_claims(&claims)?;
            return if record.issuer == *issuer {
                Ok(VerifiedRecord { record, kid: *kid })
            } else {
                Err(RecordError::Issuer)
            };
        }
        Err(outcome)
    }
}

/// The name of a public key given as `SubjectPublicKeyInfo` (DER).
pub fn kid_of(spki: &[u8]) -> Kid {
    Sha256::digest(spki).first_chunk().copied().unwrap_or_default()
}

fn map<const N: usize>(entries: [(Value, Value); N]) -> Value {
    Value::Map(entries.into())
}

fn get<'a>(map: &'a Value, key: i64, name: &'static str) -> Result<&'a Value, RecordError> {
    let Value::Map(entries) = map else { return Err(RecordError::Claim(name)) };
    let mut found = entries.iter().filter(|(known, _)| *known == Value::from(key));
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Ok(value),
        _ => Err(RecordError::Claim(name)),
    }
}

fn named<'a>(map: &'a Value, key: &str) -> Option<&'a Value> {
    let Value::Map(entries) = map else { return None };
    entries.iter().find(|(known, _)| known.as_text() == Some(key)).map(|(_, value)| value)
}

fn integer(value: &Value) -> Option<i64> {
    i64::try_from(value.as_integer()?).ok()
}

fn text(value: &Value) -> Option<String> {
    value.as_text().map(str::to_owned)
}

fn string(map: &Value, key: i64, name: &'static str) -> Result<String, RecordError> {
    text(get(map, key, name)?).ok_or(RecordError::Claim(name))
}

fn bytes<const N: usize>(value: &Value) -> Option<[u8; N]> {
    value.as_bytes()?.as_slice().try_into().ok()
}

/// Longest record that is read or made.
const LONGEST: usize = 4096;

/// Version of the private map.
pub const VERSION: u64 = 1;

const ISS: i64 = 1;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const CLAIM_169: i64 = 169;
const STATUS: i64 = 65535;
/// Private use (below -65536).
const SERVICE: i64 = -65838;

const ID: i64 = 1;
const FULL_NAME: i64 = 4;
const BIRTH: i64 = 8;
const GENDER: i64 = 9;
const COUNTRY: i64 = 23;

const VERSION_KEY: i64 = 0;
const CARD_NUMBER: i64 = 1;
const CARD_TYPE: i64 = 2;
const TITLE: i64 = 3;
const EMPLOYING_UNIT: i64 = 4;
const MANAGING_AGENCY: i64 = 5;
const AGENCY_CODE: i64 = 6;
const CHIP: i64 = 7;
const PHOTO: i64 = 8;

#[cfg(test)]
mod tests;
