//! What a draft of a staff list holds, how it is sealed, and how it is changed.

use std::collections::{BTreeMap, BTreeSet};

use intake::photo::{Negative, Part, PhotoSet};
use intake::rows::{Legacy, Mending, Options, Target};
use jiff::Timestamp;
use profile::Field;
use registry::drafts::{Draft, DraftId};
use registry::photo::Portrait;
use registry::ports::CommitError;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Counts;
use crate::App;
use crate::fault::Fault;
use crate::session::{May, grant::ListUpload};

/// The sealed beginning of a draft: everything but the file and the photos.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Head {
    /// Grows with each change of what rows say; a form tells which one it was filled in over.
    pub(crate) edits: u32,
    /// The file's name as it was sent.
    pub(crate) name: String,
    /// Length of the file.
    pub(crate) bytes: u64,
    pub(crate) sheet: Option<String>,
    pub(crate) header: Option<u32>,
    /// Column and [`Target::as_str`].
    pub(crate) columns: BTreeMap<u32, Option<String>>,
    /// [`Field::as_str`] and the text for all rows.
    pub(crate) defaults: BTreeMap<String, String>,
    /// The encoding that is converted: `tcvn3` or `vni`.
    pub(crate) convert: Option<String>,
    /// Row, [`Field::as_str`], text.
    pub(crate) texts: Vec<(u32, String, String)>,
    pub(crate) left_out: BTreeSet<u32>,
    /// Rows that went into the registry.
    pub(crate) taken: BTreeSet<u32>,
    /// Rows with a photo.
    pub(crate) photos: BTreeMap<u32, Mark>,
    /// What was said about photos that belong to nobody or were refused.
    pub(crate) strays: Vec<Said>,
    /// The last archive of photos.
    pub(crate) archive: Option<Progress>,
    /// How many rows there are of each kind, as they were counted last.
    pub(crate) counts: Counts,
    pub(crate) loaded: Option<Loaded>,
}

/// What is told of a photo without opening it.
#[derive(Clone, Default, Deserialize, Serialize)]
pub(crate) struct Mark {
    /// What a person should look at.
    pub(crate) flags: Vec<Said>,
    /// A person chose the part.
    #[serde(default)]
    pub(crate) chosen: bool,
}

/// A message by its code, in the language of whoever reads it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Said {
    /// A key of the catalogue of photos.
    pub(crate) code: String,
    pub(crate) args: Vec<(String, String)>,
    /// Whether a person should look.
    pub(crate) warns: bool,
}

/// How far an archive of photos was read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Progress {
    pub(crate) total: u64,
    pub(crate) done: u64,
    pub(crate) matched: u64,
    pub(crate) refused: u64,
    pub(crate) finished: bool,
}

/// What the last load did.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Loaded {
    pub(crate) at: Timestamp,
    pub(crate) new: u64,
    pub(crate) unchanged: u64,
    pub(crate) changed: u64,
    pub(crate) without_photo: u64,
    /// Rows that stay in the draft.
    pub(crate) stay: u64,
}

impl Said {
    pub(crate) fn of(finding: &intake::photo::Finding) -> Self {
        Self {
            code: finding.code.to_owned(),
            args: finding.args.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
            warns: finding.severity >= profile::Severity::Warning,
        }
    }

    pub(crate) fn text(&self, lang: phrase::Lang) -> String {
        let args: Vec<(&str, &str)> =
            self.args.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        intake::photo::catalog().text(lang, &self.code, &args)
    }
}

impl Head {
    /// How the file is read with what was said and put right.
    pub(crate) fn options(&self) -> Options {
        let field = |name: &str| Field::from_name(name);
        let columns = self
            .columns
            .iter()
            .map(|(column, name)| (*column, name.as_deref().and_then(Target::from_name)));
        Options {
            sheet: self.sheet.clone(),
            convert: self.convert.as_deref().and_then(|name| name.parse::<Legacy>().ok()),
            defaults: self
                .defaults
                .iter()
                .filter_map(|(name, text)| Some((field(name)?, text.clone())))
                .collect(),
            mending: Mending {
                header: self.header,
                columns: columns.collect(),
                texts: self
                    .texts
                    .iter()
                    .filter_map(|(row, name, text)| Some(((*row, field(name)?), text.clone())))
                    .collect(),
                left_out: self.left_out.clone(),
            },
            raw: true,
            ..Options::default()
        }
    }

    /// Puts one field of a row right.
    pub(crate) fn set_text(&mut self, row: u32, field: Field, text: String) {
        self.clear_text(row, field);
        self.texts.push((row, field.as_str().to_owned(), text));
        self.taken.remove(&row);
    }

    /// Takes a correction back.
    pub(crate) fn clear_text(&mut self, row: u32, field: Field) {
        self.texts.retain(|(other, name, _)| *other != row || name != field.as_str());
    }
}

/// A draft with its head open.
pub(crate) struct Opened {
    pub(crate) draft: Draft,
    pub(crate) head: Head,
}

/// Opens a draft of this officer.
pub(crate) async fn open(app: &App, may: &May<ListUpload>, id: DraftId) -> Result<Opened, Fault> {
    let draft = app.parts.drafts.draft(id).await?.ok_or_else(Fault::missing)?;
    if draft.owner != may.officer().name {
        return Err(Fault::missing());
    }
    open_head(app, draft).await
}

/// Opens the head of a draft that was read already.
pub(crate) async fn open_head(app: &App, draft: Draft) -> Result<Opened, Fault> {
    let keys = &app.parts.ports.keys;
    let plain = keys.open(&draft.key, &context(draft.id, "head"), &draft.sealed).await?;
    let head = serde_json::from_slice(&plain).map_err(Fault::bug)?;
    Ok(Opened { draft, head })
}

/// Stores a new draft with its file.
pub(crate) async fn begin(
    app: &App,
    may: &May<ListUpload>,
    head: &Head,
    file: &[u8],
) -> Result<DraftId, Fault> {
    let ports = &app.parts.ports;
    let (id, now) = (DraftId(ports.ids.uuid()), app.now());
    let key = ports.keys.new_person_key().await?;
    let sealed = seal_head(app, &key, id, head).await?;
    let draft = Draft {
        id,
        owner: may.officer().name.clone(),
        authority: may.officer().authority,
        version: 0,
        key,
        created_at: now,
        changed_at: now,
        sealed,
    };
    app.parts.drafts.save(&draft).await?;
    put(app, &draft, LIST, file).await?;
    Ok(id)
}

/// Changes a draft and stores it, again where somebody else stored first.
///
/// `seen`: the [`Head::edits`] that the officer saw; another one is refused, and the change counts
/// as one of what rows say. None: it is about something else, such as photos.
pub(crate) async fn change<T>(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    seen: Option<u32>,
    mut decide: impl FnMut(&mut Head) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut tries = 0;
    loop {
        let mut opened = open(app, may, id).await?;
        if seen.is_some_and(|seen| seen != opened.head.edits) {
            return Err(Fault::changed());
        }
        let decided = decide(&mut opened.head)?;
        if seen.is_some() {
            opened.head.edits += 1;
        }
        match save(app, opened).await {
            Err(CommitError::Conflict { .. }) if tries < TRIES => tries += 1,
            stored => return stored.map(|()| decided).map_err(Fault::from),
        }
    }
}

async fn save(app: &App, mut opened: Opened) -> Result<(), CommitError> {
    let failed = |error: Fault| {
        let cause = Box::new(std::io::Error::other(error.key().to_owned()));
        CommitError::Store(registry::ports::StoreError::Unavailable(cause))
    };
    let Opened { draft, head } = &mut opened;
    draft.sealed = seal_head(app, &draft.key, draft.id, head).await.map_err(failed)?;
    draft.changed_at = app.now();
    app.parts.drafts.save(draft).await
}

async fn seal_head(app: &App, key: &[u8], id: DraftId, head: &Head) -> Result<Vec<u8>, Fault> {
    let plain = Zeroizing::new(serde_json::to_vec(head).map_err(Fault::bug)?);
    Ok(app.parts.ports.keys.seal(key, &context(id, "head"), &plain).await?)
}

/// Stores a part of a draft.
pub(crate) async fn put(app: &App, draft: &Draft, name: &str, plain: &[u8]) -> Result<(), Fault> {
    let sealed = app.parts.ports.keys.seal(&draft.key, &context(draft.id, name), plain).await?;
    Ok(app.parts.drafts.put_part(draft.id, name, sealed).await?)
}

/// A part of a draft; none when there is none of that name.
pub(crate) async fn part(
    app: &App,
    draft: &Draft,
    name: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let Some(sealed) = app.parts.drafts.part(draft.id, name).await? else { return Ok(None) };
    let keys = &app.parts.ports.keys;
    Ok(Some(keys.open(&draft.key, &context(draft.id, name), &sealed).await?))
}

/// The uploaded file's part.
pub(crate) const LIST: &str = "list";

/// The name of a row's photo.
pub(crate) fn photo_part(row: u32) -> String {
    format!("photo-{row:07}")
}

fn context(id: DraftId, part: &str) -> Vec<u8> {
    [b"draft\0".as_slice(), id.0.as_bytes(), part.as_bytes()].concat()
}

/// A photo as it lies in a draft.
pub(crate) struct Kept {
    pub(crate) original_sha256: [u8; 32],
    pub(crate) portrait: Portrait,
    /// The whole picture, from which another part may be taken.
    pub(crate) whole: Vec<u8>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The part that was taken.
    pub(crate) part: Part,
}

#[derive(Deserialize, Serialize)]
struct KeptHead {
    original: [u8; 32],
    width: u32,
    height: u32,
    part: [u32; 4],
    print: usize,
    chip: Vec<usize>,
}

impl Kept {
    pub(crate) fn of(set: PhotoSet, whole: Negative) -> Self {
        Self {
            original_sha256: set.original_sha256,
            portrait: Portrait { print: set.print, chip: set.chip.into_iter().collect() },
            whole: whole.jpeg,
            width: whole.width,
            height: whole.height,
            part: whole.part,
        }
    }

    /// Length of the head (4 bytes, big-endian), the head as JSON, the pictures one after another.
    pub(crate) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let Part { x, y, width, height } = self.part;
        let head = serde_json::to_vec(&KeptHead {
            original: self.original_sha256,
            width: self.width,
            height: self.height,
            part: [x, y, width, height],
            print: self.portrait.print.len(),
            chip: self.portrait.chip.iter().map(Vec::len).collect(),
        })
        .map_err(Fault::bug)?;
        let mut out = Zeroizing::new(Vec::with_capacity(head.len() + self.whole.len() + (1 << 17)));
        out.extend_from_slice(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(&head);
        out.extend_from_slice(&self.portrait.print);
        for picture in &self.portrait.chip {
            out.extend_from_slice(picture);
        }
        out.extend_from_slice(&self.whole);
        Ok(out)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (head, mut rest) =
            rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let head: KeptHead = serde_json::from_slice(head).ok()?;
        let mut take = |length: usize| {
            let (picture, tail) = rest.split_at_checked(length)?;
            rest = tail;
            Some(picture.to_vec())
        };
        let print = take(head.print)?;
        let chip = head.chip.iter().map(|length| take(*length)).collect::<Option<_>>()?;
        let [x, y, width, height] = head.part;
        Some(Self {
            original_sha256: head.original,
            portrait: Portrait { print, chip },
            whole: rest.to_vec(),
            width: head.width,
            height: head.height,
            part: Part { x, y, width, height },
        })
    }
}

/// How often a change is made again after others stored first.
const TRIES: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_photo_reads_what_it_writes_and_refuses_a_cut_one() {
        let kept = Kept {
            original_sha256: [7; 32],
            portrait: Portrait { print: vec![1, 2, 3], chip: vec![vec![4], vec![5, 6]] },
            whole: vec![9; 10],
            width: 30,
            height: 40,
            part: Part { x: 1, y: 2, width: 3, height: 4 },
        };
        let bytes = kept.to_bytes().unwrap();
        let read = Kept::from_bytes(&bytes).unwrap();
        assert_eq!((read.portrait, read.whole), (kept.portrait, kept.whole));
        assert_eq!((read.part, read.width, read.original_sha256), (kept.part, 30, [7; 32]));
        for length in [0, 3, 4, 20] {
            assert!(Kept::from_bytes(&bytes[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn correction_takes_the_place_of_the_one_before_and_frees_the_row() {
        let mut head = Head::default();
        head.taken.insert(7);
        head.set_text(7, Field::Title, "a".into());
        head.set_text(7, Field::Title, "b".into());
        head.set_text(8, Field::Title, "c".into());
        assert!(head.taken.is_empty());
        let texts = head.options().mending.texts;
        assert_eq!(texts.get(&(7, Field::Title)).map(String::as_str), Some("b"));
        head.clear_text(7, Field::Title);
        assert_eq!(head.options().mending.texts.len(), 1);
    }
}
