//! CSV: encoding, separator, quotation marks, and the line each record begins on.

use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::SourceError;
use super::engine::{Cell, Engine};
use super::legacy::Legacy;

/// Reads a CSV: once to know its encoding and separator, once for its records.
pub(super) fn read<R: Read + Seek>(
    mut source: R,
    engine: &mut Engine<'_>,
) -> Result<(), SourceError> {
    let (encoding, lines) = encoding(&mut source, engine.options.convert)?;
    if let Some(lines) = lines {
        engine.expect(u64::from(lines));
    }
    let delimiter = match engine.options.delimiter {
        Some(delimiter) => delimiter,
        None => delimiter(&mut source, encoding)?,
    };
    let mut parser = Parser::new(delimiter);
    let mut outcome = Ok(ControlFlow::Continue(()));
    each_part(&mut source, encoding, |text| {
        outcome = parser.feed(text, engine);
        match &outcome {
            Ok(ControlFlow::Continue(())) => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    })?;
    if outcome?.is_continue() {
        parser.end(engine)?;
    }
    if engine.has_header() { engine.finish() } else { Err(engine.no_header()) }
}

/// Decodes the file in parts and hands each over.
fn each_part<R: Read + Seek>(
    source: &mut R,
    encoding: &'static Encoding,
    mut part: impl FnMut(&str) -> ControlFlow<()>,
) -> Result<(), SourceError> {
    source.seek(SeekFrom::Start(0))?;
    let mut decoder: Decoder = encoding.new_decoder_with_bom_removal();
    let mut bytes = vec![0; PART];
    let mut text = String::with_capacity(4 * PART);
    loop {
        let read = source.read(&mut bytes)?;
        let mut rest = bytes.get(..read).unwrap_or_default();
        loop {
            text.clear();
            let (result, used, _) = decoder.decode_to_string(rest, &mut text, read == 0);
            rest = rest.get(used..).unwrap_or_default();
            if !text.is_empty() && part(&text).is_break() {
                return Ok(());
            }
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        if read == 0 {
            return Ok(());
        }
    }
}

/// UTF-8, UTF-16, or a single-byte encoding of before Unicode, as Latin-1 for now; and how many
/// lines there are, where the whole text had to be looked at.
fn encoding<R: Read + Seek>(
    source: &mut R,
    convert: Option<Legacy>,
) -> Result<(&'static Encoding, Option<u32>), SourceError> {
    let mut bytes = vec![0; PART];
    let mut kept = 0;
    let mut first = true;
    let mut line = 1;
    let mut old = None;
    let mut broken = false;
    let mut beyond_ascii = false;
    source.seek(SeekFrom::Start(0))?;
    loop {
        let read = source.read(bytes.get_mut(kept..).unwrap_or_default())?;
        let part = bytes.get(..kept + read).unwrap_or_default();
        if first {
            first = false;
            if part.is_empty() {
                return Err(SourceError::NoHeader);
            }
            if let Some(utf_16) = utf_16(part) {
                return Ok((utf_16, None));
            }
        }
        if part.contains(&0) {
            return Err(SourceError::NotAList);
        }
        let valid = match std::str::from_utf8(part) {
            Ok(_) => part.len(),
            // A character may be cut at the end of a part, never at the end of the file.
            Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
            Err(error) => {
                let good = part.get(..error.valid_up_to()).unwrap_or_default();
                line += count_lines(good);
                broken = true;
                // Good UTF-8 above means that one place is broken, not that the list is old.
                if !beyond_ascii && good.is_ascii() {
                    let (text, ..) = WINDOWS_1252.decode(part);
                    old = text.lines().find_map(Legacy::guess);
                }
                break;
            }
        };
        let good = part.get(..valid).unwrap_or_default();
        line += count_lines(good);
        beyond_ascii |= !good.is_ascii();
        if read == 0 {
            break;
        }
        let end = part.len();
        bytes.copy_within(valid..end, 0);
        kept = end - valid;
    }
    if !broken {
        return Ok((UTF_8, Some(line)));
    }
    match (convert, old) {
        (Some(_), _) => Ok((WINDOWS_1252, None)),
        (None, Some(old)) => Err(SourceError::OldEncoding(old)),
        (None, None) => Err(SourceError::Encoding { line }),
    }
}

fn count_lines(bytes: &[u8]) -> u32 {
    let count = bytes.split(|b| *b == b'\n').count() - 1;
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// By its mark, or by the zeros that ASCII has in it.
fn utf_16(start: &[u8]) -> Option<&'static Encoding> {
    if start.starts_with(&[0xff, 0xfe]) {
        return Some(UTF_16LE);
    }
    if start.starts_with(&[0xfe, 0xff]) {
        return Some(UTF_16BE);
    }
    let sample = start.get(..start.len().min(1024))?;
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let enough = sample.len() / 8;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd > enough && even == 0 => Some(UTF_16LE),
        (even, odd) if even > enough && odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// The separator that stands most often outside quotation marks on one of the first lines.
fn delimiter<R: Read + Seek>(
    source: &mut R,
    encoding: &'static Encoding,
) -> Result<char, SourceError> {
    let mut start = String::new();
    each_part(source, encoding, |text| {
        start.push_str(text);
        if start.len() > PART { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    let mut best = (',', 0);
    for line in start.lines().take(60) {
        for candidate in [';', '\t', ','] {
            let outside =
                line.split('"').step_by(2).map(|part| part.matches(candidate).count()).sum();
            if outside > best.1 {
                best = (candidate, outside);
            }
        }
    }
    Ok(best.0)
}

/// Splits text into records.
struct Parser {
    delimiter: char,
    cells: Vec<Cell>,
    field: String,
    column: u32,
    state: State,
    line: u32,
    begins: u32,
    quote_line: u32,
    after_return: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    QuoteInQuoted,
}

impl Parser {
    fn new(delimiter: char) -> Self {
        Self {
            delimiter,
            cells: Vec::with_capacity(32),
            field: String::new(),
            column: 0,
            state: State::FieldStart,
            line: 1,
            begins: 1,
            quote_line: 1,
            after_return: false,
        }
    }

    fn feed(
        &mut self,
        text: &str,
        engine: &mut Engine<'_>,
    ) -> Result<ControlFlow<()>, SourceError> {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if self.state == State::Plain {
                // What needs no look at it is taken at once.
                let plain = rest.find([self.delimiter, '\r', '\n']).unwrap_or(rest.len());
                if plain > 0 {
                    self.field.push_str(rest.get(..plain).unwrap_or_default());
                    rest = rest.get(plain..).unwrap_or_default();
                    continue;
                }
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            if self.feed_one(c, engine)?.is_break() || !engine.is_promising() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn feed_one(
        &mut self,
        c: char,
        engine: &mut Engine<'_>,
    ) -> Result<ControlFlow<()>, SourceError> {
        let second_half = self.after_return && c == '\n';
        self.after_return = c == '\r';
        if matches!(c, '\r' | '\n') && !second_half {
            self.line += 1;
        }
        match self.state {
            State::Quoted if c == '"' => self.state = State::QuoteInQuoted,
            State::Quoted => {
                self.field.push(c);
                if self.field.len() > LONGEST_FIELD {
                    return Err(SourceError::OpenQuote { line: self.quote_line });
                }
            }
            State::QuoteInQuoted if c == '"' => {
                self.field.push('"');
                self.state = State::Quoted;
            }
            State::FieldStart if c == '"' => {
                self.state = State::Quoted;
                self.quote_line = self.line;
            }
            _ if c == self.delimiter => self.end_field(),
            _ if matches!(c, '\r' | '\n') => {
                if second_half {
                    self.begins = self.line;
                    return Ok(ControlFlow::Continue(()));
                }
                return self.end_record(engine);
            }
            _ => {
                self.field.push(c);
                self.state = State::Plain;
                if self.field.len() > LONGEST_FIELD {
                    return Err(SourceError::NotAList);
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn end(&mut self, engine: &mut Engine<'_>) -> Result<(), SourceError> {
        if self.state == State::Quoted {
            return Err(SourceError::OpenQuote { line: self.quote_line });
        }
        let _stopped = self.end_record(engine)?;
        Ok(())
    }

    fn end_field(&mut self) {
        if !self.field.is_empty() {
            self.cells.push(Cell::text(self.column, std::mem::take(&mut self.field)));
        }
        self.column += 1;
        self.state = State::FieldStart;
    }

    fn end_record(&mut self, engine: &mut Engine<'_>) -> Result<ControlFlow<()>, SourceError> {
        self.end_field();
        let flow = engine.row(self.begins, &mut self.cells)?;
        self.cells.clear();
        self.column = 0;
        self.begins = self.line;
        Ok(flow)
    }
}

const PART: usize = 1 << 16;
/// A longer field is a quotation mark that was never closed.
const LONGEST_FIELD: usize = 1 << 16;
