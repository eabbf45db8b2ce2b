//! The header row: which column is which field.

use phrase::Lang;
use profile::{Field, fold_for_search};

use super::engine::Cell;
use super::{Options, catalog};

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Target {
    /// A field.
    Field(Field),
    /// Family and middle names, beside a column of given names.
    Family,
    /// Given name.
    Given,
}

impl Target {
    /// Everything that a column can hold, in the order of a staff list.
    pub fn all() -> impl Iterator<Item = Self> {
        Field::ALL
            .iter()
            .filter(|field| **field != Field::Row)
            .map(|field| Self::Field(*field))
            .flat_map(|target| match target {
                Self::Field(Field::FullName) => vec![target, Self::Family, Self::Given],
                _ => vec![target],
            })
    }

    /// The name as machines read it: a field's, `family_name` or `given_name`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Field(field) => field.as_str(),
            Self::Family => "family_name",
            Self::Given => "given_name",
        }
    }

    /// The target that [`as_str`](Self::as_str) names so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|target| target.as_str() == name)
    }

    /// The field that the column's text goes to, whole or as a part.
    pub const fn field(self) -> Field {
        match self {
            Self::Field(field) => field,
            Self::Family | Self::Given => Field::FullName,
        }
    }

    /// The name as people read it.
    pub fn label(self, lang: Lang) -> String {
        match self {
            Self::Field(field) => field.label(lang),
            Self::Family => catalog().text(lang, "target-family", &[]),
            Self::Given => catalog().text(lang, "target-given", &[]),
        }
    }
}

/// The columns of a list.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    /// Column number (from 0) and what it holds, one entry a target.
    pub(super) targets: Vec<(u32, Target)>,
    /// Headings that stand for no field, or for one that another column holds.
    pub(super) unused: Vec<String>,
}

impl Columns {
    /// The columns when this row is the header, found or told; `None` when it stands further below.
    pub(super) fn begin(number: u32, cells: &[Cell], options: &Options) -> Option<Self> {
        match options.mending.header {
            Some(header) => (number >= header).then(|| Self::told(cells, options)),
            None => Self::find(cells, options),
        }
    }

    /// The columns of a header that a person pointed at; what is said of a column outdoes its
    /// heading.
    pub(super) fn told(cells: &[Cell], options: &Options) -> Self {
        let mut columns = Self::default();
        for (column, target) in &options.mending.columns {
            if let Some(target) = target
                && columns.targets.iter().all(|(_, other)| other != target)
            {
                columns.targets.push((*column, *target));
            }
        }
        columns.add(cells, options);
        columns.settle_names();
        columns
    }

    /// Reads a row as a header; `None` when it is none.
    pub(super) fn find(cells: &[Cell], options: &Options) -> Option<Self> {
        let mut columns = Self::default();
        columns.add(cells, options);
        columns.settle_names();
        let has = |field| columns.column(field).is_some();
        let named =
            has(Field::FullName) || columns.targets.iter().any(|(_, t)| *t == Target::Given);
        (columns.targets.len() >= 3 && named && (has(Field::PersonalId) || has(Field::Birth)))
            .then_some(columns)
    }

    /// Adds the headings of a second header row, where a merged heading has parts under it.
    /// Returns whether it was one.
    pub(super) fn add_second(&mut self, cells: &[Cell], options: &Options) -> bool {
        let mut more = self.clone();
        more.add(cells, options);
        let all_known = cells.iter().all(|cell| target(&cell.text, options).is_some());
        let grown = more.targets.len() > self.targets.len();
        if all_known && grown {
            more.settle_names();
            *self = more;
        }
        all_known && grown
    }

    /// The column of a field; for a full name in two columns, the first.
    pub(super) fn column(&self, field: Field) -> Option<u32> {
        let find =
            |wanted| self.targets.iter().find(|(_, t)| *t == wanted).map(|(column, _)| *column);
        match field {
            Field::FullName => find(Target::Field(field)).or_else(|| find(Target::Family)),
            field => find(Target::Field(field)),
        }
    }

    fn add(&mut self, cells: &[Cell], options: &Options) {
        for cell in cells {
            let target = match options.mending.told(cell.column) {
                Some(Some(_)) => continue,
                Some(None) => None,
                None => target(&cell.text, options),
            };
            match target {
                Some(target) if self.targets.iter().all(|(_, other)| *other != target) => {
                    self.targets.push((cell.column, target));
                }
                _ => self.unused.push(cell.text.split_whitespace().collect::<Vec<_>>().join(" ")),
            }
        }
    }

    /// A lone column of given names is one of full names.
    fn settle_names(&mut self) {
        let has = |targets: &[(u32, Target)], wanted| targets.iter().any(|(_, t)| *t == wanted);
        let (family, full) = (
            has(&self.targets, Target::Family),
            has(&self.targets, Target::Field(Field::FullName)),
        );
        for (_, target) in &mut self.targets {
            if *target == Target::Given && !family && !full {
                *target = Target::Field(Field::FullName);
            }
        }
    }
}

/// What a heading stands for.
fn target(heading: &str, options: &Options) -> Option<Target> {
    let plain = plain(heading);
    if plain.is_empty() {
        return None;
    }
    if let Some((field, _)) =
        options.mapping.iter().find(|(_, mapped)| self::plain(mapped) == plain)
    {
        return Some(Target::Field(*field));
    }
    match plain.as_str() {
        "ten" => return Some(Target::Given),
        "ho" | "ho dem" | "ho va dem" | "ho va ten dem" | "ho ten dem" | "ho va chu dem"
        | "ho lot" | "ho va ten lot" | "ho va chu lot" => return Some(Target::Family),
        _ => {}
    }
    HEADINGS
        .iter()
        .find(|(_, headings)| headings.contains(&plain.as_str()))
        .map(|(field, _)| Target::Field(*field))
}

/// A heading without accents, brackets and what stands in them, and punctuation.
fn plain(heading: &str) -> String {
    let mut depth = 0_u32;
    let outside: String = heading
        .chars()
        .map(|c| match c {
            '(' | '[' => {
                depth += 1;
                ' '
            }
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                ' '
            }
            _ if depth > 0 => ' ',
            c if c.is_alphanumeric() || !c.is_ascii() => c,
            _ => ' ',
        })
        .collect();
    fold_for_search(&outside)
}

/// Headings by field, folded.
const HEADINGS: &[(Field, &[&str])] = &[
    (Field::Stt, &["stt", "tt", "so tt", "so thu tu", "no"]),
    (
        Field::FullName,
        &[
            "ho va ten",
            "ho ten",
            "ho va ten can bo",
            "ho ten can bo",
            "ho va ten khai sinh",
            "ho chu dem va ten",
            "ho chu dem va ten khai sinh",
            "ho va ten nhan vien",
            "ho ten nhan vien",
            "ho va ten cbccvc",
            "ten can bo",
            "full name",
            "name",
        ],
    ),
    (
        Field::Birth,
        &[
            "ngay sinh",
            "ngay thang nam sinh",
            "ngay thang sinh",
            "ngay thang nam",
            "nam sinh",
            "sinh ngay",
            "ngay nam sinh",
            "date of birth",
            "birth date",
            "birth",
            "dob",
        ],
    ),
    (Field::Sex, &["gioi tinh", "gt", "phai", "nam nu", "sex", "gender"]),
    (
        Field::PersonalId,
        &[
            "so cccd",
            "cccd",
            "so can cuoc",
            "can cuoc",
            "so the can cuoc",
            "so can cuoc cong dan",
            "can cuoc cong dan",
            "so dinh danh",
            "so dinh danh ca nhan",
            "ma dinh danh ca nhan",
            "ma so dinh danh ca nhan",
            "so ddcn",
            "so cccd so dinh danh ca nhan",
            "so cccd dinh danh ca nhan",
            "cccd cmnd",
            "cmnd cccd",
            "so cccd cmnd",
            "so cmnd cccd",
            "so cmnd",
            "cmnd",
            "so can cuoc dinh danh ca nhan",
            "so dinh danh ca nhan cccd",
            "personal id",
            "personal id number",
            "id number",
        ],
    ),
    (
        Field::CardType,
        &[
            "loai",
            "loai the",
            "loai can bo",
            "loai cbccvc",
            "loai cb cc vc",
            "phan loai",
            "doi tuong",
            "loai doi tuong",
            "nhom doi tuong",
            "card type",
            "type",
        ],
    ),
    (
        Field::AgencyCode,
        &[
            "ma co quan",
            "ma co quan quan ly",
            "ma cqql",
            "ma dinh danh co quan",
            "ma dinh danh co quan quan ly",
            "ma dinh danh dien tu",
            "ma dinh danh dien tu co quan",
            "ma dinh danh don vi",
            "ma don vi",
            "agency code",
        ],
    ),
    (
        Field::ManagingAgency,
        &[
            "co quan quan ly",
            "ten co quan quan ly",
            "co quan chu quan",
            "co quan cap tren",
            "bo nganh dia phuong",
            "bo nganh tinh",
            "co quan",
            "managing agency",
        ],
    ),
    (
        Field::EmployingUnit,
        &[
            "don vi su dung",
            "don vi",
            "ten don vi",
            "don vi cong tac",
            "noi cong tac",
            "co quan don vi",
            "co quan don vi cong tac",
            "co quan cong tac",
            "co quan su dung",
            "don vi truc tiep su dung",
            "don vi su dung cbccvc",
            "phong ban",
            "phong ban don vi",
            "bo phan",
            "employing unit",
            "unit",
        ],
    ),
    (
        Field::Title,
        &[
            "chuc vu",
            "chuc danh",
            "chuc vu chuc danh",
            "chuc danh chuc vu",
            "chuc vu hien tai",
            "chuc danh nghe nghiep",
            "vi tri viec lam",
            "vtvl",
            "chuc vu chuc danh vi tri viec lam",
            "chuc vu chuc danh vtvl",
            "title",
            "position",
            "job title",
        ],
    ),
    (
        Field::StaffCode,
        &[
            "ma can bo",
            "ma cb",
            "ma cbccvc",
            "ma nhan vien",
            "ma nv",
            "ma so",
            "ma so can bo",
            "so hieu cbccvc",
            "so hieu cong chuc",
            "staff code",
            "employee id",
        ],
    ),
    (Field::Email, &["email", "e mail", "dia chi email", "thu dien tu", "hop thu dien tu"]),
    (
        Field::Phone,
        &[
            "dien thoai",
            "so dien thoai",
            "sdt",
            "so dt",
            "dt",
            "di dong",
            "so di dong",
            "phone",
            "mobile",
        ],
    ),
    (
        Field::Photo,
        &[
            "anh",
            "anh the",
            "tep anh",
            "ten tep anh",
            "file anh",
            "ten file anh",
            "ten anh",
            "hinh",
            "hinh anh",
            "photo",
        ],
    ),
    (
        Field::ContractEnd,
        &[
            "ngay het han hop dong",
            "het han hop dong",
            "ngay ket thuc hop dong",
            "han hop dong",
            "thoi han hop dong",
            "ngay het han hd",
            "contract end",
        ],
    ),
    (
        Field::Retirement,
        &["ngay nghi huu", "nghi huu", "thoi diem nghi huu", "ngay nghi huu du kien", "retirement"],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn header(headings: &[&str]) -> Option<Columns> {
        let cells: Vec<Cell> = (0..)
            .zip(headings)
            .map(|(column, text)| Cell::text(column, (*text).to_owned()))
            .collect();
        Columns::find(&cells, &Options::default())
    }

    #[test]
    fn usual_headings_are_known_with_and_without_accents() {
        let columns = header(&[
            "STT",
            "HỌ VÀ TÊN",
            "Ngày, tháng, năm sinh (dd/mm/yyyy)",
            "Gioi tinh",
            "Số CCCD/Định danh cá nhân*",
            "Loại (CB/CC/VC…)",
            "Mã cơ quan",
            "Cơ quan quản lý",
            "Đơn vị sử dụng",
            "Chức vụ/Chức danh",
            "Mã cán bộ",
            "Ảnh",
        ])
        .unwrap();
        assert_eq!(columns.targets.len(), 12);
        assert_eq!(columns.column(Field::PersonalId), Some(4));
        assert!(columns.unused.is_empty());
    }

    #[test]
    fn row_of_a_title_or_a_person_is_no_header() {
        assert!(header(&["DANH SÁCH CÁN BỘ, CÔNG CHỨC"]).is_none());
        assert!(header(&["1", "Nguyễn Văn A", "05/03/1988", "Nam"]).is_none());
    }

    #[test]
    fn name_in_two_columns_is_known() {
        let columns = header(&["Họ và tên đệm", "Tên", "Ngày sinh", "CCCD"]).unwrap();
        assert_eq!(columns.targets[0].1, Target::Family);
        assert_eq!(columns.targets[1].1, Target::Given);
        let columns = header(&["Tên", "Ngày sinh", "CCCD"]).unwrap();
        assert_eq!(columns.targets[0].1, Target::Field(Field::FullName));
    }

    #[test]
    fn second_column_of_a_field_is_told_as_unused() {
        let columns = header(&["Họ tên", "CCCD", "Chức vụ", "Chức danh", "Ghi chú"]).unwrap();
        assert_eq!(columns.unused, ["Chức danh", "Ghi chú"]);
    }
}
