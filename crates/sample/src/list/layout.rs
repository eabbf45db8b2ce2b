//! The lines of a list, before they become a sheet or a text file.

use jiff::civil::Date;
use profile::Sex;
use unicode_normalization::UnicodeNormalization;

use super::{BadRow, ListOptions, ListSummary};
use crate::agency::CLOSED;
use crate::dice::{Dice, Use};
use crate::{Flaw, People, Person};

/// Columns of the table.
pub(super) const COLUMNS: u16 = 12;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Blank,
    Text(String),
    /// A number cell; a personal id number stored so has lost its leading zeros.
    Number(u64),
    Date(Date),
    /// A formula without its `=`.
    Formula(String),
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// How a line is set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Look {
    Title,
    Header,
    Row,
}

/// One line; cells that are not named are blank.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) look: Look,
    pub(super) cells: Vec<(u16, Cell)>,
    /// First and last column of each merged cell; its text stands in the first.
    pub(super) merged: Vec<(u16, u16)>,
}

/// Calls `line` for every row from 1 on, in order.
pub(super) fn lay_out<E>(
    people: &People,
    options: ListOptions,
    mut line: impl FnMut(u32, Line) -> Result<(), E>,
) -> Result<ListSummary, E> {
    let mut row = 0;
    let mut put = |cells: Line| {
        row += 1;
        line(row, cells).map(|()| row)
    };
    for title in titles(people, options.dated) {
        put(title)?;
    }
    let header = HEADINGS.iter().map(|heading| Cell::text(*heading)).collect();
    let header_row = put(whole(Look::Header, header))?;

    let count = people.count_in_all();
    let mut bad_rows = Vec::new();
    let mut serial = 0;
    for number in 0..count {
        serial += 1;
        let person = people.person(number);
        put(whole(Look::Row, good(serial, &person, people.seed())))?;
        while bad_place(bad_rows.len(), count, options.bad_rows) == Some(number) {
            serial += 1;
            let at = bad_rows.len();
            let flaw = *Flaw::ALL.iter().cycle().nth(at).expect("a cycle does not end");
            let cells = bad(serial, flaw, people, number, at as u64);
            let row = put(whole(Look::Row, cells))?;
            bad_rows.push(BadRow { row, flaw });
        }
        if number % BLANK_EVERY == BLANK_EVERY - 1 {
            put(whole(Look::Row, Vec::new()))?;
        }
    }
    let mut last_row = header_row;
    for end in ending(serial) {
        last_row = put(end)?;
    }
    Ok(ListSummary { header_row, good_rows: count, bad_rows, last_row })
}

/// After which good row the bad row `at` stands; they are spread over the list.
fn bad_place(at: usize, count: u64, bad_rows: u32) -> Option<u64> {
    let at = u64::try_from(at).ok()?;
    if at >= u64::from(bad_rows) || count == 0 {
        return None;
    }
    Some(((at + 1) * count / (u64::from(bad_rows) + 1)).min(count - 1))
}

/// A blank row after so many.
const BLANK_EVERY: u64 = 50;

const HEADINGS: [&str; COLUMNS as usize] = [
    "STT",
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Số CCCD",
    "Loại (CB/CC/VC…)",
    "Mã cơ quan",
    "Cơ quan quản lý",
    "Đơn vị sử dụng",
    "Chức vụ/Chức danh",
    "Mã cán bộ",
    "Ảnh",
];

fn whole(look: Look, cells: Vec<Cell>) -> Line {
    Line { look, cells: (0..).zip(cells).collect(), merged: Vec::new() }
}

fn merged(look: Look, parts: &[(u16, u16, String)]) -> Line {
    Line {
        look,
        cells: parts.iter().map(|(first, _, text)| (*first, Cell::text(text))).collect(),
        merged: parts.iter().map(|(first, last, _)| (*first, *last)).collect(),
    }
}

fn titles(people: &People, dated: Date) -> [Line; 6] {
    let agency = people.person(0).managing_agency.to_uppercase();
    let all = COLUMNS - 1;
    [
        merged(
            Look::Title,
            &[(0, 4, agency), (6, all, "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM".to_owned())],
        ),
        merged(
            Look::Title,
            &[
                (0, 4, "PHÒNG TỔ CHỨC - CÁN BỘ".to_owned()),
                (6, all, "Độc lập - Tự do - Hạnh phúc".to_owned()),
            ],
        ),
        whole(Look::Title, Vec::new()),
        merged(
            Look::Title,
            &[(
                0,
                all,
                "DANH SÁCH CÁN BỘ, CÔNG CHỨC, VIÊN CHỨC ĐỀ NGHỊ CẤP THẺ ĐIỆN TỬ".to_owned(),
            )],
        ),
        merged(
            Look::Title,
            &[(
                0,
                all,
                format!(
                    "(Kèm theo Công văn số 838/TCCB ngày {:02} tháng {:02} năm {})",
                    dated.day(),
                    dated.month(),
                    dated.year()
                ),
            )],
        ),
        whole(Look::Title, Vec::new()),
    ]
}

fn ending(serial: u64) -> [Line; 4] {
    let all = COLUMNS - 1;
    let sign = "(Ký, ghi rõ họ tên)".to_owned();
    [
        merged(Look::Title, &[(0, all, format!("Tổng cộng: {serial} người"))]),
        whole(Look::Title, Vec::new()),
        merged(
            Look::Title,
            &[(1, 4, "NGƯỜI LẬP BIỂU".to_owned()), (8, all, "THỦ TRƯỞNG ĐƠN VỊ".to_owned())],
        ),
        merged(Look::Title, &[(1, 4, sign.clone()), (8, all, sign)]),
    ]
}

fn plain(serial: u64, person: &Person) -> Vec<Cell> {
    vec![
        Cell::Number(serial),
        Cell::text(&person.full_name),
        Cell::text(day_month_year(person.birth)),
        Cell::text(sex(person.sex)),
        Cell::text(&person.personal_id),
        Cell::text(person.card_type),
        Cell::text(person.agency_code),
        Cell::text(person.managing_agency),
        Cell::text(&person.employing_unit),
        Cell::text(&person.title),
        Cell::text(&person.staff_code),
        Cell::text(&person.photo),
    ]
}

/// A row that must go in, with what people and spreadsheets do to it.
fn good(serial: u64, person: &Person, seed: u64) -> Vec<Cell> {
    let mut dice = Dice::new(seed, person.number, Use::ListRow);
    let mut cells = plain(serial, person);
    let mut set = |column: Column, cell: Cell| {
        if let Some(at) = cells.get_mut(column as usize) {
            *at = cell;
        }
    };
    match dice.below(100) {
        0..4 => set(Column::Name, Cell::text(person.full_name.nfd().collect::<String>())),
        4..8 => {
            set(Column::Name, Cell::text(format!("{} ", person.full_name.replacen(' ', "  ", 1))));
        }
        _ => {}
    }
    match dice.below(100) {
        0..55 => set(Column::Birth, Cell::Date(person.birth)),
        55..60 => {
            let birth = person.birth;
            set(
                Column::Birth,
                Cell::text(format!("{}/{}/{}", birth.day(), birth.month(), birth.year())),
            );
        }
        _ => {}
    }
    if dice.percent(3) {
        set(Column::Sex, Cell::text(sex(person.sex).to_lowercase()));
    }
    if dice.percent(15)
        && let Ok(number) = person.personal_id.parse()
    {
        set(Column::PersonalId, Cell::Number(number));
    }
    if person.card_type == "HĐ" && dice.percent(30) {
        set(Column::CardType, Cell::text("H\u{D0}"));
    }
    if dice.percent(3) {
        set(Column::Photo, Cell::text(person.staff_code.clone()));
    }
    cells
}

/// A row that must be refused; it stands after good row `after` and is bad row `at`.
fn bad(serial: u64, flaw: Flaw, people: &People, after: u64, at: u64) -> Vec<Cell> {
    let person = match flaw {
        Flaw::Duplicate => people.person(after / 2),
        // People after the last one: their numbers are nobody else's.
        _ => people.person(people.count_in_all() + at),
    };
    let mut cells = plain(serial, &person);
    let mut set = |column: Column, cell: Cell| {
        if let Some(at) = cells.get_mut(column as usize) {
            *at = cell;
        }
    };
    let id = person.personal_id.as_str();
    let (province, sex_digit, year, rest) =
        (id.get(..3), id.get(3..4), id.get(4..6), id.get(6..12));
    let (province, sex_digit, year, rest) = (
        province.unwrap_or_default(),
        sex_digit.and_then(|digit| digit.parse::<u8>().ok()).unwrap_or_default(),
        year.and_then(|digits| digits.parse::<u8>().ok()).unwrap_or_default(),
        rest.unwrap_or_default(),
    );
    match flaw {
        Flaw::WrongSexDigit => {
            let other = sex_digit ^ 1;
            set(Column::PersonalId, Cell::text(format!("{province}{other}{year:02}{rest}")));
        }
        Flaw::ClosedAgency => {
            let closed = CLOSED.get(usize::try_from(at).unwrap_or(0) % CLOSED.len());
            let (code, name) = closed.copied().unwrap_or_default();
            set(Column::AgencyCode, Cell::text(code));
            set(Column::ManagingAgency, Cell::text(name));
        }
        Flaw::Formula => set(Column::Title, Cell::Formula(format!("J{serial}"))),
        Flaw::PipeInName => {
            set(Column::Name, Cell::text(format!("{} | Phòng 2", person.full_name)));
        }
        Flaw::ElevenDigits => {
            set(Column::PersonalId, Cell::text(id.get(..11).unwrap_or_default()));
        }
        Flaw::Duplicate => {}
        Flaw::FutureBirth => {
            let digit = 2 + u8::from(person.sex == Sex::Female);
            set(Column::Birth, Cell::text("15/08/2091"));
            set(Column::PersonalId, Cell::text(format!("{province}{digit}91{rest}")));
        }
        Flaw::UnknownCardType => set(Column::CardType, Cell::text("NV")),
        Flaw::MissingName => set(Column::Name, Cell::Blank),
        Flaw::DirectionMark => {
            set(Column::Name, Cell::text(person.full_name.replacen(' ', " \u{202E}", 1)));
        }
        Flaw::LetterInId => {
            set(Column::PersonalId, Cell::text(id.replacen('0', "O", 1)));
        }
        Flaw::ImpossibleBirth => {
            set(Column::Birth, Cell::text(format!("31/02/{}", person.birth.year())));
        }
        Flaw::WrongBirthYear => {
            let other = (year + 7) % 100;
            set(Column::PersonalId, Cell::text(format!("{province}{sex_digit}{other:02}{rest}")));
        }
        Flaw::MalformedAgency => set(Column::AgencyCode, Cell::text("Hà Nội-01")),
    }
    cells
}

/// Columns by their place, from 0.
#[derive(Clone, Copy, Debug)]
enum Column {
    Name = 1,
    Birth = 2,
    Sex = 3,
    PersonalId = 4,
    CardType = 5,
    AgencyCode = 6,
    ManagingAgency = 7,
    Title = 9,
    Photo = 11,
}

pub(super) fn day_month_year(date: Date) -> String {
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}

fn sex(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "Nam",
        Sex::Female => "Nữ",
    }
}
