//! Staff lists: uploaded, looked at row by row, mended, and loaded.
//!
//! An upload is a sealed draft of its officer until it is removed. The file stays as it was sent;
//! what a person says of it (columns, cells put right, rows left out) lies beside it and is
//! applied each time the list is read.

mod analysis;
mod clause;
mod head;
mod photos;
mod refused;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use intake::rows::{SourceError, Target};
use profile::{Field, Severity, Staff};
use registry::drafts::DraftId;
use registry::office::{OnChange, Photo, StaffEntry};
use serde::{Deserialize, Serialize};
use wire::AuthorityId;

pub(crate) use self::analysis::{Analysis, Cache, Entry, MOST_ROWS};
pub(crate) use self::clause::clause;
pub(crate) use self::head::{Head, Loaded, Opened, Said};
pub(crate) use self::photos::{
    Chosen, archive, photo, remove_photo, reset_photo, set_part, single,
};
pub(crate) use self::refused::refused_file;
use crate::App;
use crate::fault::Fault;
use crate::say::Say;
use crate::session::{May, grant::ListUpload};

/// Longest list that is taken, in bytes.
pub(crate) const MOST_LIST_BYTES: usize = 20 << 20;
/// Longest text of a cell that is typed, in characters.
pub(crate) const MOST_CELL: usize = 500;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Goes in.
    Ok,
    /// Goes in; a person should look.
    Warn,
    /// Does not go in.
    Refused,
    /// A person left it out.
    LeftOut,
    /// Went in.
    Taken,
    /// No record.
    Skip,
}

impl State {
    /// The word by which catalogues and badges name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Refused => "refused",
            Self::LeftOut => "left-out",
            Self::Taken => "taken",
            Self::Skip => "skip",
        }
    }

    /// Whether a load takes it.
    pub(crate) const fn is_good(self) -> bool {
        matches!(self, Self::Ok | Self::Warn)
    }
}

/// How many rows there are of each kind.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Counts {
    pub(crate) ok: u64,
    pub(crate) warn: u64,
    pub(crate) refused: u64,
    pub(crate) left_out: u64,
    pub(crate) taken: u64,
    pub(crate) skip: u64,
    /// Rows of which something was normalised.
    pub(crate) changed: u64,
}

impl Counts {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            *match entry.state {
                State::Ok => &mut counts.ok,
                State::Warn => &mut counts.warn,
                State::Refused => &mut counts.refused,
                State::LeftOut => &mut counts.left_out,
                State::Taken => &mut counts.taken,
                State::Skip => &mut counts.skip,
            } += 1;
            counts.changed += u64::from(entry.normalised);
        }
        counts
    }

    /// Rows that a load would take.
    pub(crate) const fn good(self) -> u64 {
        self.ok + self.warn
    }

    /// Rows about people.
    pub(crate) const fn people(self) -> u64 {
        self.ok + self.warn + self.refused + self.left_out + self.taken
    }
}

/// Which rows are shown.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Filter {
    /// Every row about a person.
    #[default]
    All,
    Ok,
    Warn,
    Refused,
    LeftOut,
    /// Something was normalised.
    Changed,
    Taken,
    /// Goes in without a photo.
    NoPhoto,
    /// No records: titles, totals, signatures.
    Skipped,
}

impl Filter {
    pub(crate) const ALL: [Self; 9] = [
        Self::All,
        Self::Refused,
        Self::Warn,
        Self::Ok,
        Self::Changed,
        Self::NoPhoto,
        Self::LeftOut,
        Self::Taken,
        Self::Skipped,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Refused => "refused",
            Self::LeftOut => "left-out",
            Self::Changed => "changed",
            Self::Taken => "taken",
            Self::NoPhoto => "no-photo",
            Self::Skipped => "skipped",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|filter| filter.name() == name)
    }

    fn takes(self, entry: &Entry, head: &Head) -> bool {
        match self {
            Self::All => entry.state != State::Skip,
            Self::Ok => entry.state == State::Ok,
            Self::Warn => entry.state == State::Warn,
            Self::Refused => entry.state == State::Refused,
            Self::LeftOut => entry.state == State::LeftOut,
            Self::Changed => entry.normalised,
            Self::Taken => entry.state == State::Taken,
            Self::NoPhoto => entry.state.is_good() && !head.photos.contains_key(&entry.number),
            Self::Skipped => entry.state == State::Skip,
        }
    }
}

/// A draft in the list of drafts.
pub(crate) struct Summary {
    pub(crate) id: DraftId,
    pub(crate) changed_at: jiff::Timestamp,
    pub(crate) head: Head,
}

/// The officer's drafts, the one changed last first.
pub(crate) async fn drafts(app: &App, may: &May<ListUpload>) -> Result<Vec<Summary>, Fault> {
    let mut summaries = Vec::new();
    for draft in app.parts.drafts.drafts_of(&may.officer().name).await? {
        let (id, changed_at) = (draft.id, draft.changed_at);
        summaries.push(Summary { id, changed_at, head: head::open_head(app, draft).await?.head });
    }
    Ok(summaries)
}

/// Takes a list as a new draft.
///
/// Refused are files that are no list, and those that nothing said later could make readable; the
/// reason is in `say`'s language. Columns that are not known, and text from before Unicode, can be
/// told afterwards.
pub(crate) async fn upload(
    app: &App,
    may: &May<ListUpload>,
    name: &str,
    bytes: Vec<u8>,
    say: Say,
) -> Result<DraftId, Fault> {
    if bytes.is_empty() {
        return Err(Fault::input("lists-no-file"));
    }
    if bytes.len() > MOST_LIST_BYTES {
        return Err(Fault::too_large("20 MB"));
    }
    if app.parts.drafts.drafts_of(&may.officer().name).await?.len() >= MOST_DRAFTS {
        return Err(Fault::rule("lists-too-many-drafts").arg("limit", MOST_DRAFTS.to_string()));
    }
    let mut head = Head {
        name: shown_name(name),
        bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        ..Head::default()
    };
    let analysis = analysis::read(app, may, &head, bytes.clone()).await?;
    if let Some(trouble) = &analysis.trouble
        && !can_be_told(trouble)
    {
        return Err(Fault::input("lists-unreadable").arg("why", trouble.text(say.0)));
    }
    head.counts = analysis.counts;
    let id = head::begin(app, may, &head, &bytes).await?;
    app.lists.keep(id, app.today(), &Arc::new(analysis));
    Ok(id)
}

/// Whether a person can say something that makes the list readable.
pub(crate) fn can_be_told(trouble: &SourceError) -> bool {
    matches!(
        trouble,
        SourceError::NoHeader
            | SourceError::NoColumn(_)
            | SourceError::NoSheet(_)
            | SourceError::OldEncoding(_)
    )
}

/// A draft and what is in its list.
pub(crate) struct Look {
    pub(crate) opened: Opened,
    pub(crate) analysis: Arc<Analysis>,
    /// An archive of photos is being read.
    pub(crate) running: bool,
}

/// Opens a draft and its list.
pub(crate) async fn look(app: &App, may: &May<ListUpload>, id: DraftId) -> Result<Look, Fault> {
    let opened = head::open(app, may, id).await?;
    let analysis = analysis::analyse(app, may, &opened).await?;
    Ok(Look { running: photos::is_running(app, id), opened, analysis })
}

impl Look {
    /// The rows that a filter takes.
    pub(crate) fn filtered(&self, filter: Filter) -> impl Iterator<Item = &Entry> {
        self.analysis.entries.iter().filter(move |entry| filter.takes(entry, &self.opened.head))
    }

    /// Good rows without a photo.
    pub(crate) fn without_photo(&self) -> u64 {
        self.filtered(Filter::NoPhoto).count() as u64
    }

    /// Good rows that change somebody whom the registry knows.
    pub(crate) fn known_differently(&self) -> u64 {
        let changes = |entry: &&Entry| entry.state.is_good() && entry.known_differently;
        self.analysis.entries.iter().filter(changes).count() as u64
    }
}

/// What a person says of a list's columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// The sheet; none leaves it.
    pub(crate) sheet: Option<String>,
    /// The row of the column names; 0: there is none.
    pub(crate) header: u32,
    pub(crate) columns: BTreeMap<u32, Option<Target>>,
    /// Texts for all rows, by field.
    pub(crate) defaults: BTreeMap<Field, String>,
    /// `tcvn3`, `vni`, or nothing.
    pub(crate) convert: Option<String>,
}

/// Takes what a person says of the columns. `seen`: [`Head::edits`] of the form.
pub(crate) async fn map(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    seen: u32,
    told: &Told,
) -> Result<(), Fault> {
    let mut targets: Vec<Target> = told.columns.values().flatten().copied().collect();
    targets.sort_by_key(|target| target.as_str());
    if targets.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
        return Err(Fault::input("lists-column-twice"));
    }
    let before = look(app, may, id).await?;
    let survey = &before.analysis.survey;
    if told.sheet.as_ref().is_some_and(|sheet| !survey.sheets.contains(sheet)) {
        return Err(Fault::input("fault-form").arg("field", "sheet"));
    }
    let other = told.sheet.is_some() && told.sheet != survey.sheet;
    let other_sheet = head::change(app, may, id, Some(seen), |head| {
        head.sheet.clone_from(&told.sheet);
        head.header = Some(told.header);
        head.columns = told
            .columns
            .iter()
            .map(|(column, target)| (*column, target.map(|target| target.as_str().to_owned())))
            .collect();
        head.defaults = told
            .defaults
            .iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(field, text)| (field.as_str().to_owned(), text.clone()))
            .collect();
        head.convert.clone_from(&told.convert);
        if other {
            // Row numbers of another sheet are other rows.
            head.texts.clear();
            head.left_out.clear();
            head.taken.clear();
            return Ok(std::mem::take(&mut head.photos).into_keys().collect::<Vec<u32>>());
        }
        Ok(Vec::new())
    })
    .await?;
    for row in other_sheet {
        app.parts.drafts.remove_part(id, &head::photo_part(row)).await?;
    }
    count(app, may, id).await
}

/// Takes the list as it was found again: every column by its heading.
pub(crate) async fn unmap(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    seen: u32,
) -> Result<(), Fault> {
    head::change(app, may, id, Some(seen), |head| {
        head.sheet = None;
        head.header = None;
        head.columns.clear();
        head.defaults.clear();
        Ok(())
    })
    .await?;
    count(app, may, id).await
}

/// Has a list that was written before Unicode converted.
pub(crate) async fn convert(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    seen: u32,
    encoding: Option<String>,
) -> Result<(), Fault> {
    head::change(app, may, id, Some(seen), |head| {
        head.convert.clone_from(&encoding);
        Ok(())
    })
    .await?;
    count(app, may, id).await
}

/// Puts fields of a row right. A text that says what the cell says takes a correction back.
pub(crate) async fn mend(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    seen: u32,
    row: u32,
    texts: &[(Field, String)],
) -> Result<State, Fault> {
    let before = look(app, may, id).await?;
    let entry = before.analysis.entry(row).ok_or_else(Fault::missing)?;
    if !may_be_record(entry) {
        return Err(Fault::missing());
    }
    for (_, text) in texts {
        if text.chars().count() > MOST_CELL || text.contains('\0') {
            return Err(Fault::input("lists-cell-too-long").arg("limit", MOST_CELL.to_string()));
        }
    }
    let raw = entry.raw.as_ref();
    let changed: Vec<&(Field, String)> = texts
        .iter()
        .filter(|(field, text)| {
            let now = raw.map(|raw| raw.fields.get(*field)).unwrap_or_default();
            plain(now) != plain(text)
        })
        .collect();
    head::change(app, may, id, Some(seen), |head| {
        for (field, text) in &changed {
            head.set_text(row, *field, text.clone());
        }
        Ok(())
    })
    .await?;
    count(app, may, id).await?;
    let after = look(app, may, id).await?;
    Ok(after.analysis.entry(row).map_or(State::Skip, |entry| entry.state))
}

/// Whether a row is a record, or something that a person may say is one.
pub(crate) fn may_be_record(entry: &Entry) -> bool {
    let told = |code: &str| entry.messages.iter().any(|message| message.finding.code == code);
    entry.state != State::Skip
        || ["row-group", "row-total", "row-signature"].iter().any(|c| told(c))
}

/// Takes all corrections of a row back.
pub(crate) async fn undo(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    seen: u32,
    row: u32,
) -> Result<(), Fault> {
    head::change(app, may, id, Some(seen), |head| {
        head.texts.retain(|(other, ..)| *other != row);
        Ok(())
    })
    .await?;
    count(app, may, id).await
}

/// Leaves a row out, or takes it in again.
pub(crate) async fn leave_out(
    app: &App,
    may: &May<ListUpload>,
    id: DraftId,
    seen: u32,
    row: u32,
    out: bool,
) -> Result<(), Fault> {
    let before = look(app, may, id).await?;
    let entry = before.analysis.entry(row).ok_or_else(Fault::missing)?;
    if !may_be_record(entry) {
        return Err(Fault::missing());
    }
    head::change(app, may, id, Some(seen), |head| {
        if out {
            head.left_out.insert(row);
        } else {
            head.left_out.remove(&row);
        }
        Ok(())
    })
    .await?;
    count(app, may, id).await
}

/// Loads the good rows with their photos. The rest stays in the draft.
///
/// Goes on when the officer's browser goes away; after a failure the rows before it stand, and
/// loading again goes on.
pub(crate) async fn load(
    app: &App,
    may: May<ListUpload>,
    id: DraftId,
    seen: u32,
    on_change: OnChange,
) -> Result<Loaded, Fault> {
    let opened = head::open(app, &may, id).await?;
    if opened.head.edits != seen {
        return Err(Fault::changed());
    }
    if photos::is_running(app, id) {
        return Err(Fault::rule("lists-photos-running"));
    }
    let app = app.clone();
    let loading = tokio::spawn(async move { load_all(&app, &may, opened, on_change).await });
    loading.await.map_err(Fault::bug)?
}

async fn load_all(
    app: &App,
    may: &May<ListUpload>,
    opened: Opened,
    on_change: OnChange,
) -> Result<Loaded, Fault> {
    let (id, seen) = (opened.draft.id, opened.head.edits);
    let analysis = analysis::analyse(app, may, &opened).await?;
    let mut by_authority: BTreeMap<AuthorityId, Vec<(u32, &Staff)>> = BTreeMap::new();
    for entry in &analysis.entries {
        let wanted =
            entry.state.is_good() && !(entry.known_differently && on_change == OnChange::Propose);
        if let (true, Some(authority), Some(staff)) = (wanted, entry.authority, &entry.staff) {
            by_authority.entry(authority).or_default().push((entry.number, staff));
        }
    }
    if by_authority.is_empty() {
        return Err(Fault::rule("lists-nothing-to-load"));
    }
    let mut loaded =
        Loaded { at: app.now(), new: 0, unchanged: 0, changed: 0, without_photo: 0, stay: 0 };
    let mut taken: BTreeSet<u32> = BTreeSet::new();
    for (authority, rows) in by_authority {
        for piece in rows.chunks(PIECE) {
            let mut entries = Vec::with_capacity(piece.len());
            for (row, staff) in piece {
                let kept = if opened.head.photos.contains_key(row) {
                    photos::kept(app, &opened.draft, *row).await?
                } else {
                    None
                };
                loaded.without_photo += u64::from(kept.is_none());
                let photo = kept.map(|kept| Photo {
                    original_sha256: kept.original_sha256,
                    portrait: kept.portrait,
                });
                entries.push(StaffEntry { staff: (*staff).clone(), photo });
            }
            let load = app.office().load(authority, entries, on_change, may.by()).await?;
            loaded.new += load.new.len() as u64;
            loaded.unchanged += load.unchanged;
            loaded.changed += load.changed.len() as u64;
            taken.extend(piece.iter().map(|(row, _)| *row));
        }
    }
    let people = analysis.counts.people() - analysis.counts.taken;
    loaded.stay = people.saturating_sub(taken.len() as u64);
    head::change(app, may, id, None, |head| {
        // A row that was mended while it went in stays: its new text is not in the registry.
        if head.edits == seen {
            head.taken.extend(&taken);
        }
        head.edits += 1;
        head.loaded = Some(loaded.clone());
        Ok(())
    })
    .await?;
    count(app, may, id).await?;
    Ok(loaded)
}

/// Removes a draft with its file and photos, for good.
pub(crate) async fn remove(app: &App, may: &May<ListUpload>, id: DraftId) -> Result<(), Fault> {
    head::open(app, may, id).await?;
    photos::stop(app, id);
    app.parts.drafts.remove(id).await?;
    app.lists.forget(id);
    Ok(())
}

/// Counts the rows anew after a change, for the list of drafts.
async fn count(app: &App, may: &May<ListUpload>, id: DraftId) -> Result<(), Fault> {
    let opened = head::open(app, may, id).await?;
    let counts = analysis::analyse(app, may, &opened).await?.counts;
    head::change(app, may, id, None, |head| {
        head.counts = counts;
        Ok(())
    })
    .await
}

/// What a record says in one field, as people write it; empty where it says nothing.
pub(crate) fn value(staff: &Staff, field: Field) -> String {
    let text = |text: &Option<profile::Text>| text.as_ref().map(ToString::to_string);
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.strftime("%d/%m/%Y").to_string());
    match field {
        Field::FullName => Some(staff.full_name.to_string()),
        Field::Birth => Some(staff.birth.to_string()),
        Field::Sex => Some(staff.sex.vietnamese().to_owned()),
        Field::PersonalId => Some(staff.personal_id.expose().to_owned()),
        Field::CardType => Some(staff.card_type.to_string()),
        Field::AgencyCode => Some(staff.agency_code.to_string()),
        Field::ManagingAgency => Some(staff.managing_agency.to_string()),
        Field::EmployingUnit => Some(staff.employing_unit.to_string()),
        Field::Title => Some(staff.title.to_string()),
        Field::StaffCode => text(&staff.staff_code),
        Field::Email => text(&staff.email),
        Field::Phone => text(&staff.phone),
        Field::Photo => text(&staff.photo),
        Field::ContractEnd => day(staff.contract_end),
        Field::Retirement => day(staff.retirement),
        Field::Stt | Field::Row => None,
    }
    .unwrap_or_default()
}

/// A text as a page may show it: of a personal id number, or of what may be one, only the last
/// three digits.
pub(crate) fn masked(field: Field, text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let most = match field {
        Field::PersonalId => 3,
        Field::Phone => 11,
        _ => 8,
    };
    if digits <= most {
        return text.to_owned();
    }
    let mut left = digits.saturating_sub(3);
    let hide = |c: char| match c {
        c if c.is_ascii_digit() && left > 0 => {
            left -= 1;
            '•'
        }
        c => c,
    };
    text.chars().map(hide).collect()
}

/// A file name as it may be shown: without a path, control signs and long numbers.
fn shown_name(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = file.chars().filter(|c| !c.is_control()).take(120).collect();
    registry::person::masked(&clean)
}

/// A text without the blanks that a form or a spreadsheet adds.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The sentence of a finding in a row.
pub(crate) fn sentence(message: &intake::rows::Message, say: Say) -> String {
    let finding = &message.finding;
    if !finding.code.starts_with("lists-") {
        return message.text(say.0);
    }
    if let ("lists-known-changed", Some((_, names))) = (finding.code, finding.args.first()) {
        let labels: Vec<String> = names
            .split(',')
            .filter_map(|name| Field::from_name(name).map(|field| field.label(say.0)))
            .collect();
        return say.t1(finding.code, "fields", labels.join(", "));
    }
    let args: Vec<(&str, &str)> =
        finding.args.iter().map(|(name, value)| (*name, value.as_str())).collect();
    say.args(finding.code, &args)
}

/// Whether a finding refuses its row.
pub(crate) fn refuses(message: &intake::rows::Message) -> bool {
    message.finding.severity == Severity::Error
}

/// Drafts that one officer may have.
const MOST_DRAFTS: usize = 50;
/// Rows whose photos are in memory at once.
const PIECE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_personal_number_shows_three_digits() {
        for (field, text, shown) in [
            (Field::PersonalId, "034088001234", "•••••••••234"),
            (Field::PersonalId, "034 088 001 234", "••• ••• ••• 234"),
            (Field::PersonalId, "12345", "••345"),
            (Field::PersonalId, "3.4088E+10", "•.•••8E+10"),
            (Field::FullName, "Nguyễn Văn A 034088001234", "Nguyễn Văn A •••••••••234"),
            (Field::Birth, "05/03/1988", "05/03/1988"),
            (Field::Phone, "0912345678", "0912345678"),
            (Field::Phone, "034088001234", "•••••••••234"),
            (Field::Title, "Chuyên viên", "Chuyên viên"),
        ] {
            assert_eq!(masked(field, text), shown);
        }
    }

    #[test]
    fn file_name_is_shown_without_path_and_number() {
        assert_eq!(shown_name("C:\\x\\ds 034088001234.xlsx"), "ds •••••••••234.xlsx");
        assert_eq!(shown_name("../../etc/passwd"), "passwd");
    }

    #[test]
    fn filters_and_states_have_names_of_their_own() {
        for filter in Filter::ALL {
            assert_eq!(Filter::from_name(filter.name()), Some(filter));
        }
        assert_eq!(Filter::from_name("x"), None);
    }
}
