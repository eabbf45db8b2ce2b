//! What the layout can see: the design's sources, the fonts, the artwork, one card. No files, no
//! network, no clock.

use std::collections::HashMap;
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;

static FONT_FILES: [&[u8]; 4] = include!(concat!(env!("OUT_DIR"), "/fonts.rs"));

static FONTS: LazyLock<Vec<Font>> = LazyLock::new(|| {
    FONT_FILES
        .iter()
        .map(|file| Font::new(Bytes::new(*file), 0).expect("the embedded fonts are fonts"))
        .collect()
});

/// The embedded fonts, one a weight. All of them hold the same letters.
pub(crate) fn fonts() -> &'static [Font] {
    &FONTS
}

/// The main sources: which layers a layout gives.
#[derive(Clone, Copy)]
pub(crate) enum Main {
    /// Three pages: front ground with emblem, front ground with logo, back ground.
    Ground,
    /// Four pages: front colour, front black, back colour, back black.
    Personal,
    /// Two pages: everything of the front, everything of the back, QR code apart.
    Whole,
    /// One page: a piece of artwork alone.
    Artwork(&'static str),
}

impl Main {
    fn path(self) -> String {
        match self {
            Self::Ground => "/ground.typ".to_owned(),
            Self::Personal => "/personal.typ".to_owned(),
            Self::Whole => "/whole.typ".to_owned(),
            Self::Artwork(name) => format!("/probe-{name}.typ"),
        }
    }
}

/// The parts of a world that all cards share.
pub(crate) struct Shop {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    sources: HashMap<FileId, Source>,
    files: HashMap<FileId, Bytes>,
    card: FileId,
    portrait: FileId,
}

impl Shop {
    /// `art` are (name, bytes) of the artwork given.
    pub(crate) fn new(art: &[(&'static str, Option<Vec<u8>>)]) -> Self {
        let mut sources = HashMap::new();
        let mut add = |path: &str, text: String| {
            let id = file_id(path);
            sources.insert(id, Source::new(id, text));
        };
        for (path, text) in SOURCES {
            add(path, text.to_owned());
        }
        let mut files = HashMap::new();
        let mut given = serde_json::Map::new();
        for (name, bytes) in art {
            given.insert((*name).to_owned(), bytes.is_some().into());
            let path = format!("/art/{name}");
            add(&Main::Artwork(name).path(), format!("#image({path:?})"));
            if let Some(bytes) = bytes {
                files.insert(file_id(&path), Bytes::new(bytes.clone()));
            }
        }
        let given = serde_json::Value::Object(given).to_string();
        files.insert(file_id("/art/given.json"), Bytes::new(given.into_bytes()));
        Self {
            library: LazyHash::new(Library::builder().build()),
            book: LazyHash::new(FontBook::from_fonts(fonts())),
            sources,
            files,
            card: file_id("/card.json"),
            portrait: file_id("/portrait"),
        }
    }

    /// Lays out one main source. `card` and `portrait` may be empty where the source reads none.
    pub(crate) fn set(
        &self,
        main: Main,
        card: Vec<u8>,
        portrait: Vec<u8>,
    ) -> Result<PagedDocument, Failure> {
        let world = CardWorld {
            shop: self,
            main: file_id(&main.path()),
            card: Bytes::new(card),
            portrait: Bytes::new(portrait),
        };
        typst::compile(&world).output.map_err(|errors| world.failure(errors.as_slice()))
    }
}

/// Why a layout failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// `fit` gave up on the field of this name.
    Overflow(String),
    /// The portrait could not be decoded.
    Portrait,
    /// Anything else: file and line.
    Other(String),
}

struct CardWorld<'a> {
    shop: &'a Shop,
    main: FileId,
    card: Bytes,
    portrait: Bytes,
}

impl CardWorld<'_> {
    /// Messages may quote data, so only the design's own and the place are taken from them.
    fn failure(&self, errors: &[SourceDiagnostic]) -> Failure {
        let Some(error) = errors.first() else { return Failure::Other("nowhere".to_owned()) };
        if let Some((_, rest)) = error.message.split_once("overflow:") {
            return Failure::Overflow(rest.trim_matches('"').to_owned());
        }
        let source = error.span.id().and_then(|id| self.source(id).ok());
        let line = source.as_ref().zip(self.range(error.span)).and_then(|(source, range)| {
            Some((source.lines().byte_to_line(range.start)? + 1, source.text().get(range)?))
        });
        if line.is_some_and(|(_, code)| code.contains("/portrait")) {
            return Failure::Portrait;
        }
        let number = line.map_or(0, |(number, _)| number);
        let file = error.span.id().map(|id| id.get());
        let file = file.map_or("", |path| path.vpath().get_without_slash());
        Failure::Other(format!("{file}:{number}"))
    }
}

impl World for CardWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.shop.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shop.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.shop.sources.get(&id).cloned().ok_or_else(|| not_found(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.shop.card {
            Ok(self.card.clone())
        } else if id == self.shop.portrait {
            Ok(self.portrait.clone())
        } else {
            self.shop.files.get(&id).cloned().ok_or_else(|| not_found(id))
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        fonts().get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn file_id(path: &str) -> FileId {
    let path = VirtualPath::new(path).expect("the paths are the design's own");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

fn not_found(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}

const SOURCES: [(&str, &str); 7] = [
    ("/drum.typ", include_str!("../design/drum.typ")),
    ("/text.typ", include_str!("../design/text.typ")),
    ("/front.typ", include_str!("../design/front.typ")),
    ("/back.typ", include_str!("../design/back.typ")),
    ("/ground.typ", include_str!("../design/ground.typ")),
    ("/personal.typ", include_str!("../design/personal.typ")),
    ("/whole.typ", include_str!("../design/whole.typ")),
];
