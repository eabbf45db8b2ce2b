//! One vector: its inputs, and what is expected of them.

pub(crate) mod classic;
pub(crate) mod later;
pub(crate) mod plain;

use std::cell::RefCell;
use std::collections::BTreeSet;

use desfire::{AesKey, Command, Des3Key, DesKey, Ins, Key, KeyNo, Mode, NewKey};
use serde_json::Value;

/// A vector that knows which of its expectations something was compared with.
pub(crate) struct Vector<'a> {
    value: &'a Value,
    used: RefCell<BTreeSet<String>>,
}

impl<'a> Vector<'a> {
    pub(crate) fn new(value: &'a Value) -> Self {
        Self { value, used: RefCell::default() }
    }

    pub(crate) fn name(&self) -> &str {
        self.value["name"].as_str().unwrap_or("(no name)")
    }

    pub(crate) fn input(&self) -> &'a Value {
        &self.value["inputs"]
    }

    /// An expectation, which counts as compared with.
    pub(crate) fn expected(&self, field: &str) -> &'a Value {
        self.used.borrow_mut().insert(field.to_owned());
        &self.value["expected"][field]
    }

    /// Compares bytes with an expectation, where the vector has it.
    pub(crate) fn expect(&self, field: &str, actual: &[u8]) {
        if let Some(expected) = self.maybe(field) {
            assert_eq!(hex::encode_upper(actual), hex::encode_upper(expected), "{field}");
        }
    }

    /// The bytes of an expectation, where the vector has it.
    pub(crate) fn maybe(&self, field: &str) -> Option<Vec<u8>> {
        bytes_of(self.expected(field))
    }

    pub(crate) fn unused(&self) -> impl Iterator<Item = String> {
        let used = self.used.borrow();
        let expected = self.value["expected"].as_object();
        let fields: Vec<String> =
            expected.map(|all| all.keys().cloned().collect()).unwrap_or_default();
        let none = if fields.is_empty() { vec!["anything".to_owned()] } else { Vec::new() };
        let unused: Vec<String> =
            fields.into_iter().filter(|field| !used.contains(field)).collect();
        unused.into_iter().chain(none)
    }
}

fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    value.as_str().map(|text| hex::decode(text).unwrap())
}

/// Bytes of an input; empty where it is missing.
pub(crate) fn bytes(input: &Value, field: &str) -> Vec<u8> {
    bytes_of(&input[field]).unwrap_or_default()
}

pub(crate) fn array<const N: usize>(input: &Value, field: &str) -> [u8; N] {
    let bytes = bytes_of(&input[field]).unwrap_or_else(|| panic!("no {field}"));
    bytes.try_into().unwrap_or_else(|_| panic!("length of {field}"))
}

pub(crate) fn byte(input: &Value, field: &str) -> u8 {
    let [byte] = array(input, field);
    byte
}

pub(crate) fn number(input: &Value) -> KeyNo {
    KeyNo::new(byte(input, "key_no")).unwrap()
}

pub(crate) fn aes(input: &Value, field: &str) -> AesKey {
    AesKey::new(array(input, field))
}

/// A key of the kind that `alg` names, or that its length tells.
pub(crate) fn key(input: &Value, field: &str) -> Key {
    let bytes = bytes(input, field);
    match (input["alg"].as_str(), bytes.len()) {
        (Some("aes"), _) => AesKey::new(bytes.try_into().unwrap()).into(),
        (_, 8) => DesKey::single(bytes.try_into().unwrap()).into(),
        (_, 24) => Des3Key::new(bytes.try_into().unwrap()).into(),
        (_, 16) => DesKey::new(bytes.try_into().unwrap()).into(),
        (alg, length) => panic!("key of {alg:?}, {length} bytes"),
    }
}

/// The new key of a vector: AES where it has a version.
pub(crate) fn new_key(input: &Value) -> NewKey {
    let bytes = bytes(input, "new_key");
    match (input["version"].is_string(), bytes.len()) {
        (true, _) => NewKey::Aes {
            key: AesKey::new(bytes.try_into().unwrap()),
            version: byte(input, "version"),
        },
        (false, 24) => NewKey::Des3(Des3Key::new(bytes.try_into().unwrap())),
        (false, 8) => NewKey::Des(DesKey::single(bytes.try_into().unwrap())),
        (false, _) => NewKey::Des(DesKey::new(bytes.try_into().unwrap())),
    }
}

pub(crate) fn mode(text: &Value) -> Mode {
    match text.as_str().unwrap() {
        "plain" => Mode::Plain,
        "mac" => Mode::Mac,
        "full" => Mode::Full,
        other => panic!("mode {other}"),
    }
}

/// A step of a conversation as a command; data make an encrypted command whose answer is readable.
pub(crate) fn command(step: &Value) -> Command {
    let both = if step["mode"].is_string() { "mode" } else { "tx" };
    let mut command =
        Command::new(Ins(byte(step, "ins")), mode(&step[both]), &bytes(step, "header"));
    command.data = bytes(step, "data").into();
    if step["rx"].is_string() {
        command.answer = mode(&step["rx"]);
    } else if command.mode == Mode::Full && !command.data.is_empty() {
        command.answer = Mode::Mac;
    }
    command
}
