//! A row of a list as a page shows it.

use profile::{Field, Profile, Severity};
use registry::drafts::DraftId;

use crate::ops::lists::{self, Entry, Head, State};
use crate::page::Page;

/// A row with its verdict and why.
pub(super) struct RowView {
    pub(super) number: u32,
    pub(super) href: String,
    pub(super) state: &'static str,
    pub(super) state_text: String,
    pub(super) name: String,
    pub(super) id_number: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) notes: Vec<NoteView>,
    pub(super) changes: Vec<ChangeView>,
    pub(super) photo: bool,
    /// Address of the small picture.
    pub(super) photo_href: String,
    pub(super) photo_warns: Vec<String>,
    /// Whether it is a person.
    pub(super) record: bool,
    pub(super) left_out: bool,
    pub(super) mended: bool,
}

/// One finding.
pub(super) struct NoteView {
    /// `error`, `warn` or `note`.
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// The rule's clause; empty where no rule stands behind it.
    pub(super) clause: String,
    pub(super) basis: &'static str,
    /// The field to mend; empty where none is one.
    pub(super) field: &'static str,
    pub(super) label: String,
    /// What stands there; never a personal id number.
    pub(super) value: String,
}

/// What stood in a cell and what was taken.
pub(super) struct ChangeView {
    pub(super) label: String,
    pub(super) before: String,
    pub(super) after: String,
    /// A person put it right.
    pub(super) mended: bool,
}

/// One field to mend.
pub(super) struct CellView {
    /// `field-title`.
    pub(super) name: String,
    pub(super) label: String,
    /// What the input holds.
    pub(super) value: String,
    pub(super) error: String,
    pub(super) hint: String,
    /// Whether it may stay empty.
    pub(super) optional: bool,
}

impl RowView {
    pub(super) fn of(
        entry: &Entry,
        head: &Head,
        profile: &Profile,
        page: &Page,
        id: DraftId,
    ) -> Self {
        let text = |field| match (&entry.staff, &entry.raw) {
            (Some(staff), _) => lists::masked(field, &lists::value(staff, field)),
            (None, Some(raw)) => lists::masked(field, raw.fields.get(field)),
            (None, None) => String::new(),
        };
        let notes = entry.messages.iter().map(|message| {
            let finding = &message.finding;
            let (clause, basis) = lists::clause(profile, finding).unwrap_or_default();
            let refused = finding.severity == Severity::Error;
            let mendable = refused
                && entry.raw.is_some()
                && entry.state != State::LeftOut
                && !matches!(finding.field, Field::Row | Field::Stt);
            let value = match (&entry.raw, finding.field) {
                (_, Field::PersonalId) | (None, _) => String::new(),
                (Some(raw), field) => raw.fields.get(field).to_owned(),
            };
            NoteView {
                kind: match finding.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warn",
                    Severity::Note => "note",
                },
                text: lists::sentence(message, page.say),
                clause,
                basis,
                field: if mendable { finding.field.as_str() } else { "" },
                label: finding.field.label(page.say.0),
                value,
            }
        });
        let photo = head.photos.get(&entry.number);
        Self {
            number: entry.number,
            href: format!("/lists/{id}/rows/{}", entry.number),
            state: entry.state.name(),
            state_text: page.t(&format!("lists-state-{}", entry.state.name())),
            name: text(Field::FullName),
            id_number: text(Field::PersonalId),
            title: text(Field::Title),
            unit: text(Field::EmployingUnit),
            notes: notes.collect(),
            changes: changes(entry, head, page),
            photo: photo.is_some(),
            photo_href: format!("/lists/{id}/rows/{}/photo/print.jpg", entry.number),
            photo_warns: photo
                .into_iter()
                .flat_map(|mark| &mark.flags)
                .filter(|said| said.warns)
                .map(|said| said.text(page.say.0))
                .collect(),
            record: lists::may_be_record(entry),
            left_out: entry.state == State::LeftOut,
            mended: head.texts.iter().any(|(row, ..)| *row == entry.number),
        }
    }
}

/// Before and after, for every field where they differ.
fn changes(entry: &Entry, head: &Head, page: &Page) -> Vec<ChangeView> {
    let (Some(staff), Some(raw)) = (&entry.staff, &entry.raw) else { return Vec::new() };
    Field::ALL
        .iter()
        .filter(|field| !matches!(field, Field::Stt | Field::Row))
        .filter_map(|field| {
            let (before, after) = (raw.fields.get(*field), lists::value(staff, *field));
            (before != after).then(|| ChangeView {
                label: field.label(page.say.0),
                before: lists::masked(*field, before),
                after: lists::masked(*field, &after),
                mended: head
                    .texts
                    .iter()
                    .any(|(row, name, _)| *row == entry.number && name == field.as_str()),
            })
        })
        .collect()
}

impl CellView {
    /// Every field of a row; what was typed before stands in its input again.
    pub(super) fn all(
        entry: &Entry,
        head: &Head,
        page: &Page,
        typed: &[(Field, String)],
    ) -> Vec<Self> {
        let fields = Field::ALL.iter().filter(|field| !matches!(field, Field::Stt | Field::Row));
        fields.map(|field| Self::of(entry, head, page, *field, typed)).collect()
    }

    fn of(
        entry: &Entry,
        head: &Head,
        page: &Page,
        field: Field,
        typed: &[(Field, String)],
    ) -> Self {
        let now = entry.raw.as_ref().map(|raw| raw.fields.get(field)).unwrap_or_default();
        let typed = typed.iter().find(|(other, _)| *other == field).map(|(_, text)| text.clone());
        let error: Vec<String> = entry
            .messages
            .iter()
            .filter(|message| message.finding.field == field && lists::refuses(message))
            .map(|message| lists::sentence(message, page.say))
            .collect();
        let mended =
            head.texts.iter().any(|(row, name, _)| *row == entry.number && name == field.as_str());
        let hint = if field == Field::PersonalId && !now.is_empty() {
            page.t1("lists-cell-masked", "shown", lists::masked(field, now))
        } else if mended {
            page.t("lists-cell-mended")
        } else {
            String::new()
        };
        Self {
            name: format!("field-{}", field.as_str()),
            label: field.label(page.say.0),
            value: match typed {
                Some(text) => text,
                None if field == Field::PersonalId => String::new(),
                None => now.to_owned(),
            },
            error: error.join(" "),
            hint,
            optional: field.may_be_empty(),
        }
    }
}
