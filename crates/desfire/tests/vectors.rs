//! Published and captured vectors, as data: every object of the files in `vectors/`, or of the file
//! that `DESFIRE_VECTORS` names. A kind that nobody knows, a vector that says nothing, and an
//! expectation that nothing was compared with are failures.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails here has found something"
)]

mod vector;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use vector::Vector;

#[test]
fn every_vector_of_every_file_holds() {
    let mut ran: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: Value = serde_json::from_str(&text).unwrap();
        // Recorded conversations have a test of their own.
        let Some(vectors) = file["vectors"].as_array() else { continue };
        assert!(!vectors.is_empty(), "{} is empty", path.display());
        for value in vectors {
            let vector = Vector::new(value);
            let kind = value["kind"].as_str().unwrap_or("(no kind)");
            let Some(run) = runner(kind) else {
                wrong.push(format!("{}: nobody knows the kind {kind}", vector.name()));
                continue;
            };
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&vector)));
            match outcome {
                Err(_) => wrong.push(format!("{} ({kind}) does not hold", vector.name())),
                Ok(()) => wrong.extend(vector.unused().map(|field| {
                    format!("{} ({kind}): nothing was compared with {field}", vector.name())
                })),
            }
            *ran.entry(kind.to_owned()).or_default() += 1;
        }
    }
    for (kind, count) in &ran {
        println!("{kind}: {count}");
    }
    assert!(!ran.is_empty(), "no vectors");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn files() -> Vec<PathBuf> {
    if let Some(file) = std::env::var_os("DESFIRE_VECTORS") {
        return vec![file.into()];
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect()
}

fn runner(kind: &str) -> Option<fn(&Vector<'_>)> {
    use vector::{classic, later, plain};
    Some(match kind {
        "aes_cmac" | "tdes_cmac" => plain::cmac,
        "an10922" => plain::an10922,
        "cmac_subkeys" => plain::cmac_subkeys,
        "crc16" => plain::crc16,
        "crc32" => plain::crc32,
        "d40_auth" => classic::d40_auth,
        "d40_changekey" => classic::d40_changekey,
        "d40_full_rx" => classic::d40_full_rx,
        "d40_full_tx" => classic::d40_full_tx,
        "d40_mac" => classic::d40_mac,
        "dam_mac_config" => plain::dam_mac_config,
        "des_block" => plain::des_block,
        "ev1_auth" | "ev1_auth_negative" | "ev1_transcript_des_format" => classic::ev1_auth,
        "ev1_changekey" => classic::ev1_changekey,
        "ev1_cmac_chain" => classic::ev1_cmac_chain,
        "ev1_session" => classic::ev1_session,
        "ev2_auth_first" => later::ev2_auth_first,
        "ev2_auth_first_card" => later::ev2_auth_first_card,
        "ev2_auth_nonfirst" => later::ev2_auth_nonfirst,
        "ev2_changekey" => later::ev2_changekey,
        "ev2_command" => later::ev2_command,
        "ev2_commit_reader_id" => later::ev2_commit_reader_id,
        "ev2_iv" => later::ev2_iv,
        "ev2_session" => later::ev2_session,
        "ev2_session_keys" => later::ev2_session_keys,
        "file_settings_decode" => plain::file_settings_decode,
        "file_settings_encode" => plain::file_settings_encode,
        "getversion" => plain::getversion,
        "lricb_encrypt" => later::lricb_encrypt,
        "lrp_auth_first" => later::lrp_auth_first,
        "lrp_auth_nonfirst" => later::lrp_auth_nonfirst,
        "lrp_cmac" => later::lrp_cmac,
        "lrp_eval" => later::lrp_eval,
        "lrp_plaintexts" => later::lrp_plaintexts,
        "lrp_session" => later::lrp_session,
        "lrp_session_keys" => later::lrp_session_keys,
        "lrp_subkeys" => later::lrp_subkeys,
        "lrp_updated_keys" => later::lrp_updated_keys,
        "originality_p224" => plain::originality,
        "sdm_session_keys" => plain::sdm_session_keys,
        "sdm_sun_aes" => plain::sun_aes,
        "sdm_sun_lrp" => plain::sun_lrp,
        "tmac_reader_id" => plain::tmac_reader_id,
        "tmac_session_keys" => plain::tmac_session_keys,
        "tmac_value" => plain::tmac_value,
        "wrapped_apdu" => plain::wrapped_apdu,
        _ => return None,
    })
}
