//! Lists as a caller reads them: formats, encodings, bombs, and the corpus of odd rows.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::ops::ControlFlow;

use intake::rows::{
    self, Known, Legacy, Limits, Listener, Options, Row, SourceError, Totals, Verdict,
};
use jiff::civil::{Date, date};
use phrase::Lang;
use profile::{Field, Profile, Staff};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

const ON: Date = date(2026, 11, 23);
const HEAD: &str = "STT,Họ và tên,Ngày sinh,Giới tính,Số CCCD,Loại,Mã cơ quan,Cơ quan quản lý,Đơn vị sử dụng,Chức vụ";
const GOOD: &str =
    "1,Nguyễn Văn Hòa,05/03/1988,Nam,034088001234,CC,G09,Bộ Nội vụ,Vụ Tổ chức cán bộ,Chuyên viên";

fn run(bytes: impl AsRef<[u8]>, options: &Options) -> (Vec<Row>, Result<Totals, SourceError>) {
    let mut rows = Vec::new();
    let totals =
        rows::read(Cursor::new(bytes.as_ref()), options, &Profile::qd838(), ON, &mut |row: Row| {
            rows.push(row);
            ControlFlow::Continue(())
        });
    (rows, totals)
}

fn refused(bytes: impl AsRef<[u8]>) -> SourceError {
    run(bytes, &Options::default()).1.expect_err("the list is refused")
}

/// One line a row: number, verdict, codes with fields.
fn summary(rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        let report = row.report(Lang::Vi);
        let codes: Vec<String> =
            report.messages.iter().map(|m| format!("{}:{}", m.field, m.code)).collect();
        writeln!(out, "{} {:?} {}", report.row, report.verdict, codes.join(" "))
            .expect("a string takes everything");
    }
    out
}

fn corpus() -> Vec<Vec<String>> {
    include_str!("data/odd-rows.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            line.split('\t')
                .map(|cell| {
                    cell.replace("\\n", "\n")
                        .replace("\\u202e", "\u{202e}")
                        .replace("\\x07", "\u{7}")
                        .replace("\\u200b", "\u{200b}")
                })
                .collect()
        })
        .collect()
}

fn csv(list: &[Vec<String>], delimiter: char) -> String {
    let mut out = String::new();
    for row in list {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| {
                if cell.contains([delimiter, '"', '\n']) {
                    format!("\"{}\"", cell.replace('"', "\"\""))
                } else {
                    cell.clone()
                }
            })
            .collect();
        out += &cells.join(&delimiter.to_string());
        out += "\r\n";
    }
    out
}

fn xlsx(list: &[Vec<String>]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(list) {
        for (column, cell) in (0..).zip(cells) {
            if !cell.is_empty() {
                sheet.write_string(row, column, cell).expect("the cell fits");
            }
        }
    }
    workbook.save_to_buffer().expect("the workbook is written")
}

#[test]
fn corpus_of_odd_rows_has_its_verdicts() {
    let list = corpus();
    assert!(list.len() > 70, "{}", list.len());
    // A line feed in a cell moves the line numbers of a CSV, so the sheet is the reference.
    let (rows, totals) = run(xlsx(&list), &Options::default());
    totals.expect("the list is read");
    insta::assert_snapshot!(summary(&rows));
}

#[test]
fn corpus_reads_the_same_from_csv_and_xlsx() {
    let list: Vec<Vec<String>> = corpus()
        .into_iter()
        .map(|row| row.into_iter().map(|cell| cell.replace('\n', " ")).collect())
        .collect();
    let (from_xlsx, totals) = run(xlsx(&list), &Options::default());
    for delimiter in [',', ';', '\t'] {
        let (from_csv, csv_totals) = run(csv(&list, delimiter), &Options::default());
        assert_eq!(summary(&from_csv), summary(&from_xlsx));
        assert_eq!(csv_totals.unwrap(), *totals.as_ref().unwrap());
        for (one, other) in from_csv.iter().zip(&from_xlsx) {
            assert_eq!(one.report(Lang::Vi), other.report(Lang::Vi));
            assert_eq!(one.staff, other.staff);
        }
    }
}

#[test]
fn no_message_of_the_corpus_repeats_a_number() {
    let list = corpus();
    let (rows, _) = run(xlsx(&list), &Options::default());
    for row in rows {
        let text = serde_json::to_string(&row.report(Lang::Vi)).unwrap()
            + &serde_json::to_string(&row.report(Lang::En)).unwrap();
        let longest = text.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
        assert!(longest < Some(8), "row {}: {text}", row.number);
    }
}

#[test]
fn good_rows_of_a_mixed_list_go_in_and_bad_ones_are_named() {
    let text = format!(
        "{HEAD}\n{GOOD}\n2,Lê Thị Bình,1990,Nam,034190001234,VC,G09,,Vụ A,Giáo viên\n3,Trần Văn Cường,01/02/1985,Nam,001085000777,VC,H26,,Sở B,Kế toán\n"
    );
    let (rows, totals) = run(text, &Options::default());
    assert_eq!(totals.unwrap(), Totals { ok: 2, warn: 0, error: 1, skip: 1 });
    let names: Vec<_> =
        rows.iter().filter_map(|row| row.staff.as_ref()).map(|s| s.full_name.as_str()).collect();
    assert_eq!(names, ["Nguyễn Văn Hòa", "Trần Văn Cường"]);
    let report = serde_json::to_string(&rows[2].report(Lang::Vi)).unwrap();
    assert_eq!(
        report,
        "{\"row\":3,\"verdict\":\"error\",\"messages\":[\
         {\"severity\":\"note\",\"field\":\"birth\",\"code\":\"birth-partial\",\
         \"text\":\"C3: Ngày sinh: không đủ ngày, tháng, năm; thẻ sẽ ghi đúng như vậy.\"},\
         {\"severity\":\"error\",\"field\":\"sex\",\"code\":\"sex-contradicts-id\",\
         \"text\":\"D3: Giới tính: khác với giới tính trong số định danh cá nhân.\"},\
         {\"severity\":\"note\",\"field\":\"managing_agency\",\"code\":\"agency-name-taken\",\
         \"text\":\"H3: Cơ quan quản lý: để trống, lấy theo mã cơ quan là Bộ Nội vụ.\"}]}"
    );
    let total = Totals { ok: 2, warn: 0, error: 1, skip: 1 }.report();
    assert_eq!(
        serde_json::to_string(&total).unwrap(),
        "{\"total\":{\"ok\":2,\"warn\":0,\"error\":1,\"skip\":1}}"
    );
}

#[test]
fn list_as_an_office_sends_it_is_read() {
    let mut workbook = Workbook::new();
    let notes = workbook.add_worksheet();
    notes.set_name("Hướng dẫn").unwrap();
    notes.write_string(0, 0, "Điền theo mẫu").unwrap();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Danh sách").unwrap();
    sheet.merge_range(0, 0, 0, 9, "BỘ NỘI VỤ", &Format::new()).unwrap();
    sheet.merge_range(1, 0, 1, 9, "DANH SÁCH ĐỀ NGHỊ CẤP THẺ NĂM 2026", &Format::new()).unwrap();
    let heads = [
        "TT",
        "Họ và tên",
        "Ngày, tháng, năm sinh",
        "Giới tính",
        "Số CCCD",
        "Đối tượng",
        "Mã định danh cơ quan",
        "Cơ quan",
        "Đơn vị công tác",
        "Chức vụ, chức danh",
        "Điện thoại",
        "Ghi chú",
    ];
    for (column, head) in (0..).zip(heads) {
        sheet.write_string(3, column, head).unwrap();
        sheet.write_string(4, column, format!("({})", column + 1)).unwrap();
    }
    sheet.write_string(5, 0, "I").unwrap();
    sheet.write_string(5, 1, "Vụ Tổ chức cán bộ").unwrap();
    let day = Format::new().set_num_format("dd/mm/yyyy");
    sheet.write_formula(6, 0, Formula::new("ROW()-6").set_result("1")).unwrap();
    for (column, text) in [
        (1, "Nguyễn Văn Hòa"),
        (3, "Nam"),
        (5, "Công chức"),
        (6, "G09"),
        (8, "Vụ Tổ chức cán bộ"),
        (9, "Chuyên viên"),
    ] {
        sheet.write_string(6, column, text).unwrap();
    }
    sheet
        .write_datetime_with_format(6, 2, ExcelDateTime::from_ymd(1988, 3, 5).unwrap(), &day)
        .unwrap();
    sheet.write_number(6, 4, 34_088_001_234.0).unwrap();
    sheet.write_number(6, 10, 901_234_567.0).unwrap();
    for (column, text) in
        [(1, "Lê Thị Bình"), (3, "Nữ"), (4, "001190005678"), (5, "VC"), (6, "G09"), (8, "Vụ A")]
    {
        sheet.write_string(8, column, text).unwrap();
    }
    sheet.write_number(8, 2, 1990.0).unwrap();
    sheet.write_formula(8, 9, Formula::new("J7").set_result("Chuyên viên")).unwrap();
    sheet.write_string(9, 1, "Tổng cộng: 2 người").unwrap();
    sheet.write_string(11, 8, "Hà Nội, ngày 23 tháng 11 năm 2026").unwrap();
    sheet.write_string(12, 1, "NGƯỜI LẬP").unwrap();
    sheet.write_string(12, 8, "THỦ TRƯỞNG ĐƠN VỊ").unwrap();
    sheet.write_string(15, 8, "Phạm Văn D").unwrap();
    let (rows, totals) = run(workbook.save_to_buffer().unwrap(), &Options::default());
    insta::assert_snapshot!(summary(&rows));
    assert_eq!((totals.unwrap().ok, totals_of(&rows, Verdict::Error)), (1, 1));
    let staff = rows.iter().find_map(|row| row.staff.clone()).unwrap();
    assert_eq!(staff.personal_id.expose(), "034088001234");
    assert_eq!(staff.birth.to_iso(), "1988-03-05");
    assert_eq!(staff.phone.unwrap().as_str(), "0901234567");
    let formula = rows.iter().find(|row| row.number == 9).unwrap().report(Lang::En);
    assert!(formula.messages.iter().any(|m| m.text.starts_with("J9: ")), "{formula:?}");
}

fn totals_of(rows: &[Row], verdict: Verdict) -> usize {
    rows.iter().filter(|row| row.verdict == verdict).count()
}

#[test]
fn every_unicode_encoding_reads_the_same() {
    let text = format!("{HEAD}\r\n{GOOD}\r\n");
    let expected = summary(&run(&text, &Options::default()).0);
    assert!(expected.contains("2 Ok"), "{expected}");
    let utf_16 = |mark: bool, little: bool| {
        let marked = if mark { format!("\u{feff}{text}") } else { text.clone() };
        marked
            .encode_utf16()
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect::<Vec<u8>>()
    };
    for bytes in [
        format!("\u{feff}{text}").into_bytes(),
        utf_16(true, true),
        utf_16(true, false),
        utf_16(false, true),
        utf_16(false, false),
        text.replace("\r\n", "\r").into_bytes(),
        text.replace("\r\n", "\n").trim_end().as_bytes().to_vec(),
    ] {
        assert_eq!(summary(&run(bytes, &Options::default()).0), expected);
    }
}

/// Latin-1 bytes of text that a program of before Unicode wrote.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1 only")).collect()
}

const TCVN3_LIST: &str = "STT,Hä vµ tªn,Ngµy sinh,Giíi tÝnh,Sè CCCD,Lo¹i,M· c¬ quan,C¬ quan qu¶n lý,§¬n vÞ sö dông,Chøc vô\n1,NguyÔn V¨n Hßa,05/03/1988,Nam,034088001234,CC,G09,Bé Néi vô,Vô Tæ chøc c¸n bé,Chuyªn viªn\n";
const VNI_LIST: &str = "STT,Hoï vaø teân,Ngaøy sinh,Giôùi tính,Soá CCCD,Loaïi,Maõ cô quan,Cô quan quaûn lyù,Ñôn vò söû duïng,Chöùc vuï\n1,Nguyeãn Vaên Hoøa,05/03/1988,Nam,034088001234,CC,G09,Boä Noäi vuï,Vuï Toå chöùc caùn boä,Chuyeân vieân\n";

#[test]
fn old_encodings_are_refused_with_their_name_and_converted_on_request() {
    for (list, old) in [(TCVN3_LIST, Legacy::Tcvn3), (VNI_LIST, Legacy::Vni)] {
        // As bytes, and as text that was taken for Latin-1 before it came here.
        for bytes in [latin1(list), list.as_bytes().to_vec()] {
            assert!(matches!(refused(&bytes), SourceError::OldEncoding(found) if found == old));
            let options = Options { convert: Some(old), ..Options::default() };
            let (rows, totals) = run(&bytes, &options);
            assert_eq!(totals.unwrap().ok, 1, "{}", summary(&rows));
            let staff = rows[1].staff.clone().unwrap();
            assert_eq!(staff.full_name.as_str(), "Nguyễn Văn Hòa");
            assert_eq!(staff.employing_unit.as_str(), "Vụ Tổ chức cán bộ");
        }
    }
}

#[test]
fn old_text_in_a_cell_of_a_unicode_list_is_named() {
    let text = format!("{HEAD}\n{}\n", GOOD.replace("Nguyễn Văn Hòa", "NguyÔn V¨n Hoµ"));
    let (rows, _) = run(text, &Options::default());
    assert_eq!(summary(&rows[1..]), "2 Error full_name:old-text\n");
}

#[test]
fn unknown_bytes_are_refused_with_their_line() {
    let mut bytes = format!("{HEAD}\n{GOOD}\n").into_bytes();
    bytes.extend_from_slice(b"2,A\xff\xfe\n");
    assert!(matches!(refused(bytes), SourceError::Encoding { line: 3 }));
}

#[test]
fn quotes_line_feeds_and_lines_are_counted_right() {
    let text = format!(
        "{HEAD}\n\n1,\"Nguyễn Văn Hòa\",05/03/1988,Nam,034088001234,CC,G09,Bộ Nội vụ,\"Vụ \"\"A\"\",\nPhòng B\",Chuyên viên\n2,Lê Thị Bình,1990,Nữ,034190001234,VC,G09,Bộ Nội vụ,Vụ A,Giáo viên\n"
    );
    let (rows, _) = run(text, &Options::default());
    assert_eq!(
        summary(&rows),
        "1 Skip row:row-header\n2 Skip row:row-blank\n3 Ok employing_unit:spaces-tidied\n5 Ok birth:birth-partial\n"
            .replace("5 Ok", "4 Skip row:row-blank\n5 Ok")
    );
    assert_eq!(rows[2].staff.as_ref().unwrap().employing_unit.as_str(), "Vụ \"A\", Phòng B");
}

#[test]
fn open_quotation_mark_is_named_by_its_line() {
    let text = format!("{HEAD}\n{GOOD}\n2,\"Lê Thị B,1990\n");
    assert!(matches!(refused(text), SourceError::OpenQuote { line: 3 }));
}

#[test]
fn duplicates_name_both_rows() {
    let text = format!("{HEAD}\n{GOOD}\n{GOOD}\n");
    let (rows, totals) = run(text, &Options::default());
    assert_eq!(totals.unwrap().error, 1);
    let report = rows[2].report(Lang::En);
    assert_eq!(report.messages[0].code, "duplicate-row");
    assert!(report.messages[0].text.contains("row 3 is the same person as row 2"));
    assert!(rows[2].staff.is_none());
}

/// A registry that knows people by their title, and remembers how it was asked.
struct Registry {
    known: Known,
    asked: Vec<usize>,
    expected: Option<u64>,
    rows: Vec<Row>,
}

impl Registry {
    fn new(known: Known) -> Self {
        Self { known, asked: Vec::new(), expected: None, rows: Vec::new() }
    }

    fn read(&mut self, text: &str) -> Totals {
        let source = Cursor::new(text);
        rows::read(source, &Options::default(), &Profile::qd838(), ON, self)
            .expect("the list is read")
    }
}

impl Listener for Registry {
    fn expect(&mut self, rows: u64) {
        self.expected = Some(rows);
    }

    fn known(&mut self, people: &[&Staff]) -> Vec<Option<Known>> {
        self.asked.push(people.len());
        people
            .iter()
            .map(|staff| (staff.title.as_str() == "Chuyên viên").then_some(self.known))
            .collect()
    }

    fn row(&mut self, row: Row) -> ControlFlow<()> {
        self.rows.push(row);
        ControlFlow::Continue(())
    }
}

#[test]
fn what_the_registry_knows_is_told() {
    for (known, verdict, code) in [
        (Known::Unchanged, Verdict::Ok, "known-unchanged"),
        (Known::Changed, Verdict::Warn, "known-changed"),
        (Known::Elsewhere, Verdict::Error, "known-elsewhere"),
    ] {
        let mut registry = Registry::new(known);
        registry.read(&format!("{HEAD}\n{GOOD}\n"));
        let row = &registry.rows[1];
        assert_eq!(row.verdict, verdict);
        assert_eq!(row.messages[0].finding.code, code);
        assert_eq!(row.staff.is_some(), verdict != Verdict::Error);
    }
}

/// Good rows, bad ones, repeated ones and blank ones: each answer reaches its own row, and rows
/// come in their order.
#[test]
fn registry_is_asked_about_many_people_at_once() {
    let mut text = format!("{HEAD}\n");
    for number in 0..1_200 {
        let row = match number % 10 {
            3 => GOOD.replace("034088001234", "0340880"),
            5 => GOOD.to_owned(),
            7 => String::new(),
            other => {
                let title = if other < 5 { "Chuyên viên" } else { "Kế toán" };
                GOOD.replace("034088001234", &format!("0340881{number:05}"))
                    .replace("Chuyên viên", title)
            }
        };
        text.push_str(&row);
        text.push('\n');
    }
    let mut registry = Registry::new(Known::Changed);
    let totals = registry.read(&text);
    assert!(registry.asked.len() <= 3, "{:?}", registry.asked);
    // Seven of ten differ and are good; the repeated one counts once.
    assert_eq!(registry.asked.iter().sum::<usize>(), 120 * 7 + 1);
    assert_eq!(registry.expected, Some(1_202));
    let numbers: Vec<u32> = registry.rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=1_201).collect::<Vec<u32>>());
    for row in registry.rows.iter().skip(1) {
        let changed = row.messages.iter().any(|m| m.finding.code == "known-changed");
        let title = row.staff.as_ref().map(|staff| staff.title.as_str());
        assert_eq!(changed, title == Some("Chuyên viên"), "row {}", row.number);
    }
    assert_eq!((totals.warn, totals.error), (4 * 120 + 1, 120 + 119));
}

#[test]
fn formula_without_a_stored_value_is_refused_and_one_beside_the_record_is_not() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let other = GOOD.replace("034088001234", "034088001235");
    for (row, line) in (0..).zip([HEAD, GOOD, &other]) {
        for (column, cell) in (0..).zip(line.split(',')) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    sheet.write_formula(1, 9, Formula::new("J1").set_result("")).unwrap();
    sheet.write_formula(2, 0, Formula::new("ROW()-1").set_result("2")).unwrap();
    let (rows, totals) = run(workbook.save_to_buffer().unwrap(), &Options::default());
    let totals = totals.unwrap();
    assert_eq!((totals.ok, totals.error), (1, 1), "{}", summary(&rows));
    assert_eq!(rows[1].messages[0].finding.code, "formula-cell");
}

#[test]
fn caller_can_stop_the_reading() {
    let mut seen = 0;
    rows::read(
        Cursor::new(format!("{HEAD}\n{GOOD}\n{GOOD}\n{GOOD}\n")),
        &Options::default(),
        &Profile::qd838(),
        ON,
        &mut |_: Row| {
            seen += 1;
            if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    )
    .unwrap();
    assert_eq!(seen, 2);
}

#[test]
fn mapping_and_defaults_stand_in_for_columns() {
    let text = "Họ tên,Sinh,CCCD,Làm gì\nNguyễn Văn Hòa,05/03/1988,034088001234,Chuyên viên\n";
    let mut options = Options {
        mapping: vec![(Field::Birth, "SINH".into()), (Field::Title, "Làm gì".into())],
        ..Options::default()
    };
    let (_, totals) = run(text, &options);
    let Err(SourceError::NoColumn(missing)) = totals else { panic!("{totals:?}") };
    assert_eq!(missing, [Field::CardType, Field::AgencyCode, Field::EmployingUnit]);
    options.defaults = vec![
        (Field::CardType, "CC".into()),
        (Field::AgencyCode, "G09".into()),
        (Field::EmployingUnit, "Vụ A".into()),
    ];
    let (rows, _) = run(text, &options);
    assert_eq!(rows[1].staff.as_ref().unwrap().title.as_str(), "Chuyên viên");
}

#[test]
fn name_in_two_columns_under_a_merged_heading_is_joined() {
    let text = "STT,Họ và tên đệm,Tên,Ngày sinh,CCCD,Loại,Mã cơ quan,Đơn vị,Chức vụ\n1,Nguyễn Văn,Hòa,05/03/1988,034088001234,CC,G09,Vụ A,Chuyên viên\n";
    let (rows, _) = run(text, &Options::default());
    assert_eq!(rows[1].staff.as_ref().unwrap().full_name.as_str(), "Nguyễn Văn Hòa");
}

#[test]
fn sheet_is_chosen_by_name_or_by_its_header() {
    let mut workbook = Workbook::new();
    for (name, title) in [("Một", "Chuyên viên"), ("Hai", "Kế toán")] {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, line) in (0..).zip([HEAD, &GOOD.replace("Chuyên viên", title)]) {
            for (column, cell) in (0..).zip(line.split(',')) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    let bytes = workbook.save_to_buffer().unwrap();
    let title = |sheet: Option<&str>| {
        let options = Options { sheet: sheet.map(Into::into), ..Options::default() };
        let (rows, _) = run(&bytes, &options);
        rows[1].staff.as_ref().unwrap().title.to_string()
    };
    assert_eq!(title(None), "Chuyên viên");
    assert_eq!(title(Some("Hai")), "Kế toán");
    let options = Options { sheet: Some("Ba".into()), ..Options::default() };
    assert!(matches!(run(&bytes, &options).1, Err(SourceError::NoSheet(name)) if name == "Ba"));
}

#[test]
fn dates_that_count_from_1904_are_read() {
    let list: Vec<Vec<String>> =
        [HEAD, GOOD].iter().map(|line| line.split(',').map(Into::into).collect()).collect();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0..).zip(&list) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    let day = Format::new().set_num_format("dd/mm/yyyy");
    sheet.write_number_with_format(1, 2, 30_745.0, &day).unwrap();
    let bytes = rezip(&workbook.save_to_buffer().unwrap(), |name, content| {
        if name == "xl/workbook.xml" {
            let text = String::from_utf8(content).unwrap();
            assert!(text.contains("<workbookPr "));
            text.replace("<workbookPr ", "<workbookPr date1904=\"1\" ").into_bytes()
        } else {
            content
        }
    });
    let (rows, _) = run(bytes, &Options::default());
    assert_eq!(rows[1].staff.as_ref().unwrap().birth.to_iso(), "1988-03-05");
}

/// The same archive with its entries changed.
fn rezip(bytes: &[u8], mut change: impl FnMut(&str, Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut old = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..old.len() {
        let mut entry = old.by_index(index).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let mut content = Vec::new();
        std::io::copy(&mut entry, &mut content).expect("it inflates");
        new.start_file(&*name, zip::write::SimpleFileOptions::default()).expect("room");
        new.write_all(&change(&name, content)).expect("room");
    }
    new.finish().expect("room").into_inner()
}

#[test]
fn workbook_that_inflates_too_far_is_refused() {
    let list: Vec<Vec<String>> =
        [HEAD, GOOD].iter().map(|line| line.split(',').map(Into::into).collect()).collect();
    let good = xlsx(&list);
    let blown = |wanted: &str, size: usize| {
        rezip(&good, |name, mut content| {
            if name == wanted {
                content.resize(content.len() + size, b' ');
            }
            content
        })
    };
    let limits = Limits {
        entry_bytes: 1 << 20,
        total_bytes: 3 << 20,
        string_bytes: 1 << 18,
        strings: 100,
        table_bytes: 1 << 18,
        entries: 50,
    };
    let options = Options { limits, ..Options::default() };
    assert!(run(&good, &options).1.is_ok());
    for (entry, size) in [
        ("xl/worksheets/sheet1.xml", 2 << 20),
        ("xl/sharedStrings.xml", 1 << 19),
        ("xl/styles.xml", 1 << 19),
    ] {
        match run(blown(entry, size), &options).1 {
            Err(SourceError::TooLarge { entry: named }) => {
                assert_eq!(named, entry.to_ascii_lowercase());
            }
            other => panic!("{entry}: {other:?}"),
        }
    }
    let lying = rezip(&good, |name, content| {
        if name == "xl/sharedStrings.xml" {
            let text = String::from_utf8(content).unwrap();
            text.replace("uniqueCount=\"", "uniqueCount=\"9999999999").into_bytes()
        } else {
            content
        }
    });
    assert!(matches!(run(lying, &Options::default()).1, Err(SourceError::TooLarge { .. })));
    let few = Options { limits: Limits { strings: 3, ..limits }, ..Options::default() };
    assert!(matches!(run(&good, &few).1, Err(SourceError::TooLarge { .. })));
    let few = Options { limits: Limits { entries: 3, ..limits }, ..Options::default() };
    assert!(matches!(run(&good, &few).1, Err(SourceError::TooLarge { .. })));
}

#[test]
fn small_file_that_claims_more_than_a_gigabyte_is_refused() {
    let list: Vec<Vec<String>> =
        [HEAD, GOOD].iter().map(|line| line.split(',').map(Into::into).collect()).collect();
    let bytes = rezip(&xlsx(&list), |name, mut content| {
        if name == "xl/worksheets/sheet1.xml" {
            content.resize(600 << 20, b' ');
        }
        content
    });
    assert!(bytes.len() < 1_500_000);
    assert!(matches!(refused(bytes), SourceError::TooLarge { .. }));
}

#[test]
fn cut_workbook_is_refused() {
    let list: Vec<Vec<String>> =
        [HEAD, GOOD].iter().map(|line| line.split(',').map(Into::into).collect()).collect();
    let bytes = xlsx(&list);
    for length in [8, 100, bytes.len() / 2, bytes.len() - 30] {
        assert!(matches!(refused(&bytes[..length]), SourceError::Damaged(_)), "{length}");
    }
}

#[test]
fn other_files_are_told_apart() {
    let ole = |extra: &str| {
        let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
        bytes.resize(512, 0);
        bytes.extend(extra.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    assert!(matches!(refused(ole("EncryptedPackage")), SourceError::Encrypted));
    assert!(matches!(refused(ole("Workbook")), SourceError::OldWorkbook));
    let archive = |name: &str| {
        let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
        new.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        new.write_all(b"x").unwrap();
        new.finish().unwrap().into_inner()
    };
    assert!(matches!(refused(archive("xl/workbook.bin")), SourceError::OtherWorkbook));
    assert!(matches!(refused(archive("content.xml")), SourceError::OtherWorkbook));
    assert!(matches!(refused(archive("a.jpg")), SourceError::NotAList));
    assert!(matches!(refused(b"%PDF-1.7\n\0\0\x01"), SourceError::NotAList));
    assert!(matches!(refused(b""), SourceError::NoHeader));
    assert!(matches!(refused("một,hai\nba,bốn\n"), SourceError::NoHeader));
}

#[test]
fn every_refusal_says_what_to_do_in_both_languages() {
    let errors = [
        SourceError::Io(std::io::Error::other("x")),
        SourceError::NotAList,
        SourceError::Encrypted,
        SourceError::OldWorkbook,
        SourceError::OtherWorkbook,
        SourceError::Damaged("x".into()),
        SourceError::TooLarge { entry: "x".into() },
        SourceError::NoSheet("x".into()),
        SourceError::NoHeader,
        SourceError::NoColumn(vec![Field::Birth]),
        SourceError::OldEncoding(Legacy::Vni),
        SourceError::Encoding { line: 1 },
        SourceError::OpenQuote { line: 1 },
    ];
    for error in errors {
        for lang in Lang::ALL {
            let text = error.text(lang);
            assert!(!text.starts_with("source-") && !text.contains("{ $"), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        drop(run(&bytes, &Options::default()));
        let converted = Options { convert: Some(Legacy::Vni), ..Options::default() };
        drop(run([b"PK\x03\x04".as_slice(), &bytes].concat(), &converted));
    }

    #[test]
    fn arbitrary_text_under_a_header_never_panics(text in "\\PC{0,80}|[,;\"\n0-9=A-Z]{0,80}") {
        let list = format!("{HEAD}\n{text}\n{GOOD}\n");
        let (rows, totals) = run(list, &Options::default());
        if let Ok(totals) = totals {
            let told = totals.ok + totals.warn + totals.error + totals.skip;
            prop_assert_eq!(told, rows.len() as u64);
            prop_assert!(rows.windows(2).all(|pair| pair[0].number < pair[1].number));
        }
    }

    #[test]
    fn workbook_with_a_changed_byte_never_panics(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let list: Vec<Vec<String>> =
            [HEAD, GOOD].iter().map(|line| line.split(',').map(Into::into).collect()).collect();
        let mut bytes = xlsx(&list);
        let index = at.index(bytes.len());
        bytes[index] = value;
        drop(run(&bytes, &Options::default()));
    }
}
