//! Published and recorded values that the tests of this crate are measured by.

use serde_json::Value;

/// One entry of `tests/vectors/desfire.json`.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) inputs: Value,
    pub(crate) expected: Value,
}

/// All vectors of a kind; never none, so that a renamed kind is noticed.
pub(crate) fn of_kind(kind: &str) -> Vec<Vector> {
    let file: Value = serde_json::from_str(include_str!("../tests/vectors/desfire.json")).unwrap();
    let vectors: Vec<_> = file["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|vector| vector["kind"] == kind)
        .map(|vector| Vector {
            name: vector["name"].as_str().unwrap().to_owned(),
            inputs: vector["inputs"].clone(),
            expected: vector["expected"].clone(),
        })
        .collect();
    assert!(!vectors.is_empty(), "no vectors of kind {kind}");
    vectors
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

/// The bytes under `name`, or none if there is no such entry.
pub(crate) fn bytes(object: &Value, name: &str) -> Vec<u8> {
    unhex(object[name].as_str().unwrap_or_default())
}

impl Vector {
    pub(crate) fn input(&self, name: &str) -> Vec<u8> {
        bytes(&self.inputs, name)
    }

    pub(crate) fn expected(&self, name: &str) -> Vec<u8> {
        unhex(self.expected[name].as_str().unwrap())
    }
}
