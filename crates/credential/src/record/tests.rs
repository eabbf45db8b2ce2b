use super::*;
use crate::testing::{ISSUER, Lost, record, signed, spki, trust};

#[test]
fn verified_record_is_what_was_signed() {
    let record = record(Some(b"photo"));
    let verified = trust().verify(&signed(&record)).unwrap();
    assert_eq!(*verified.record(), record);
    assert_eq!(verified.kid(), kid_of(&spki()));
}

/// The example of `docs/record.md`; a change here is a new version of the record.
#[test]
fn encoding_is_pinned() {
    let bytes = signed(&record(Some(b"photo")));
    assert!(bytes.len() < 476, "{} bytes take more than two reads", bytes.len());
    let document = include_str!("../../../../docs/record.md");
    let hex: String = hex::encode(&bytes);
    let documented: String = document.chars().filter(|c| !c.is_whitespace()).collect();
    assert!(documented.contains(&hex), "the example in docs/record.md is not this:\n{hex}");
}

#[test]
fn claims_are_deterministic_cbor() {
    fn sorted(value: &Value) {
        if let Value::Map(entries) = value {
            let keys: Vec<Vec<u8>> = entries
                .iter()
                .map(|(key, value)| {
                    sorted(value);
                    let mut bytes = Vec::new();
                    ciborium::into_writer(key, &mut bytes).unwrap();
                    bytes
                })
                .collect();
            assert!(keys.is_sorted_by(|a, b| a < b), "{keys:02X?}");
        }
    }
    sorted(&record(Some(b"photo")).claims());
}

/// An independent reader of claim 169 agrees.
#[test]
fn claim169_core_reads_the_record() {
    use claim169_core::pipeline::{claim169_transform, cose_parse, cwt_parse};
    let bytes = signed(&record(None));
    let point = p256::PublicKey::from_public_key_der(&spki()).unwrap().to_sec1_bytes();
    let verifier = claim169_core::EcdsaP256Verifier::from_sec1_bytes(&point).unwrap();
    let cose = cose_parse(&bytes, Some(&verifier), None).unwrap();
    assert_eq!(cose.verification_status, claim169_core::VerificationStatus::Verified);
    let cwt = cwt_parse(&cose.payload).unwrap();
    assert_eq!(cwt.meta.issuer.as_deref(), Some(ISSUER));
    assert_eq!(cwt.meta.expires_at, Some(record(None).expires.as_second()));
    let identity = claim169_transform(cwt.claim_169, false).unwrap();
    assert_eq!(identity.id.as_deref(), Some("K7Q2-M4XR-9"));
    assert_eq!(identity.full_name.as_deref(), Some("NGUYỄN THỊ VÍ DỤ"));
    assert_eq!(identity.date_of_birth.as_deref(), Some("19900215"));
    assert_eq!(identity.gender, Some(claim169_core::Gender::Female));
    assert_eq!(identity.country_of_issuance.as_deref(), Some("VN"));
}

#[test]
fn every_changed_byte_is_refused() {
    let bytes = signed(&record(None));
    let trust = trust();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x01;
        assert!(trust.verify(&changed).is_err(), "byte {at}");
    }
    for length in 0..bytes.len() {
        assert!(trust.verify(&bytes[..length]).is_err(), "length {length}");
    }
    assert_eq!(trust.verify(&[0; LONGEST + 1]).unwrap_err(), RecordError::NotSigned);
}

#[test]
fn unknown_key_and_foreign_issuer_are_told_apart() {
    let bytes = signed(&record(None));
    assert_eq!(TrustList::default().verify(&bytes).unwrap_err(), RecordError::UnknownKey);
    let mut other = TrustList::default();
    other.add("vn.test.somebody-else", &spki()).unwrap();
    assert_eq!(other.verify(&bytes).unwrap_err(), RecordError::Issuer);
    assert_eq!(other.add("x", b"no key").unwrap_err(), BadKey);
}

#[test]
fn other_algorithm_is_refused() {
    let unsigned = CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build())
        .payload(vec![0xA0])
        .signature(vec![1; 64])
        .build();
    let bytes = unsigned.to_vec().unwrap();
    assert_eq!(trust().verify(&bytes).unwrap_err(), RecordError::Algorithm);
}

#[test]
fn signed_claims_of_another_form_are_named() {
    let sign = |claims: &Value| {
        let mut payload = Vec::new();
        ciborium::into_writer(claims, &mut payload).unwrap();
        let protected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::ES256)
            .key_id(kid_of(&spki()).to_vec())
            .build();
        let unsigned = CoseSign1Builder::new().protected(protected).payload(payload).build();
        let signature: Signature = p256::ecdsa::signature::Signer::sign(
            &crate::testing::signer(),
            &unsigned.tbs_data(&[]),
        );
        CoseSign1 { signature: signature.to_vec(), ..unsigned }.to_vec().unwrap()
    };
    let claims = record(None).claims();
    let Value::Map(entries) = &claims else { panic!() };
    for at in 0..entries.len() {
        let mut missing = entries.clone();
        missing.remove(at);
        let error = trust().verify(&sign(&Value::Map(missing))).unwrap_err();
        assert!(matches!(error, RecordError::Claim(_)), "{error}");
        let mut twice = entries.clone();
        twice.push(entries[at].clone());
        assert!(trust().verify(&sign(&Value::Map(twice))).is_err());
    }
    let mut newer = entries.clone();
    let Value::Map(service) = &mut newer.last_mut().unwrap().1 else { panic!() };
    service[0].1 = 2.into();
    assert_eq!(trust().verify(&sign(&Value::Map(newer))).unwrap_err(), RecordError::Version(2));
}

#[test]
fn dates_bound_the_record() {
    let verified = trust().verify(&signed(&record(None))).unwrap();
    let at = |text: &str| verified.dates(text.parse().unwrap());
    assert_eq!(at("2026-01-05T07:59:59Z"), Dates::NotYet);
    assert_eq!(at("2026-01-05T08:00:00Z"), Dates::Hold);
    assert_eq!(at("2031-01-05T00:00:00Z"), Dates::Expired);
}

#[test]
fn failing_signer_is_reported() {
    let error = record(None).sign([0; 8], |_| Err(Lost)).unwrap_err();
    assert!(matches!(error, EncodeError::Signer(Lost)));
}

#[test]
fn record_beyond_the_limit_is_not_made() {
    let mut long = record(None);
    long.service.title = "x".repeat(LONGEST);
    assert!(matches!(long.sign::<Lost>([0; 8], |_| Ok([0; 64])), Err(EncodeError::TooLong)));
}

#[test]
fn holder_is_not_printed() {
    let verified = trust().verify(&signed(&record(None))).unwrap();
    let shown = format!("{verified:?} {:?}", verified.record().service);
    assert!(!shown.contains("VÍ DỤ") && !shown.contains("1190000001"), "{shown}");
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        proptest::prop_assert!(trust().verify(&bytes).is_err());
    }
}
