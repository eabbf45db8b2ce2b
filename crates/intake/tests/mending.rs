//! What a person says of a list, and the look at its beginning.

use std::io::Cursor;
use std::ops::ControlFlow;

use intake::photo::{Limits, Part, PhotoError, Studio};
use intake::rows::{self, Mending, Options, Row, SourceError, Target, Verdict};
use jiff::civil::{Date, date};
use profile::{Field, Profile};

const ON: Date = date(2026, 11, 23);
const LIST: &str = "DANH SÁCH\n\
    STT,Họ và tên đệm,Tên,Ngày sinh,Số CCCD,Loại,Mã cơ quan,Đơn vị,Chức vụ\n\
    1,Nguyễn Văn,Hòa,05/03/1988,034088001234,CC,G09,Vụ Một,Chuyên viên\n\
    2,Trần Văn,Hai,05/03/1988,34088,CC,G09,Vụ Một,Chuyên viên\n\
    A,Phòng Hành chính\n\
    3,Lê Văn,Ba,05/03/1988,034088001234,CC,G09,Vụ Một,Chuyên viên\n";

fn read(list: &str, options: &Options) -> Result<Vec<Row>, SourceError> {
    let mut taken = Vec::new();
    rows::read(Cursor::new(list), options, &Profile::qd838(), ON, &mut |row: Row| {
        taken.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(taken)
}

fn with(mending: Mending) -> Options {
    Options { mending, raw: true, ..Options::default() }
}

fn row(rows: &[Row], number: u32) -> &Row {
    rows.iter().find(|row| row.number == number).expect("the row is told")
}

#[test]
fn rows_tell_what_stood_there_only_when_asked() {
    let rows = read(LIST, &Options::default()).unwrap();
    assert!(rows.iter().all(|row| row.raw.is_none()));
    let rows = read(LIST, &with(Mending::default())).unwrap();
    let raw = row(&rows, 3).raw.as_ref().unwrap();
    assert_eq!(raw.fields.get(Field::FullName), "Nguyễn Văn Hòa");
    assert_eq!(raw.cells[1], (1, "Nguyễn Văn".to_owned()));
    assert!(!format!("{:?}", row(&rows, 3)).contains("034088001234"));
}

#[test]
fn field_put_right_is_judged_instead_of_its_cell() {
    let mut mending = Mending::default();
    mending.texts.insert((4, Field::PersonalId), "034088005678".to_owned());
    mending.texts.insert((4, Field::FullName), "Trần Văn Hải".to_owned());
    let rows = read(LIST, &with(mending)).unwrap();
    let mended = row(&rows, 4);
    assert_ne!(mended.verdict, Verdict::Error);
    assert_eq!(mended.staff.as_ref().unwrap().full_name.as_str(), "Trần Văn Hải");
}

#[test]
fn formula_that_is_put_right_is_refused_no_more() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let lines: Vec<Vec<&str>> = LIST.lines().map(|line| line.split(',').collect()).collect();
    for (at, line) in (0..).zip(&lines[1..3]) {
        for (column, cell) in (0..).zip(line) {
            sheet.write_string(at, column, *cell).unwrap();
        }
    }
    sheet.write_formula(1, 8, "=\"a\"").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let read = |options: &Options| {
        let mut taken = Vec::new();
        rows::read(Cursor::new(&bytes), options, &Profile::qd838(), ON, &mut |row: Row| {
            taken.push(row);
            ControlFlow::Continue(())
        })
        .unwrap();
        taken.pop().unwrap()
    };
    assert_eq!(read(&with(Mending::default())).verdict, Verdict::Error);
    let mut mending = Mending::default();
    mending.texts.insert((2, Field::Title), "Chuyên viên".to_owned());
    let mended = read(&with(mending));
    assert_eq!(mended.staff.unwrap().title.as_str(), "Chuyên viên");
}

#[test]
fn row_left_out_is_no_first_of_two() {
    let rows = read(LIST, &with(Mending::default())).unwrap();
    assert_eq!(row(&rows, 6).verdict, Verdict::Error);
    let mending = Mending { left_out: [3].into(), ..Mending::default() };
    let rows = read(LIST, &with(mending)).unwrap();
    assert_eq!(row(&rows, 3).verdict, Verdict::Skip);
    assert_eq!(row(&rows, 3).messages[0].finding.code, "row-left-out");
    assert_ne!(row(&rows, 6).verdict, Verdict::Error);
}

#[test]
fn row_that_looked_like_a_group_becomes_a_record_when_mended() {
    let rows = read(LIST, &with(Mending::default())).unwrap();
    assert_eq!(row(&rows, 5).messages[0].finding.code, "row-group");
    assert_eq!(row(&rows, 5).raw.as_ref().unwrap().fields.get(Field::FullName), "Phòng Hành chính");
    let mut mending = Mending::default();
    mending.texts.insert((5, Field::FullName), "Phạm Văn A".to_owned());
    let rows = read(LIST, &with(mending)).unwrap();
    assert_eq!(row(&rows, 5).verdict, Verdict::Error);
    assert!(row(&rows, 5).messages.iter().any(|message| message.finding.code == "missing"));
}

const UNKNOWN: &str = "Bảng\nAi,Khi,Số,Hạng,Cơ quan,Ban,Việc\n\
    Nguyễn Văn Hòa,05/03/1988,034088001234,CC,G09,Vụ Một,Chuyên viên\n";

fn told(header: u32) -> Mending {
    let fields = [
        Field::FullName,
        Field::Birth,
        Field::PersonalId,
        Field::CardType,
        Field::AgencyCode,
        Field::EmployingUnit,
        Field::Title,
    ];
    let columns = (0..).zip(fields.map(|field| Some(Target::Field(field)))).collect();
    Mending { header: Some(header), columns, ..Mending::default() }
}

#[test]
fn columns_told_by_number_outdo_their_headings() {
    assert!(matches!(read(UNKNOWN, &with(Mending::default())), Err(SourceError::NoHeader)));
    let rows = read(UNKNOWN, &with(told(2))).unwrap();
    assert_ne!(row(&rows, 3).verdict, Verdict::Error, "{:?}", row(&rows, 3).messages);
    // "Cơ quan" would be the managing agency.
    assert_eq!(row(&rows, 3).staff.as_ref().unwrap().agency_code.as_str(), "G09");
    let mut unused = told(2);
    unused.columns.insert(6, None);
    assert!(matches!(
        read(UNKNOWN, &with(unused)),
        Err(SourceError::NoColumn(fields)) if fields == [Field::Title]
    ));
}

#[test]
fn list_without_column_names_is_read_by_numbers() {
    let list = UNKNOWN.lines().nth(2).unwrap();
    let rows = read(list, &with(told(0))).unwrap();
    assert_eq!(rows.len(), 1);
    assert_ne!(rows[0].verdict, Verdict::Error);
}

#[test]
fn survey_tells_columns_samples_and_header() {
    let profile = Profile::qd838();
    let survey = rows::survey(Cursor::new(LIST), &Options::default(), &profile).unwrap();
    assert_eq!(survey.header, [2]);
    assert_eq!(survey.columns[1].target, Some(Target::Family));
    assert_eq!(survey.columns[1].samples[0], "Nguyễn Văn");
    assert_eq!(survey.columns[4].heading, "Số CCCD");
    assert_eq!(survey.top.len(), 2);
}

#[test]
fn survey_of_a_list_that_nobody_knows_tells_its_first_rows() {
    let profile = Profile::qd838();
    let survey = rows::survey(Cursor::new(UNKNOWN), &Options::default(), &profile).unwrap();
    assert!(survey.header.is_empty());
    assert_eq!(survey.top.len(), 3);
    let survey = rows::survey(Cursor::new(UNKNOWN), &with(told(2)), &profile).unwrap();
    assert_eq!((survey.header.as_slice(), survey.columns[0].heading.as_str()), (&[2][..], "Ai"));
    assert_eq!(survey.columns[2].target, Some(Target::Field(Field::PersonalId)));
}

#[test]
fn targets_have_names_of_their_own() {
    for target in Target::all() {
        assert_eq!(Target::from_name(target.as_str()), Some(target));
        for lang in phrase::Lang::ALL {
            assert_ne!(target.label(lang), target.as_str());
        }
    }
}

const PORTRAIT: &[u8] = include_bytes!("fixtures/drawn-portrait.jpg");

#[test]
fn another_part_of_a_photo_is_another_print() {
    let mut studio = Studio::new(1024, Limits::default());
    let (set, whole) = studio.develop_and_keep(PORTRAIT).unwrap();
    assert_eq!(studio.develop(PORTRAIT).unwrap(), set);
    let part = whole.part;
    assert!(part.x + part.width <= whole.width && part.y + part.height <= whole.height);
    assert_eq!(part.width * 4, part.height * 3);
    let other = Part { x: 0, y: 0, width: 354, height: 472 };
    let cut = studio.develop_part(&whole.jpeg, other).unwrap();
    assert_eq!((cut.print_width, cut.print_height), (354, 472));
    assert_ne!(cut.print_sha256, set.print_sha256);
}

#[test]
fn part_outside_the_picture_or_below_a_print_is_refused() {
    let mut studio = Studio::new(0, Limits::default());
    let (_, whole) = studio.develop_and_keep(PORTRAIT).unwrap();
    for part in [
        Part { x: whole.width, y: 0, width: 354, height: 472 },
        Part { x: 0, y: u32::MAX, width: 354, height: 472 },
        Part { x: 0, y: 0, width: 353, height: 472 },
        Part { x: 0, y: 0, width: whole.width + 1, height: whole.height },
        Part { x: 0, y: 0, width: 0, height: 0 },
    ] {
        let refused = studio.develop_part(&whole.jpeg, part);
        assert!(matches!(refused, Err(PhotoError::Part { .. })), "{part:?}");
    }
}

#[test]
fn survey_names_every_sheet_and_looks_at_the_one_with_a_header() {
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().set_name("Bìa").unwrap().write_string(0, 0, "Danh sách").unwrap();
    let sheet = book.add_worksheet().set_name("Danh sách").unwrap();
    for (at, line) in (0..).zip(LIST.lines().skip(1)) {
        for (column, cell) in (0..).zip(line.split(',')) {
            sheet.write_string(at, column, cell).unwrap();
        }
    }
    book.add_worksheet().set_name("Phụ lục").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let profile = Profile::qd838();
    let survey = rows::survey(Cursor::new(&bytes), &Options::default(), &profile).unwrap();
    assert_eq!(survey.sheets, ["Bìa", "Danh sách", "Phụ lục"]);
    assert_eq!(survey.sheet.as_deref(), Some("Danh sách"));
    let other = Options { sheet: Some("Bìa".to_owned()), ..Options::default() };
    let survey = rows::survey(Cursor::new(&bytes), &other, &profile).unwrap();
    assert_eq!((survey.sheet.as_deref(), survey.top.len()), (Some("Bìa"), 1));
    assert_eq!(survey.sheets.len(), 3);
}
