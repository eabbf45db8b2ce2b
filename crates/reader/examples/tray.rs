//! The smallest program around this crate: the inner side of a private `pcscd`, a holder of one,
//! and a PC/SC client that takes its commands from standard input.
//!
//! ```text
//! tray inner CARDS CONTROL       what Stack::start starts
//! tray alone CARDS CONTROL PORT  a tray for a vpcd that runs already
//! tray hold CARDS CONTROL        starts a stack, prints its socket, holds it until killed
//! tray client                    wait | gone | connect | share | apdu HEX | uid | reset | drop
//!                                | latency N; one answer a line
//! ```

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use desfire::Link as _;
use reader::stack::{self, Stack};
use reader::tray::{Entropy, Tray, TrayConfig};
use reader::{Pcsc, PcscError, PcscLink, ReaderName, Sharing};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["inner", cards, control] => Ok(stack::run_inner(config(cards, control))?),
        ["alone", cards, control, port] => {
            let mut config = config(cards, control);
            config.vpcd.set_port(port.parse()?);
            Ok(Tray::open(config)?.serve()?)
        }
        ["hold", cards, control] => {
            let inner = ["inner", cards, control].map(Into::into);
            let stack = Stack::start(&std::env::current_exe()?, &inner, PATIENCE)?;
            say(&stack.socket().display().to_string())?;
            io::stdin().lines().for_each(drop);
            Ok(())
        }
        ["client"] => client(),
        _ => Err("see the first lines of this file".into()),
    }
}

fn config(cards: &str, control: &str) -> TrayConfig {
    let entropy = Entropy::new(|bytes| getrandom::fill(bytes).expect("Linux has random bytes"));
    let (cards, control) = (PathBuf::from(cards), PathBuf::from(control));
    TrayConfig { cards, control, vpcd: TrayConfig::VPCD, entropy }
}

#[derive(Default)]
struct Client {
    reader: Option<ReaderName>,
    link: Option<PcscLink>,
}

fn client() -> Result<(), Box<dyn Error>> {
    let pcsc = match Pcsc::establish() {
        Ok(pcsc) => pcsc,
        Err(error) => return say(&format!("{error:?}")),
    };
    say("ready")?;
    let mut client = Client::default();
    for line in io::stdin().lines() {
        let answer = client.obey(&pcsc, &line?);
        say(&answer.unwrap_or_else(|error| format!("{error:?}")))?;
    }
    Ok(())
}

impl Client {
    fn obey(&mut self, pcsc: &Pcsc, line: &str) -> Result<String, PcscError> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "wait" => {
                let reader = pcsc.wait_for_card(None, Some(PATIENCE))?;
                let name = reader.to_string();
                self.reader = Some(reader);
                return Ok(name);
            }
            "expect-none" => {
                pcsc.wait_for_card(None, Some(Duration::from_millis(20)))?;
            }
            "gone" => {
                let reader = self.reader.as_ref().ok_or(PcscError::NoReader)?;
                pcsc.wait_for_removal(reader, Some(PATIENCE))?;
            }
            "connect" | "share" => {
                let reader = self.reader.as_ref().ok_or(PcscError::NoReader)?;
                let shared = verb == "share";
                let sharing = if shared { Sharing::Shared } else { Sharing::Exclusive };
                self.link = Some(pcsc.connect(reader, sharing)?);
            }
            "drop" => self.link = None,
            _ => {
                let link = self.link.as_mut().ok_or(PcscError::NoCard)?;
                match verb {
                    "apdu" => return Ok(to_hex(&link.transmit(&from_hex(rest))?)),
                    "uid" => return Ok(to_hex(&link.uid()?)),
                    "atr" => return Ok(to_hex(&link.atr()?)),
                    "reset" => link.reset()?,
                    "latency" => return latency(link, rest.parse().unwrap_or(100)),
                    _ => return Ok("what?".to_owned()),
                }
            }
        }
        Ok("ok".to_owned())
    }
}

/// Median of so many exchanges, in microseconds.
fn latency(link: &mut PcscLink, count: usize) -> Result<String, PcscError> {
    let get_version = from_hex("9060000000");
    let mut taken = Vec::with_capacity(count);
    for _ in 0..count {
        let begin = Instant::now();
        link.transmit(&get_version)?;
        taken.push(begin.elapsed().as_micros());
    }
    taken.sort_unstable();
    Ok(taken.get(count / 2).copied().unwrap_or_default().to_string())
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02X}").expect("a string takes everything");
    }
    text
}

fn say(line: &str) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

const PATIENCE: Duration = Duration::from_secs(20);
